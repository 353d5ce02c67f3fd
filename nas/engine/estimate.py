"""How long a search will take, from a few real batches on its own workers."""

from collections.abc import Sequence
from concurrent.futures import Executor
from statistics import median

import optuna

from nas.architecture import Architecture, Task, fits, measure
from nas.data import DataRef
from nas.engine.spaces import Space
from nas.engine.stoppers import Stopper, expected_epochs
from nas.training.plan import TrainingPlan
from nas.training.trainer import Pace, probe
from nas.training.work import Work

_SAMPLES, _DRAWS = 6, 60


def sample_feasible(space: Space, task: Task, *, seed: int) -> tuple[Architecture, ...]:
    """Up to six random networks that fit the budget, those with the most parameters last; few draws fit a tight one."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    drawn = [space.draw(study.ask(), task) for _ in range(_DRAWS)]
    fitting = [network for network in drawn if fits(measure(network), budget=task.budget)]
    return tuple(sorted(fitting[:_SAMPLES], key=lambda network: measure(network).parameters))


def estimate_seconds(
    executor: Executor,
    samples: Sequence[Architecture],
    *,
    workers: int,
    plan: TrainingPlan,
    data: DataRef,
    stopper: Stopper,
    trials: int,
    baselines: Sequence[Architecture],
) -> float:
    """Seconds that training so many networks like the samples will take, the baselines first.

    Every trial takes the first segment; those that go on are the larger ones, so later epochs are
    reckoned at the pace of the larger half of the samples.
    """
    works = [Work(network, plan, data, seed=0, until_epoch=plan.epochs) for network in (*samples, *baselines)]
    paces: list[Pace] = [future.result() for future in [executor.submit(probe, work) for work in works]]
    small_and_large, by_hand = paces[: len(samples)], paces[len(samples) :]
    large = small_and_large[len(samples) // 2 :]
    first = trials * stopper.rungs(plan.epochs)[0]
    later = expected_epochs(stopper, trials=trials, epochs=plan.epochs) - first
    # Medians: one network of an awkward shape can take ten times as long as another of its size.
    search = first * median(pace.epoch for pace in small_and_large) + later * median(pace.epoch for pace in large)
    starts = trials * median(pace.start for pace in small_and_large)  # a worker that goes on builds nothing again
    baselines_seconds = sum(plan.epochs * pace.epoch + pace.start for pace in by_hand)
    return (search + starts + baselines_seconds) / workers
