"""`nas show`: one network, its costs, its training and its source."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from nas.cli.options import Json, Runs, Storage, StudyName

if TYPE_CHECKING:
    from nas.engine.reading import StudyView
    from nas.engine.records import TrialRecord


def show(
    which: Annotated[str, Parameter(help="best, a trial's number, or a hand-designed network's name.")],
    /,
    *,
    code: Annotated[bool, Parameter(negative="", help="Print Keras source that defines `model`, and nothing else.")] = False,
    study: StudyName = None,
    storage: Storage = None,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """Show a network: its layers and costs, what became of it, its Keras source.

    A hand-designed network can be shown without a study.

    For example:

    - `nas show best`
    - `nas show 17 --code > model.py`
    """
    from nas.baselines import NAMES
    from nas.cli.output import answer, answer_json, say
    from nas.cli.tables import answer_layers, network_json, record_json
    from nas.engine.folder import find_run, runs_folder
    from nas.errors import StudyError
    from nas.exporting.source import keras_source
    from nas.library.networks import NOTEBOOK_TASK

    record, front, folder = None, "", None
    try:
        folder = find_run(study, runs=runs_folder(runs))
        from nas.engine.reading import read_study

        view = read_study(folder, storage=storage)
        record = view.record(which)
        network, front = record.network, _place(record, view)
        if study is None:
            say(f"Study {folder.name}, the one worked on last.")
    except StudyError as error:
        if study is not None or which not in NAMES:
            raise
        from nas.baselines import baselines

        network = baselines(NOTEBOOK_TASK)[which]
        if folder:
            say(f"The notebook's own {which}: {error}")
    if code and not json:
        print(keras_source(network))
    elif json:
        answer_json(
            {
                "network": which,
                **({"code": keras_source(network)} if code else {}),
                **(record_json(record) | _curve_json(record) if record else network_json(network)),
            }
        )
    else:
        answer_layers(record.label if record else which, network)
        if record:
            answer(f"{_story(record)}{front}")


def _curve_json(record: "TrialRecord") -> dict[str, object]:
    return {"curve": [row.model_dump() for row in record.curve]}


def _place(record: "TrialRecord", view: "StudyView") -> str:
    """Where a network trained to the end is beside the Pareto front, of a study that looks for one."""
    from nas.engine.objective import front_of, place_beside, unit

    aim = view.settings.aim
    if aim is None or record.outcome != "completed":
        return ""
    place = place_beside(front_of(view.tally, aim=aim), record, aim=aim)
    return f" On the Pareto front of accuracy and {unit(aim)}: {'yes' if place == 'on it' else f'no, {place}'}."


def _story(record: "TrialRecord") -> str:
    from nas.library.wording import percent
    from nas.training.plan import NOTEBOOK

    reason = f": {record.reason}" if record.reason else ""
    if not record.curve:
        return f"Trial {record.number} was {record.outcome}{reason}."
    spent = f"{len(record.curve)} of {record.plan.epochs} epochs in {record.seconds:.0f} s, seed {record.seed}"
    told = f"Trial {record.number} was {record.outcome}{reason}; {percent(record.score)} validation accuracy after {spent}."
    return told if record.plan == NOTEBOOK else f"{told} Plan {record.plan.name}: {record.plan.words}."
