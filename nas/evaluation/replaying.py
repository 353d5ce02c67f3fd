"""The hand-designed networks trained again on fresh seeds, under their notebook's plan or another."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from nas.architecture import Task
from nas.baselines import baselines
from nas.data import DataRef
from nas.engine.environment import FILE, write_environment
from nas.engine.folder import RunFolder
from nas.engine.left_out import why_unfit
from nas.engine.results import Results
from nas.engine.seeds import derive_seed
from nas.errors import ArchitectureError, StudyError, TrainingError
from nas.evaluation.figures import save_model_figure, save_overview
from nas.evaluation.holdout import Trained, judge
from nas.evaluation.observations import observations
from nas.evaluation.replay import ReplayRun, by_model, compare
from nas.evaluation.replay_files import read_runs, write_runs, write_table
from nas.evaluation.seeds import Watch, require_ended, train_all
from nas.files import write_output
from nas.training.crew import Crew
from nas.training.plan import NOTEBOOK, TrainingPlan
from nas.training.work import Work

Key = tuple[str, int]
"""A network's name and a seed."""


def replay_works(
    names: Sequence[str], *, data: DataRef, task: Task, seeds: int, seed: int, plan: TrainingPlan = NOTEBOOK
) -> dict[Key, Work]:
    """The trainings of a replay by network and seed; the same seeds for every network.

    Raises:
        ArchitectureError: If a network is not possible for the images.
    """
    possible = baselines(task)
    works = {}
    for name in names:
        if name not in possible:
            raise ArchitectureError(f"{name} {why_unfit(None, task)}; replay it on mnist.")
        for index in range(seeds):
            one = derive_seed(seed, "replay", index)
            works[name, one] = Work(possible[name], plan, data, one, plan.epochs)
    return works


def run_replay(
    works: dict[Key, Work],
    *,
    data: DataRef,
    folder: RunFolder,
    crew: Crew,
    watch: Watch,
    begun: Callable[[int], None] = lambda _: None,
) -> tuple[ReplayRun, ...]:
    """The replay's trainings with their test figures; finished ones are not done again, and not judged again.

    Args:
        works: What `replay_works` gave.
        data: What they train on.
        folder: Where the replay keeps its files.
        crew: Who trains; its workers start where a training is missing.
        watch: Is told how it goes on.
        begun: Is told how many trainings are missing, if any, when nothing stands in the way any more.

    Raises:
        StudyError: If the folder cannot be written, or another process replays there.
        TrainingError: If a training fails.
        DataError: If the test set cannot be opened.
    """
    folder.create()
    kept = folder.path / "judged"  # every run ever judged here, so that none is judged twice
    with folder.locked():
        results = Results(folder)
        known = _known_runs(kept, works, results)
        missing = {key: work for key, work in works.items() if key not in known}
        if missing:
            begun(len(missing))
            write_environment(folder.path, workers=crew.processes)
            every = tuple(missing.values())
            trained = train_all(every, results=results, executor=crew.executor, workers=crew.at_once, watch=watch)
            named = ((name, training) for (name, _), training in zip(missing, trained, strict=True))
            require_ended(named, advice="replay the others by their names")
            candidates = [_for_judging(name, work, results) for (name, _), work in missing.items()]
            judged = judge(
                candidates,
                data=data,
                reason="replay",
                study_folder=folder.path,
                executor=crew.executor,
                at_most=crew.at_once,
            )
            for (name, seed), training, figures in zip(missing, trained, judged, strict=True):
                known[name, seed] = ReplayRun(
                    name=name,
                    seed=seed,
                    epochs=training.plan.epochs,
                    curve=training.curve,
                    test_loss=figures.loss,
                    test_accuracy=figures.accuracy,
                    seconds=training.seconds,
                )
            write_runs(tuple(known.values()), folder=kept)
    return tuple(known[key] for key in works)


def write_replay(runs: Sequence[ReplayRun], *, run: RunFolder, folder: Path, plan: TrainingPlan = NOTEBOOK) -> None:
    """The replay's tables, figures and observations in a folder, with what computed them.

    Args:
        runs: What was replayed.
        run: Where it was.
        folder: Where the files go.
        plan: How they were trained; what is set beside the notebook's figures is written for its own plan alone.

    Raises:
        StudyError: If the folder cannot be written.
    """
    if folder != run.path:
        write_output(folder / FILE, (run.path / FILE).read_bytes())
    write_runs(runs, folder=folder)
    if plan != NOTEBOOK:
        return
    write_table(compare(runs), path=folder / "replay.csv")
    for name, seeds in by_model(runs).items():
        save_model_figure(name, seeds, path=folder / f"{name}.png")
    save_overview(runs, path=folder / "overview.png")
    write_output(folder / "observations.md", observations(runs).encode())


def _known_runs(folder: Path, works: Mapping[Key, Work], results: Results) -> dict[Key, ReplayRun]:
    """The runs of earlier replays, but for those whose trainings have changed since."""
    known = {}
    with suppress(StudyError):  # no earlier replay, or one that cannot be read
        for run in read_runs(folder, epochs=max(work.until_epoch for work in works.values())):
            work = works.get((run.name, run.seed))
            training = results.load(work) if work else None
            if work is None or (training is not None and training.curve == run.curve):
                known[run.name, run.seed] = run
    return known


def _for_judging(name: str, work: Work, results: Results) -> Trained:
    checkpoint = results.checkpoint(work, epoch=work.until_epoch)
    if checkpoint is None:
        raise TrainingError(f"The weights of {name}, seed {work.seed}, are no longer there; remove its result and replay again.")
    return Trained(name, work.network, work.plan, checkpoint)
