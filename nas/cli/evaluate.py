"""`nas evaluate`: how well a trained network classifies images that it was not trained on."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from nas.cli.options import ImageSize, Json, ValSplit


def evaluate(
    model: Annotated[str, Parameter(help="A .keras or a .tflite file.")],
    /,
    *,
    data: Annotated[str, Parameter(help="Data set, such as mnist or mnist:rehearsal, or a path to one.")],
    against: Annotated[str | None, Parameter(help="Another file to set beside it, such as the same network in int8.")] = None,
    test: Annotated[bool, Parameter(help="Open the test set, which is recorded and counted.", negative="")] = False,
    figure: Annotated[Path | None, Parameter(help="Also draw the confusion matrix, as a PNG.")] = None,
    val_split: ValSplit = None,
    image_size: ImageSize = None,
    json: Json = False,
) -> None:
    """Count which classes a trained network recognises, and which it takes for which.

    On validation images, unless --test is given: each look at the test set is written down first, and counted.

    For example:

    - `nas evaluate model.keras --data mnist`
    - `nas evaluate model.keras --against model_int8.tflite --data mnist --figure confusion.png`
    - `nas evaluate model.keras --data mnist --test`

    The model's file is read as data; nothing in it is run.
    """
    import numpy as np

    from nas.architecture import Task
    from nas.cli.evaluated import Evaluated, answer_evaluated, evaluated_json
    from nas.cli.model_files import Apart, open_model
    from nas.cli.output import answer, answer_json, say
    from nas.data import describe, find
    from nas.evaluation.classification import classify_validation, probabilities_of
    from nas.evaluation.holdout import count_openings, judge
    from nas.evaluation.own_network import require_ends

    opened = [open_model(text) for text in (model, *([against] if against else []))]
    ref = find(data, val_split=val_split, image_size=image_size)
    summary = describe(ref)
    task = Task(input_shape=summary.input_shape, classes=len(summary.class_names))
    for each in opened:
        require_ends(each.model.input_shape, each.model.output_shape, task, source=str(each.path))
    if test:
        blank = np.zeros((1, *summary.input_shape), np.uint8)
        for each in opened:  # a file that cannot be run opens nothing
            Apart().submit(probabilities_of, each.model, blank).result()
        before = count_openings(ref, study_folder=None).in_all
        say(f"Opening the test set of {data}; openings so far: {before:,}.")
        models = [each.model for each in opened]
        classified = judge(models, data=ref, reason="evaluation", study_folder=None, executor=Apart())
        openings = {"openings": count_openings(ref, study_folder=None).in_all}
        new = openings["openings"] > before
        noted = "It is recorded" if new else "It counts once, since the same weights were evaluated before"
        say(f"{noted}; openings now: {openings['openings']:,}. Nothing may be chosen by what it shows.")
    else:
        openings = {}
        for each in opened:
            if each.refit:
                say(f"{each.path} was trained on validation images too, so that its figures for them say nothing.")
        classified = tuple(Apart().submit(classify_validation, each.model, ref).result() for each in opened)
    for each in opened:
        if each.remark:
            say(each.remark)
    names = [each.model.name for each in opened]
    shown = names if len(set(names)) == len(names) else [str(each.path) for each in opened]
    came = Evaluated(data, "test" if test else "validation", summary.class_names, tuple(zip(shown, classified, strict=True)))
    if figure:
        from nas.evaluation.confusion_figure import save_confusion

        save_confusion(came.models, came.class_names, title=came.images, path=figure)
    if json:
        answer_json(evaluated_json(came) | openings | ({"figure": str(figure)} if figure else {}))
        return
    answer_evaluated(came)
    if figure:
        answer(f"Figure: {figure}")
