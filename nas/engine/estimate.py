"""How long a search will take, from a few real batches on its own workers."""

from collections.abc import Sequence
from concurrent.futures import Executor
from statistics import fmean

import optuna

from nas.architecture import Architecture, Task, fits, measure
from nas.data import DataRef
from nas.engine.spaces import Space
from nas.engine.stoppers import Stopper, expected_epochs
from nas.training.plan import TrainingPlan
from nas.training.trainer import probe
from nas.training.work import Work

_DRAWS = 60


def typical_network(space: Space, task: Task, *, seed: int) -> Architecture | None:
    """A feasible network of about the cost that a search settles on: the upper quartile of random draws by MACs.

    None if no random draw fits.
    """
    sampler = optuna.samplers.RandomSampler(seed=seed)
    study = optuna.create_study(sampler=sampler)
    drawn = [space.draw(study.ask(), task) for _ in range(_DRAWS)]
    fitting = sorted((a for a in drawn if fits(measure(a), budget=task.budget)), key=lambda a: measure(a).macs)
    return fitting[len(fitting) * 3 // 4] if fitting else None


def estimate_seconds(
    executor: Executor,
    network: Architecture,
    *,
    workers: int,
    plan: TrainingPlan,
    data: DataRef,
    stopper: Stopper,
    trials: int,
    baselines: Sequence[Architecture],
) -> float:
    """Seconds that training so many networks will take; every worker tries a few batches at once."""
    work = Work(network=network, plan=plan, data=data, seed=0, until_epoch=plan.epochs)
    futures = [executor.submit(probe, work) for _ in range(workers)]
    epoch = fmean(future.result() for future in futures)
    ratios = [measure(baseline).macs / max(1, measure(network).macs) for baseline in baselines]
    epochs = expected_epochs(stopper, trials=trials, epochs=plan.epochs) + plan.epochs * sum(ratios)
    return epoch * epochs / workers
