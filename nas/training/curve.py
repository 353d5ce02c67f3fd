"""What a training shows, epoch by epoch."""

from math import isfinite, log
from statistics import fmean

from pydantic import BaseModel, ConfigDict

SCORED_EPOCHS = 3


class EpochRow(BaseModel):
    """Loss and accuracy of one epoch; training figures are means over the epoch, as `fit` shows them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch: int
    """Counted from 1."""
    train_loss: float
    """Mean cross-entropy over the epoch's batches, in nats, with dropout and augmentation on."""
    train_accuracy: float
    """Share of training images classified correctly, between 0 and 1."""
    val_loss: float
    """Mean cross-entropy on the validation images after the epoch, in nats."""
    val_accuracy: float
    """Share of validation images classified correctly after the epoch, between 0 and 1."""
    seconds: float
    """Wall time of the epoch, validation included."""


Curve = tuple[EpochRow, ...]
"""The epochs of one training in order, from the first."""


def score(curve: Curve) -> float:
    """Mean validation accuracy of the last three epochs, or of as many as there are.

    Raises:
        ValueError: If the curve is empty.
    """
    return fmean(row.val_accuracy for row in curve[-SCORED_EPOCHS:])


def level(accuracy: float) -> float:
    """An accuracy on a scale without crowding at the top: going from 98 to 99 % counts as much as from 96 to 98 %.

    >>> round(level(0.99) - level(0.98), 1) == round(level(0.98) - level(0.96), 1)
    True
    """
    return -log(1.002 - accuracy)


def is_finite(curve: Curve) -> bool:
    """Whether no loss is NaN or infinite."""
    return all(isfinite(row.train_loss) and isfinite(row.val_loss) for row in curve)
