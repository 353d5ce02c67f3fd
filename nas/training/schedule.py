"""The learning rate of every step of a training."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from nas.training.plan import TrainingPlan


def learning_rates(plan: TrainingPlan, *, images: int) -> NDArray[np.float32]:
    """The learning rate of each step, from the first to the last of all epochs.

    It rises linearly, so that the first step is not lost to a rate of zero; then it stays, or follows half a cosine, which
    would be zero in the step after the last (eq. 5 of arXiv:1608.03983, without restarts).

    >>> plan = TrainingPlan(name="three", epochs=3, batch_size=50, learning_rate=1, schedule="cosine", warmup_epochs=1)
    >>> [round(float(rate), 2) for rate in learning_rates(plan, images=100)]
    [0.5, 1.0, 1.0, 0.85, 0.5, 0.15]

    Args:
        plan: The recipe.
        images: Training images in an epoch.
    """
    steps_an_epoch = ceil(images / plan.batch_size)
    steps = np.arange(plan.epochs * steps_an_epoch)
    rising = round(plan.warmup_epochs * steps_an_epoch)
    shares = np.minimum(1.0, (steps + 1) / max(1, rising))
    if plan.schedule == "cosine":
        progress = np.maximum(0, steps - rising) / max(1, len(steps) - rising)
        shares = shares * 0.5 * (1 + np.cos(np.pi * progress))
    return (plan.learning_rate * shares).astype(np.float32)
