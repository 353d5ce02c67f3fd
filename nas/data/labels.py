"""Labels of any spelling as one class index an image, and what must hold of them."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nas.data.dataset import Labels
from nas.errors import DataError

MOST_CLASSES: Final = 1_000
_NAMED: Final = 5
"""Classes that a sentence names before it counts the others."""


def as_labels(array: NDArray[Any], *, images: int, what: str, of: str) -> NDArray[np.int64]:
    """One whole number an image, from whole numbers or one-hot rows.

    Args:
        array: As (images,) or (images, 1), or one-hot as (images, classes).
        images: How many images there are.
        what: What the user calls the labels, for the error message.
        of: What the user calls the images.

    Raises:
        DataError: If they have another shape, disagree with the number of images, or are no whole numbers.
    """
    if array.dtype.kind not in "buif":
        raise DataError(
            f"{what} holds values of type {array.dtype}; wanted are classes as whole numbers from 0, or one-hot rows."
        )
    if array.ndim not in (1, 2) or 0 in array.shape[1:]:
        raise DataError(f"{what} has shape {array.shape}; wanted is (images,), or (images, classes) for one-hot rows.")
    if len(array) != images:
        raise DataError(f"{of} has {images:,} images, but {what} {len(array):,} labels; there must be one for each.")
    if array.ndim == 2 and array.shape[1] > 1:
        return _from_one_hot(array, what=what)
    flat = array.reshape(-1)
    broken = np.flatnonzero(~np.isfinite(flat) | (flat != np.floor(flat)) | (np.abs(flat.astype(np.float64)) > 2**31))
    if len(broken):
        raise DataError(
            f"{what} holds {flat[broken[0]]} for image {broken[0]:,}, which is no class; wanted are whole numbers from 0."
        )
    return flat.astype(np.int64)


def width_of(array: NDArray[Any]) -> int | None:
    """How many classes one-hot rows tell of, or None."""
    return array.shape[1] if array.ndim == 2 and array.shape[1] > 1 else None


def require_classes(labels: NDArray[np.int64], *, classes: int | None, what: str) -> int:
    """The number of classes, for training labels that run from 0 without a gap.

    Args:
        labels: One whole number for each training image.
        classes: How many the source says there are; None takes the labels' word for it.
        what: What the user calls them, for the error message.

    Raises:
        DataError: If there are fewer than 2 or more than 1,000, or one of them has no training image.
    """
    found = np.unique(labels)
    low, high = int(found[0]), int(found[-1])
    number = high + 1 if classes is None else classes
    if low == 1 and (high == number or classes is None) and len(found) > 1:
        raise DataError(f"{what} runs from 1 to {high:,}, so it looks as if it counted from 1; subtract 1 from each label.")
    if low < 0 or high >= number:
        raise outside(low, high, classes=number, what=what)
    if number > MOST_CLASSES:
        raise DataError(
            f"{what} tells of {number:,} classes; at most {MOST_CLASSES:,} are possible: number them from 0 without gaps."
        )
    if len(found) == 1:
        raise DataError(f"{what} knows one class only ({low}), so there is nothing to tell apart; give at least two.")
    if len(labels) < number:
        raise DataError(f"{what} labels {len(labels):,} images of {number:,} classes; there must be at least one image for each.")
    if len(found) < number:
        missing = np.setdiff1d(np.arange(number), found).tolist()
        named = ", ".join(map(str, missing[:_NAMED])) + (f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else "")
        raise DataError(f"{what} has no image of class {named}; classes are numbered from 0, and each needs training images.")
    return number


def require_known(labels: NDArray[np.int64], *, classes: int, what: str) -> Labels:
    """The labels of validation or test images as they are stored, each of them a class that there is.

    Raises:
        DataError: If one is not.
    """
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= classes:
        raise outside(low, high, classes=classes, what=what)
    return labels.astype(np.int32)


def outside(low: int, high: int, *, classes: int, what: str) -> DataError:
    """What is wrong with labels that run from `low` to `high`."""
    based = ", so it looks as if it counted from 1: subtract 1 from each label" if (low, high) == (1, classes) else ""
    return DataError(
        f"{what} runs from {low:,} to {high:,}, but {classes:,} classes are labelled from 0 to {classes - 1:,}{based}."
    )


def _from_one_hot(array: NDArray[Any], *, what: str) -> NDArray[np.int64]:
    ones = array == 1
    wrong = np.flatnonzero((ones.sum(axis=1) != 1) | ((array == 0).sum(axis=1) != array.shape[1] - 1))
    if len(wrong):
        raise DataError(
            f"{what} has shape {array.shape}, but its row {wrong[0]:,} is not one-hot; a row holds a single 1 among 0s."
        )
    found: NDArray[np.int64] = ones.argmax(axis=1)
    return found
