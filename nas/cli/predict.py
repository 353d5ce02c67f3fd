"""`nas predict`: which class a trained network gives an image."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from nas.cli.options import Json


def predict(
    model: Annotated[str, Parameter(help="A .keras or a .tflite file.")],
    /,
    *images: Annotated[Path, Parameter(help="PNG, JPEG or .npy files.")],
    top: Annotated[int, Parameter(help="How many classes to show for each image.", validator=Number(gte=1, lte=100))] = 3,
    resize: Annotated[bool, Parameter(help="Scale pictures of another size.", negative="")] = False,
    json: Json = False,
) -> None:
    """Say which class a trained network gives images, and how probable it takes it to be.

    For example:

    - `nas predict model.keras digit.png`
    - `nas predict model_int8.tflite digits.npy --top 1 --json`

    A network wants images like those it was trained on: MNIST's digits are white on black, and the same digits in black on
    white are not recognised. Nothing is inverted, and nothing is guessed. An .npy file holds bytes from 0 to 255 or
    floats from 0 to 1. The model's file is read as data; nothing in it is run.
    """
    import numpy as np

    from nas.cli.model_files import Apart, open_model
    from nas.cli.output import answer_json, answer_table, plain, say
    from nas.data.pictures import read_pictures
    from nas.errors import DataError
    from nas.evaluation.classification import probabilities_of
    from nas.library.wording import percent

    if not images:
        raise DataError("There is no image to look at; name PNG, JPEG or .npy files after the model.")
    opened = open_model(model)
    read = [(path, read_pictures(path, input_shape=opened.model.input_shape, resize=resize)) for path in images]
    pixels = np.concatenate([each.images for _, each in read])
    labels = [label for path, each in read for label in _labels(path, count=len(each.images))]
    probabilities = Apart().submit(probabilities_of, opened.model, pixels).result()
    ranked = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    for remark in (opened.remark, *(f"{path}: {each.remark}." for path, each in read if each.remark)):
        if remark:
            say(remark)
    found = [
        [(label, opened.name_of(label), float(row[label])) for label in order.tolist()]
        for row, order in zip(probabilities, ranked, strict=True)
    ]
    if json:
        answers = [
            {"image": label, "classes": [dict(zip(("class", "name", "probability"), one, strict=True)) for one in classes]}
            for label, classes in zip(labels, found, strict=True)
        ]
        answer_json({"model": model, "images": answers})
        return
    rows = [
        (plain(label), *(word for _, name, share in classes for word in (plain(name), percent(share))))
        for label, classes in zip(labels, found, strict=True)
    ]
    places = ["class", *(f"{place}." for place in range(2, ranked.shape[1] + 1))]
    answer_table(plain(opened.model.name), ["image", *(column for place in places for column in (place, "probability"))], rows)


def _labels(path: Path, *, count: int) -> list[str]:
    """How a file's images are called: by its name, numbered from 0 as its array is where there are several."""
    return [str(path)] if count == 1 else [f"{path}[{index}]" for index in range(count)]
