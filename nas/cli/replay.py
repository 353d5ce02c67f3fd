"""`nas replay`: the hand-designed networks trained again, beside what their notebook printed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from nas.cli.options import Cluster, Json, Runs

if TYPE_CHECKING:
    from nas.evaluation.replay import Replay, ReplayRow


def replay(  # noqa: PLR0913 - one argument a flag
    which: Annotated[str, Parameter(help="baselines for all six, or the name of one.")],
    /,
    *,
    seeds: Annotated[int, Parameter(help="Trainings of each network.", validator=Number(gte=1, lte=1000))] = 1,
    seed: Annotated[int, Parameter(help="Gives the trainings' seeds.", validator=Number(gte=0))] = 0,
    data: Annotated[str, Parameter(help="Data set; mnist:2000 is a small part of mnist, for trying it out.")] = "mnist",
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
    """
    from nas.architecture import Budget
    from nas.cli.live import counting
    from nas.cli.output import answer, answer_json, duration, say
    from nas.cli.tables import answer_replay
    from nas.data import find
    from nas.engine.folder import run_folder, runs_folder
    from nas.engine.search import task_of
    from nas.evaluation.replay import compare
    from nas.evaluation.replaying import replay_works, run_replay, write_replay
    from nas.training.cluster import trainings_at_once

    ref = find(data)
    works = replay_works(_chosen(which), data=ref, task=task_of(ref, budget=Budget()), seeds=seeds, seed=seed)
    folder = run_folder(f"replay-{''.join(sign if sign.isalnum() else '-' for sign in data)}", runs=runs_folder(runs))
    count = trainings_at_once(workers, cluster=cluster)

    def begun(missing: int) -> None:
        networks = f"{missing} network{'s' if missing > 1 else ''}"
        place = cluster or f"{count} core{'s' if count > 1 else ''}"
        say(f"Training {networks} of 15 epochs on {place}; Ctrl-C keeps everything.")

    with counting(sys.stderr, unit="epochs") as watch:
        replayed = run_replay(works, data=ref, folder=folder, workers=count, watch=watch, begun=begun, cluster=cluster, say=say)
    target = out or folder.path
    write_replay(replayed, run=folder, folder=target)
    comparison = compare(replayed)
    if json:
        answer_json(_replay_json(comparison) | {"data": data, "seeds": seeds, "folder": str(target)})
        return
    answer_replay(comparison)
    answer(comparison.lead.statement)
    if data != "mnist":
        answer(f"These are figures on {data}; the notebook's are on mnist.")
    spent = sum(run.seconds for run in replayed)
    answer(f"Tables, figures and observations: {target} ({duration(spent)} of training in all).")


def _chosen(which: str) -> tuple[str, ...]:
    from difflib import get_close_matches

    from nas.baselines import NAMES
    from nas.errors import ArchitectureError

    if which == "baselines":
        return NAMES
    if which not in NAMES:
        nearest = get_close_matches(which, ("baselines", *NAMES), n=1) or ["baselines"]
        raise ArchitectureError(f"There is no hand-designed network {which!r}; did you mean {nearest[0]!r}?")
    return (which,)


def _replay_json(replay: "Replay") -> dict[str, Any]:
    return {"best": replay.best, "statement": replay.lead.statement, "rows": [_row_json(row) for row in replay.rows]}


def _row_json(row: "ReplayRow") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(row)
