"""The flow of a replay; the command and the word `replay` share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from nas.architecture import Budget
from nas.baselines import NAMES, baselines
from nas.data import find
from nas.engine.folder import run_folder, runs_folder
from nas.engine.left_out import in_words, unfit
from nas.engine.search import task_of
from nas.errors import ArchitectureError
from nas.evaluation.replay import ReplayRun
from nas.evaluation.replaying import replay_works, run_replay, write_replay
from nas.library.showing import Display
from nas.training.crew import Crew
from nas.training.plan import NOTEBOOK, TrainingPlan
from nas.training.plan_files import find_plan


@dataclass(frozen=True)
class Replayed:
    """Trainings of hand-designed networks with their test figures, and where their tables lie."""

    trainings: tuple[ReplayRun, ...]
    folder: Path
    plan: TrainingPlan
    """What they were trained by."""
    left_out: Mapping[str, str]
    """Why others were not, by name."""


@dataclass(frozen=True, kw_only=True)
class ReplayOrder:
    """What is to be trained again, and by whom."""

    which: str
    """baselines for all, or the name of one."""
    seeds: int
    """Trainings of each network."""
    seed: int
    """Gives the trainings' seeds."""
    data: str
    plan: str | None
    """Name or file of a training plan, or None for the notebook's."""
    workers: int | None
    """Worker processes, or None for one a processor."""
    cluster: str | None
    """Address or file of a Dask scheduler whose workers train, or None for processes of this machine."""


def train_again(order: ReplayOrder, *, out: Path | None, runs: Path | None, display: Display) -> Replayed:
    """The hand-designed networks of that name, or all, trained by a plan.

    Raises:
        NasError: If there is no such network or data set, a training fails, or a file cannot be written.
    """
    plan, ref = find_plan(order.plan or NOTEBOOK.name), find(order.data)
    task = task_of(ref, budget=Budget())
    left_out = unfit(baselines(task), task) if order.which == "baselines" else {}
    for sentence in in_words(left_out):
        display.say(sentence)
    names = [one for one in _chosen(order.which) if one not in left_out]
    works = replay_works(names, data=ref, task=task, seeds=order.seeds, seed=order.seed, plan=plan)
    name = ref.name if plan == NOTEBOOK else f"{ref.name}-{plan.name}"
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name)
    folder = run_folder(f"replay-{plain}"[:100], runs=runs_folder(runs))
    crew = Crew(order.workers, log=folder.worker_log, cluster=order.cluster, say=display.say)

    def begun(missing: int) -> None:
        networks = f"{missing} network{'s' if missing > 1 else ''}"
        place = order.cluster or f"{crew.at_once} core{'s' if crew.at_once > 1 else ''}"
        display.say(f"Training {networks} of {plan.epochs} epochs on {place}; Ctrl-C keeps everything.")

    with crew, display.counting(unit="epochs") as watch:
        trainings = run_replay(works, data=ref, folder=folder, crew=crew, watch=watch, begun=begun)
    target = out or folder.path
    write_replay(trainings, run=folder, folder=target, plan=plan)
    return Replayed(trainings, target, plan, left_out)


def _chosen(which: str) -> tuple[str, ...]:
    if which == "baselines":
        return NAMES
    if which not in NAMES:
        nearest = get_close_matches(which, ("baselines", *NAMES), n=1) or ["baselines"]
        raise ArchitectureError(f"There is no hand-designed network {which!r}; did you mean {nearest[0]!r}?")
    return (which,)
