"""Whether a file computes what the network computes, in figures."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from nas.data import load
from nas.errors import ExportError
from nas.exporting.formats import Format
from nas.exporting.released import Released
from nas.exporting.runtime import Probabilities
from nas.training.trainer import classify

CHECKED_IMAGES: Final = 1_000
"""Validation images on which outputs are compared, the first in file order."""
TOLERANCE: Final = 1e-4
"""Largest difference of a class probability that a float format may have: float32 sums in another order."""
INT8_TOLERANCE: Final = 0.1
"""Largest mean distance of an int8 format's answers: rounding costs a hundredth, a wrong scale or weight most of 1."""
NOTABLE_DROP: Final = 0.2
"""Percentage points of validation accuracy that int8 may lose before the card warns of it."""


class Check(BaseModel):
    """How a file's answers compare with Keras's, and how many are right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: int
    """Validation images on which the two were compared."""
    largest_difference: float
    """Of any class probability."""
    mean_distance: float
    """Mean total variation distance of an image's class probabilities, from 0 (the same) to 1."""
    equal_classes: int
    """Images that both give the same class."""
    accuracy: float
    """Share of all validation images that the file classifies correctly."""
    val_images: int
    """How many these are."""


def reference_outputs(released: Released) -> Probabilities:
    """Keras's answers to all validation images, computed in float32."""
    return classify(released.network, released.checkpoint, np.asarray(load(released.data).val_images))


def compare_outputs(outputs: Probabilities, reference: Probabilities, *, labels: NDArray[np.int32]) -> Check:
    """A file's answers beside Keras's, for the same validation images with these labels.

    >>> answers = np.array([[0.25, 0.75], [0.5, 0.5]], np.float32)
    >>> compare_outputs(answers, answers, labels=np.array([1, 1], np.int32)).accuracy
    0.5
    """
    count = min(CHECKED_IMAGES, len(labels))
    ours, theirs = outputs[:count], reference[:count]
    apart = np.abs(ours.astype(np.float64) - theirs)
    return Check(
        images=count,
        largest_difference=float(apart.max()),
        mean_distance=float(apart.sum(axis=1).mean() / 2),
        equal_classes=int((ours.argmax(axis=1) == theirs.argmax(axis=1)).sum()),
        accuracy=float((outputs.argmax(axis=1) == labels).mean()),
        val_images=len(labels),
    )


def require_agreement(check: Check, *, kind: Format, label: str) -> None:
    """Nothing, for a file that computes what the network computes.

    Raises:
        ExportError: If its answers differ by more than the format's tolerance; the message holds the numbers.
    """
    if kind.quantised:
        figure, tolerance, what = check.mean_distance, INT8_TOLERANCE, "on average"
    else:
        figure, tolerance, what = check.largest_difference, TOLERANCE, "at most"
    if not figure <= tolerance:
        raise ExportError(
            f"The {kind.name} file of {label} does not compute what Keras computes: on {check.images:,} validation images its"
            f" probabilities differ by {figure:.2g} {what} ({tolerance:g} is allowed), and {check.equal_classes:,} get the same"
            " class; nothing was kept."
        )
