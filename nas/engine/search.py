"""A search from its settings to its outcome: everything is found and checked before anything is written."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from types import MappingProxyType

from nas import __version__
from nas.architecture import Architecture, Budget, Task
from nas.data import DataRef, default_split, describe, find
from nas.engine.begun_with import begun_with, keep_begun_with, require_begun_with
from nas.engine.driver import Driver, Ending
from nas.engine.environment import write_environment
from nas.engine.estimate import estimate_seconds, sample_feasible
from nas.engine.folder import RunFolder
from nas.engine.left_out import unfit, why_unfit
from nas.engine.order import Order
from nas.engine.outcome import keep_best, write_trials_csv
from nas.engine.patience import Patience
from nas.engine.progress import Watcher, unwatched
from nas.engine.records import Tally, tally
from nas.engine.results import Results
from nas.engine.samplers import ProposalSampler
from nas.engine.settings import Resolved, SearchSettings
from nas.engine.settling import check_meaning, check_place, write_settings
from nas.engine.spaces import Space, designed_by_hand, find_space, require_networks, require_room, task_for
from nas.engine.stoppers import find_stopper
from nas.engine.storage import locked_there, open_storage, sqlite_url, without_password
from nas.engine.study import Study
from nas.engine.tuning import PlanTuning
from nas.errors import StudyError
from nas.training.crew import Crew
from nas.training.executor import room
from nas.training.plan import COMPILED, TrainingPlan
from nas.training.plan_files import find_plan
from nas.training.remote import require_scheduler
from nas.training.trainer import train_one

_PROBED = 6
"""Networks of which a few batches are trained to tell how long a search will take; fewer where fewer are asked for."""


@dataclass(frozen=True)
class Prepared:
    """A search with all that it needs found and checked; nothing is written yet."""

    settings: SearchSettings
    order: Order
    baselines: Mapping[str, Architecture]
    """The hand-designed networks to be trained first, by name."""
    left_out: Mapping[str, str]
    """Why the other hand-designed networks are not among them."""
    resolved: Resolved


@dataclass(frozen=True)
class SearchOutcome:
    """What a search has found."""

    folder: RunFolder
    settings: SearchSettings
    tally: Tally
    ending: Ending
    seconds: float
    """Wall time of this driver."""
    planned_epochs: int
    """What training every trial to the end would have taken."""
    left_out: Mapping[str, str]
    """Why a hand-designed network was not trained, by name."""


def prepare(
    settings: SearchSettings, *, own: Mapping[str, Architecture] = MappingProxyType({}), plan: TrainingPlan | None = None
) -> Prepared:
    """A search made ready: space, data, recipe and baselines found, the budget checked.

    Args:
        settings: What it is asked to do.
        own: The user's own networks by name, which are trained first like the hand-designed ones.
        plan: The training recipe; None finds it by the settings' name.

    Raises:
        NasError: If something is missing or does not fit; one sentence says what.
    """
    space = find_space(settings.space)
    if plan is None and space.foreign and "plan" not in settings.model_fields_set:
        plan = COMPILED
        settings = settings.model_copy(update={"plan": plan.name})
    plan = plan or find_plan(settings.plan)
    if settings.tune_plan and plan.optimizer == "compiled":
        raise StudyError(
            "The plan compiled leaves the learning rate to the model; leave out --tune-plan, or give another --plan."
        )
    data = find(settings.data, val_split=settings.val_split, image_size=settings.image_size)
    task = task_of(data, budget=settings.limits)
    require_networks(space, task)
    require_room(space, task)
    by_hand = designed_by_hand(space, task) if settings.baselines else {}
    chosen, left_out = _choose_baselines({**by_hand, **own}, space, task)
    if settings.baselines:
        left_out |= unfit({**by_hand, **own}, task)
    order = Order(
        task=task,
        space=space,
        plan=plan,
        data=data,
        stopper=find_stopper(settings.stopper, plan),
        seed=settings.seed,
        trials=settings.trials,
        timeout=settings.timeout,
        trial_timeout=settings.trial_timeout,
        tuning=PlanTuning(plan) if settings.tune_plan else None,
        aim=settings.aim,
    )
    resolved = Resolved(
        space_sha256=space.sha256,
        data_sha256=data.sha256,
        plan_key=plan.key,
        plan=plan,
        nas_version=__version__,
        split=None if data.split == default_split(data.name) else data.split,
        limits=task.budget.limits,
        own=dict(own),
    )
    return Prepared(settings, order, chosen, left_out, resolved)


def task_of(data: DataRef, *, budget: Budget) -> Task:
    """The task that a data set poses under a budget."""
    summary = describe(data)
    return task_for(input_shape=summary.input_shape, classes=len(summary.class_names), budget=budget)


def run_search(
    prepared: Prepared,
    *,
    folder: RunFolder,
    crew: Crew,
    storage: str | None = None,
    watch: Watcher = unwatched,
    begun: Callable[[], None] = lambda: None,
    announce: Callable[[float | None], None] = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
) -> SearchOutcome:
    """Runs a search, or goes on with it, until its trials are trained.

    Args:
        prepared: What `prepare` found.
        folder: Where the run keeps its files.
        crew: Who trains; its workers start where something is left to train.
        storage: URL of Optuna's storage; None uses a SQLite file in the folder.
        watch: Is told how it goes on.
        begun: Is called before the workers start, when nothing stands in the way any more; not if nothing is left to train.
        announce: Is told, before the first trial, about how many seconds it will take, or None if nobody can tell.
        say: Is told what a person should know of the storage.

    Raises:
        StudyError: If the run is locked, or was begun with another space, data set or recipe.
        StudyError: If nothing answers where the cluster is said to be.
        StorageError: If the storage cannot be used.
        TrainingError: If training keeps failing.
    """
    elsewhere = open_storage(storage) if storage else None
    if crew.cluster:
        require_scheduler(crew.cluster)
    folder.create()
    with folder.locked(), locked_there(elsewhere, folder.name) if elsewhere else nullcontext():
        place = without_password(storage) if storage else None
        check_place(folder, place=place)
        opened = elsewhere or open_storage(sqlite_url(folder.database))
        resolved, fixed = prepared.resolved, begun_with(prepared.settings, prepared.resolved)
        check_meaning(folder, resolved)
        require_begun_with(opened, folder.name, fixed)
        write_settings(folder, prepared.settings, resolved.model_copy(update={"storage": place}))
        sampler = ProposalSampler(
            prepared.settings.sampler,
            space=prepared.order.space,
            task=prepared.order.task,
            study_seed=prepared.order.seed,
            trained=lambda: driver.trained,
            barren=lambda: driver.barren,
            tuning=prepared.order.tuning,
            aim=prepared.order.aim,
        )
        study = Study(
            opened,
            folder.name,
            sampler=sampler,
            baselines=_choices(prepared),
            aim=prepared.order.aim,
            patiently=Patience(say=say),
        )
        keep_begun_with(opened, folder.name, fixed)
        left = study.unfinished_baselines or tally(study.records).trained < prepared.order.trials
        if left:
            write_environment(folder.path, workers=crew.processes)
            begun()
        executor = crew.executor if left else ThreadPoolExecutor(1)
        driver = Driver(prepared.order, study, Results(folder), executor, crew.at_once, train_one, watch)
        if left:
            driver.estimate = _estimate(prepared, study, executor, workers=room(executor, at_most=crew.at_once))
            announce(driver.estimate)
        try:
            ending = driver.run()
        finally:
            write_trials_csv(folder.path / "trials.csv", driver.tally, aim=prepared.order.aim)
            keep_best(folder, driver.tally)
    return SearchOutcome(
        folder=folder,
        settings=prepared.settings,
        tally=driver.tally,
        ending=ending,
        seconds=driver.seconds,
        planned_epochs=prepared.order.trials * prepared.order.plan.epochs,
        left_out=prepared.left_out,
    )


def _choose_baselines(
    possible: Mapping[str, Architecture], space: Space, task: Task
) -> tuple[dict[str, Architecture], dict[str, str]]:
    chosen: dict[str, Architecture] = {}
    left_out: dict[str, str] = {}
    for name, network in possible.items():
        if reason := why_unfit(network, task):
            left_out[name] = reason
        elif space.locate is None or space.locate(network, task) is None:
            left_out[name] = f"is not in the space {space.name}"
        else:
            chosen[name] = network
    return chosen, left_out


def _choices(prepared: Prepared) -> dict[str, Mapping[str, object]]:
    """What the space has to choose to give each baseline."""
    locate, task = prepared.order.space.locate, prepared.order.task
    found = {name: locate(network, task) if locate else None for name, network in prepared.baselines.items()}
    plan = prepared.order.tuning.choices if prepared.order.tuning else {}  # they are trained by the study's plan
    return {name: {**choices, **plan} for name, choices in found.items() if choices is not None}


def _estimate(prepared: Prepared, study: Study, executor: Executor, *, workers: int) -> float | None:
    order = prepared.order
    trials = max(0, order.trials - tally(study.records).trained)
    samples = sample_feasible(order.space, order.task, seed=order.seed, count=min(_PROBED, max(2, trials)))
    if not samples or not workers:
        return None
    left = study.unfinished_baselines
    return estimate_seconds(
        executor,
        samples,
        workers=workers,
        order=order,
        trials=trials,
        baselines=[network for name, network in prepared.baselines.items() if name in left],
    )
