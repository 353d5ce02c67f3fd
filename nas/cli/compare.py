"""`nas compare`: several studies beside one another."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from nas.cli.options import Json, Runs, Storage

if TYPE_CHECKING:
    from nas.engine.reading import StudyView
    from nas.evaluation.judging import Judged

FIGURE = "compare.png"
_PHRASES = {"beats": "beats", "ties": "ties with", "loses": "loses to", "undecided": "undecided against"}


def compare(
    *studies: Annotated[str, Parameter(help="Names of two or more studies on the same data.")],
    out: Annotated[Path, Parameter(help="Folder for compare.png.")] = Path(),
    storage: Storage = None,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """Put several studies into one table and one picture, such as those of several budgets.

    Verdicts stand in the table where there are any; accuracies beside them are validation figures.

    For example:

    - `nas compare mnist-plain-2000-s0 mnist-plain-7000-s0`
    - `nas compare small large --out pictures`
    """
    from nas.cli.output import answer, answer_json, answer_table
    from nas.engine.folder import find_run, runs_folder
    from nas.engine.reading import read_study
    from nas.evaluation.judging import read_judged
    from nas.evaluation.studies_figure import require_comparable, save_studies_figure

    folders = [find_run(name, runs=runs_folder(runs)) for name in studies]
    views = [read_study(folder, storage=storage) for folder in folders]
    require_comparable(views)
    verdicts = [read_judged(folder.path) for folder in folders]
    path = out / FIGURE
    save_studies_figure(views, path=path)
    if json:
        told = [_study_json(view, judged) for view, judged in zip(views, verdicts, strict=True)]
        answer_json({"data": views[0].data.name, "figure": str(path), "studies": told})
        return
    rows = [row for view, judged in zip(views, verdicts, strict=True) for row in _rows(view, judged)]
    columns = ("study", "budget", "best network", "parameters", "validation", "verdict", "points", "interval")
    words = (
        ("budget", "best network", "verdict")
        if any(len(view.settings.limits.limits) > 1 for view in views)
        else ("best network", "verdict")
    )
    answer_table(f"{len(views)} studies on {views[0].data.name}", columns, rows, words=words)
    answer("The best network is the winner of the race where there is a verdict, with its mean validation over fresh seeds;")
    answer(
        "without one it is the best by a single seed, which flatters it. Points are of test accuracy, against the network named."
    )
    answer(f"{path} shows the networks of all.")


def _rows(view: "StudyView", judged: "Judged | None") -> list[tuple[str, ...]]:
    """One row a comparison; without a verdict one row."""
    from nas.evaluation.verdict import signed
    from nas.library.wording import percent

    name, budget, best = view.folder.name, _budget(view), view.tally.best
    if judged is None:
        known = (best.label, f"{best.parameters:,}", percent(best.score)) if best else ("–", "–", "–")
        return [(name, budget, *known, "none yet", "–", "–")]
    winner = judged.plan.winner
    known = (winner.name, f"{winner.cost.parameters:,}", percent(judged.verdict.standing(winner.name).score))
    return [
        (
            *((name, budget, *known) if index == 0 else ("", "", "", "", "")),
            f"{_PHRASES[one.word]} {one.comparator}{' in int8' if judged.plan.deployed else ''}",
            signed(one.points),
            f"{signed(one.low)} to {signed(one.high)}",
        )
        for index, one in enumerate(judged.verdict.comparisons)
    ]


def _budget(view: "StudyView") -> str:
    """Parameters as a number, since all studies have that limit; all limits in words where there are others."""
    settings = view.settings
    return f"{settings.budget:,}" if len(settings.limits.limits) == 1 else settings.limits.words


def _study_json(view: "StudyView", judged: "Judged | None") -> dict[str, Any]:
    from nas.evaluation.verdict import headline

    best = view.tally.best
    facts: dict[str, Any] = {"study": view.folder.name, "budget": view.settings.budget, "limits": view.settings.limits.limits}
    if judged is None:
        known = {"network": best.label, "parameters": best.parameters, "val_accuracy": best.score} if best else None
        return facts | {"best": known, "headline": None, "comparisons": []}
    winner = judged.plan.winner
    score = judged.verdict.standing(winner.name).score
    known = {"network": winner.name, "parameters": winner.cost.parameters, "val_accuracy": score}
    comparisons = [one.model_dump(mode="json") for one in judged.verdict.comparisons]
    return facts | {"best": known, "headline": headline(judged.plan, judged.verdict), "comparisons": comparisons}
