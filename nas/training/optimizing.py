"""Keras's optimizers as a plan wants them."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from nas.training.plan import TrainingPlan
from nas.training.schedule import learning_rates


class _Table(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # mypy sees no types of Keras
    """A learning rate read off a table by the number of steps done, so that where a training stands says what it is."""

    def __init__(self, rates: NDArray[np.float32]) -> None:
        self._rates = rates

    def __call__(self, step: Any) -> Any:
        """The rate of the step after so many; the last one's for all that follow."""
        return keras.ops.take(self._rates, keras.ops.minimum(keras.ops.cast(step, "int32"), len(self._rates) - 1))


def make_optimizer(plan: TrainingPlan, *, images: int) -> keras.optimizers.Optimizer:
    """The optimizer of a plan, not yet built.

    Args:
        plan: The recipe.
        images: Training images in an epoch, by which a schedule reckons its steps.
    """
    rate = _Table(learning_rates(plan, images=images)) if plan.scheduled else plan.learning_rate
    averaging = {"use_ema": True, "ema_momentum": plan.ema_momentum} if plan.ema_momentum else {}
    if plan.optimizer == "adamw":
        return keras.optimizers.AdamW(rate, weight_decay=plan.weight_decay, **averaging)
    return keras.optimizers.Adam(rate, **averaging)
