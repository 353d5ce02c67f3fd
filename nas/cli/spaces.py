"""`nas spaces`: which search spaces there are, and what they hold for the data at hand."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from nas.cli.options import DATA, Json, parameters_budget

if TYPE_CHECKING:
    from nas.engine.survey import Survey

DRAWS, SEED = 300, 0


def spaces(
    names: Annotated[
        tuple[str, ...], Parameter(help="Spaces to look at: names, or module:function (default: all installed).")
    ] = (),
    /,
    *,
    data: Annotated[str, Parameter(help=f"Data set: {DATA}.")] = "mnist",
    budget: Annotated[int, Parameter(help="Most parameters a network may have.")] = 7_000,
    json: Json = False,
) -> None:
    """List search spaces: their size, smallest and largest network, and how much of them fits a budget.

    For example:

    - `nas spaces`
    - `nas spaces compact --budget 1000`
    - `nas spaces my_space:space --data mnist:2000`

    A space of your own is a function of (trial, task) in a file in this folder. What random draws show comes with its 95 %
    interval; nothing is trained.
    """
    from nas.architecture import measure
    from nas.cli.output import answer, answer_json, answer_table
    from nas.data import find
    from nas.engine.search import task_of
    from nas.engine.spaces import find_space, space_names
    from nas.engine.survey import survey
    from nas.library.layers import summarise
    from nas.library.wording import shape

    task = task_of(find(data), budget=parameters_budget(budget))
    surveys = [survey(find_space(name), task, draws=DRAWS, seed=SEED) for name in names or space_names()]
    if json:
        images = {"input_shape": task.input_shape, "classes": task.classes}
        answer_json({"data": data, **images, "limits": task.budget.limits, "spaces": [_survey_json(one) for one in surveys]})
        return
    rows = [
        (
            one.space,
            _ways(one),
            _share(one),
            f"{measure(one.smallest).parameters:,}",
            f"{measure(one.largest).parameters:,}",
            ", ".join(one.baselines) or "none",
        )
        for one in surveys
    ]
    columns = ("space", "ways to choose", "draws that fit", "smallest", "largest drawn", "hand-designed networks in it")
    title = f"Search spaces for {shape(task.input_shape)} images, {task.classes} classes and {budget:,} parameters"
    answer_table(title, columns, rows, words=(columns[-1],))
    for one in surveys:
        answer(f"{one.space}: {'the smallest' if one.smallest_known else 'the smallest drawn'} is {summarise(one.smallest)}")
        answer(f"  and the largest drawn {summarise(one.largest)}.")
    answer(f"Smallest and largest are in parameters; of {DRAWS} random draws, with the 95 % interval of the share that fits.")


def _ways(one: "Survey") -> str:
    """The number of combinations, as far as it is known: its order of magnitude."""
    from math import log10

    ranges = f" and {one.continuous} ranges" if one.continuous else ""
    return (
        f"about 10^{log10(one.combinations):.0f}{ranges}" if one.combinations > 1_000 else f"about {one.combinations:.0f}{ranges}"
    )


def _share(one: "Survey") -> str:
    from nas.evaluation.statistics import share_interval

    interval = share_interval(one.fitting, one.draws, level=0.95)
    return f"{one.fitting / one.draws:.0%} ({interval.low:.0%} to {interval.high:.0%})"


def _survey_json(one: "Survey") -> dict[str, Any]:
    from nas.cli.tables import network_json
    from nas.evaluation.statistics import share_interval

    interval = share_interval(one.fitting, one.draws, level=0.95)
    return {
        "space": one.space,
        "combinations": one.combinations,
        "continuous_choices": one.continuous,
        "draws": one.draws,
        "distinct": one.distinct,
        "fitting": one.fitting,
        "share_95": {"low": interval.low, "high": interval.high},
        "smallest_is_known": one.smallest_known,
        "smallest": network_json(one.smallest),
        "largest_drawn": network_json(one.largest),
        "baselines": list(one.baselines),
    }
