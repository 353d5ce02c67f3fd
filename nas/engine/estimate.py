"""How long a search will take, from a few real batches on its own workers."""

from collections.abc import Sequence
from concurrent.futures import CancelledError, Executor
from itertools import islice
from statistics import median

import optuna

from nas.architecture import Network, Task, failure_of, fits, measure
from nas.engine.order import Order
from nas.engine.spaces import Space
from nas.engine.stoppers import expected_epochs
from nas.training.call import Timed
from nas.training.executor import gone
from nas.training.trainer import Pace, probe
from nas.training.work import Work

_DRAWS = 60


def sample_feasible(space: Space, task: Task, *, seed: int, count: int = 6) -> tuple[Network, ...]:
    """Up to `count` random networks that fit the budget, those with the most parameters last; few draws fit a tight one."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    drawn = (space.draw(study.ask(), task) for _ in range(_DRAWS))
    fitting = (one for one in drawn if failure_of(one) is None and fits(measure(one), budget=task.budget))
    return tuple(sorted(islice(fitting, count), key=lambda network: measure(network).parameters))


def estimate_seconds(
    executor: Executor,
    samples: Sequence[Network],
    *,
    workers: int,
    order: Order,
    trials: int,
    baselines: Sequence[Network],
) -> float | None:
    """Seconds that training so many networks like the samples will take, the baselines first.

    A few batches of each sample are trained. Every trial takes the first segment; those that go on are the larger ones,
    so later epochs are reckoned at the pace of the larger half of the samples. Baselines are reckoned by their
    multiply-accumulate operations: trying each would take as long as many an epoch of them. What an operation takes is
    asked of the half with the most of them, for in the others it is the rest of a step that takes the time.
    None if no sample trains.
    """
    plan, stopper = order.plan, order.stopper
    works = [Work(network, plan, order.data, seed=0, until_epoch=plan.epochs) for network in samples]
    tried = _tried(executor, works, at_once=workers, trial_timeout=order.trial_timeout)
    if not tried:
        return None
    small_and_large = [pace for _, pace in tried]
    large = small_and_large[len(small_and_large) // 2 :]
    start = median(pace.start for pace in small_and_large)
    quickest = min(pace.epoch for pace in small_and_large)
    by_operations = sorted((max(1, measure(work.network).macs), pace.epoch) for work, pace in tried)
    an_operation = median(seconds / macs for macs, seconds in by_operations[len(by_operations) // 2 :])
    first = trials * stopper.rungs(plan.epochs)[0]
    later = expected_epochs(stopper, trials=trials, epochs=plan.epochs) - first
    # Medians: one network of an awkward shape can take ten times as long as another of its size.
    search = first * median(pace.epoch for pace in small_and_large) + later * median(pace.epoch for pace in large)
    starts = (trials + len(baselines)) * start  # a worker that goes on builds nothing again
    by_hand = sum(plan.epochs * max(quickest, an_operation * measure(network).macs) for network in baselines)
    return (search + starts + by_hand) / workers


def _tried(executor: Executor, works: Sequence[Work], *, at_once: int, trial_timeout: float | None) -> list[tuple[Work, Pace]]:
    """The works with their paces, without those that cannot be trained: what the search will find out about them too."""
    task = probe if trial_timeout is None else Timed(probe, trial_timeout, allowed=trial_timeout)
    tried: list[tuple[Work, Pace]] = []
    for start in range(0, len(works), at_once):
        some = works[start : start + at_once]
        for work, future in [(work, executor.submit(task, work)) for work in some]:
            try:
                tried.append((work, future.result()))
            except CancelledError:
                raise gone() from None
            except Exception:
                continue
    return tried
