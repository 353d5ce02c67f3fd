"""A search whose trainings are arithmetic: the real driver, study, sampler and results over a fake trainer."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from threading import get_ident
from time import monotonic, sleep
from typing import Any
from zlib import crc32

import numpy as np
import optuna

from nas.architecture import Budget, Task, measure
from nas.baselines import baselines
from nas.data import DataRef
from nas.engine.driver import Driver
from nas.engine.folder import RunFolder
from nas.engine.objective import CostAim
from nas.engine.order import Order
from nas.engine.progress import unwatched
from nas.engine.results import Results
from nas.engine.samplers import ProposalSampler, SamplerName
from nas.engine.spaces import find_space
from nas.engine.stoppers import Stopper, SuccessiveHalving
from nas.engine.study import Study
from nas.engine.tuning import PlanTuning
from nas.training.curve import EpochRow
from nas.training.plan import TrainingPlan
from nas.training.work import Checkpoint, Segment, Work

TASK = Task(input_shape=(28, 28, 1), classes=10, budget=Budget(parameters=7_000))
PLAN = TrainingPlan(name="quick", epochs=5)
DATA = DataRef(name="fake", sha256="0" * 64)


class Inline(Executor):
    """Runs each task when it is submitted, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def fake_train(work: Work) -> Segment:
    """A curve that rises with parameters and epochs and has noise from network and seed; remembers how often it went on."""
    begin = work.checkpoint.epoch if work.checkpoint else 0
    pieces = int(work.checkpoint.arrays["pieces"]) if work.checkpoint else 0
    noise = crc32(f"{work.network.key}{work.seed}".encode()) / 2**32 / 50
    level = measure(work.network).parameters / 10_000
    rows = tuple(
        EpochRow(
            epoch=epoch,
            train_loss=1 / epoch,
            train_accuracy=level,
            val_loss=1 / epoch,
            val_accuracy=min(1.0, level * (1 - 1 / (epoch + 2)) + noise),
            seconds=0.25,
        )
        for epoch in range(begin + 1, work.until_epoch + 1)
    )
    return Segment(rows, Checkpoint(work.until_epoch, {"pieces": np.asarray(pieces + 1)}))


@dataclass(frozen=True)
class Sleeping:
    """The same, by somebody who takes his time, and writes down when."""

    seconds: float
    diary: Path
    """A line for each task: the thread that slept, when it began, and when it ended."""

    def __call__(self, work: Work) -> Segment:
        """What the arithmetic gives, later."""
        begun = monotonic()
        sleep(self.seconds)
        with self.diary.open("a") as diary:
            diary.write(f"{get_ident()} {begun} {monotonic()}\n")
        return fake_train(work)


def make_driver(
    folder: Path,
    *,
    trials: int,
    storage: optuna.storages.BaseStorage | None = None,
    task: Task = TASK,
    stopper: Stopper | None = None,
    train: Callable[[Work], Segment] = fake_train,
    executor: Executor | None = None,
    workers: int = 1,
    sampler: SamplerName = "tpe",
    with_baselines: bool = False,
    space: str = "plain",
    timeout: float | None = None,
    trial_timeout: float | None = None,
    seed: int = 0,
    patience: int = 2_000,
    tuning: PlanTuning | None = None,
    aim: CostAim | None = None,
) -> Driver:
    """A driver on a study of its own, or on one that is there already."""
    run = RunFolder(folder)
    run.create()
    order = Order(
        task=task,
        space=find_space(space),
        plan=tuning.plan if tuning else PLAN,
        data=DATA,
        stopper=stopper or SuccessiveHalving(),
        seed=seed,
        trials=trials,
        timeout=timeout,
        trial_timeout=trial_timeout,
        patience=patience,
        tuning=tuning,
        aim=aim,
    )
    proposals = ProposalSampler(
        sampler,
        space=order.space,
        task=task,
        study_seed=seed,
        trained=lambda: driver.trained,
        barren=lambda: driver.barren,
        tuning=tuning,
        aim=aim,
    )
    locate, plan, chosen = order.space.locate, tuning.choices if tuning else {}, {}
    if with_baselines:
        assert locate is not None
        chosen = {name: {**(locate(network, task) or {}), **plan} for name, network in baselines(task).items()}
    study = Study(storage or optuna.storages.InMemoryStorage(), "fake", sampler=proposals, baselines=chosen, aim=aim)
    driver = Driver(order, study, Results(run), executor or Inline(), workers, train, unwatched)
    return driver
