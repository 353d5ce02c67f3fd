"""`nas replay`: the hand-designed networks trained again, beside what their notebook printed."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from nas.cli.options import Cluster, Json, Plan, Runs

if TYPE_CHECKING:
    from nas.evaluation.replay import Replay, ReplayRow


def replay(  # noqa: PLR0913 - one argument a flag
    which: Annotated[str, Parameter(help="baselines for all six, or the name of one.")],
    /,
    *,
    seeds: Annotated[int, Parameter(help="Trainings of each network.", validator=Number(gte=1, lte=1000))] = 1,
    seed: Annotated[int, Parameter(help="Gives the trainings' seeds.", validator=Number(gte=0))] = 0,
    data: Annotated[str, Parameter(help="Data set; mnist:2000 is a small part of mnist, for trying it out.")] = "mnist",
    plan: Plan = None,
    workers: Annotated[int | None, Parameter(help="Worker processes of one thread.", validator=Number(gte=1))] = None,
    cluster: Cluster = None,
    out: Annotated[Path | None, Parameter(help="Folder for tables and figures (default: in the runs folder).")] = None,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """Train hand-designed networks under their notebook's plan and set them beside its printed figures.

    Writes a table, curves, a figure for each network, an overview, and observations. What was trained once is kept,
    so more seeds only train what is missing. Opens the test images once for what is new, and records it.

    For example:

    - `nas replay model-5`
    - `nas replay baselines --seeds 8`
    - `nas replay baselines --plan modern`

    Under another plan than the notebook's there is nothing to set beside its figures: then the networks are compared
    with each other alone.
    """
    from nas.cli.output import answer, answer_json
    from nas.cli.tables import answer_reached, answer_replay
    from nas.cli.terminal import Terminal
    from nas.evaluation.replay import compare, lead, reached
    from nas.library.replaying import ReplayOrder, train_again
    from nas.library.wording import duration
    from nas.training.plan import NOTEBOOK

    order = ReplayOrder(which=which, seeds=seeds, seed=seed, data=data, plan=plan, workers=workers, cluster=cluster)
    replayed = train_again(order, out=out, runs=runs, display=Terminal())
    target, recipe = replayed.folder, replayed.plan
    facts = {"data": data, "seeds": seeds, "folder": str(target), "left_out": dict(replayed.left_out)}
    if recipe != NOTEBOOK:
        best, its = lead(replayed.trainings), reached(replayed.trainings)
        if json:
            shown = {"best": best.best, "statement": best.statement, "rows": [asdict(one) for one in its]}
            answer_json(shown | facts | {"plan": recipe.model_dump(mode="json")})
            return
        answer_reached(its, plan=recipe)
        answer(best.statement)
        answer(f"Curves and figures of each training: {target}.")
        return
    comparison = compare(replayed.trainings)
    if json:
        answer_json(_replay_json(comparison) | facts)
        return
    answer_replay(comparison)
    answer(comparison.lead.statement)
    if data != "mnist":
        answer(f"These are figures on {data}; the notebook's are on mnist.")
    spent = sum(run.seconds for run in replayed.trainings)
    answer(f"Tables, figures and observations: {target} ({duration(spent)} of training in all).")


def _replay_json(replay: "Replay") -> dict[str, Any]:
    return {"best": replay.best, "statement": replay.lead.statement, "rows": [_row_json(row) for row in replay.rows]}


def _row_json(row: "ReplayRow") -> dict[str, Any]:
    return asdict(row)
