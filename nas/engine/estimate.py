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

_DRAWS = 60


def sample_feasible(space: Space, task: Task, *, seed: int, count: int = 6) -> tuple[Architecture, ...]:
    """Up to `count` random networks that fit the budget, those with the most parameters last; few draws fit a tight one."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    drawn = [space.draw(study.ask(), task) for _ in range(_DRAWS)]
    fitting = [network for network in drawn if fits(measure(network), budget=task.budget)]
    return tuple(sorted(fitting[:count], key=lambda network: measure(network).parameters))


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

    A few batches of each sample are trained. Every trial takes the first segment; those that go on are the larger ones,
    so later epochs are reckoned at the pace of the larger half of the samples. Baselines are reckoned by their
    multiply-accumulate operations: trying each would take as long as many an epoch of them.
    """
    works = [Work(network, plan, data, seed=0, until_epoch=plan.epochs) for network in samples]
    small_and_large: list[Pace] = [future.result() for future in [executor.submit(probe, work) for work in works]]
    large = small_and_large[len(samples) // 2 :]
    start = median(pace.start for pace in small_and_large)
    quickest = min(pace.epoch for pace in small_and_large)
    an_operation = median(
        pace.epoch / max(1, measure(network).macs) for pace, network in zip(small_and_large, samples, strict=True)
    )
    first = trials * stopper.rungs(plan.epochs)[0]
    later = expected_epochs(stopper, trials=trials, epochs=plan.epochs) - first
    # Medians: one network of an awkward shape can take ten times as long as another of its size.
    search = first * median(pace.epoch for pace in small_and_large) + later * median(pace.epoch for pace in large)
    starts = (trials + len(baselines)) * start  # a worker that goes on builds nothing again
    by_hand = sum(plan.epochs * max(quickest, an_operation * measure(network).macs) for network in baselines)
    return (search + starts + by_hand) / workers
