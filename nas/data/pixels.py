"""Pixels of any numeric type as bytes: which range they have, and how it becomes 0 to 255."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nas.data.dataset import Images
from nas.errors import DataError

_BLOCK_VALUES: Final = 2**22
"""Values that are converted at once, so that a large array needs little memory beside itself."""
_CONVENTIONAL: Final = frozenset({(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)})
_ROUNDING: Final = 1e-4
"""Share of a conventional range by which another part's pixels may lie beyond it: what rounding does."""
_DARK: Final = 128
"""Greatest value of what counts as an image in bytes, kept in another type, is at least this."""


@dataclass(frozen=True, slots=True)
class PixelRange:
    """How the pixels of a source become bytes."""

    low: float
    """What becomes 0."""
    high: float
    """What becomes 255."""
    kind: str
    """`b` for truth values, `u` for bytes, `i` for other whole numbers, `f` for floats."""
    words: str
    """Which range was detected, and what became of it."""


def as_images(array: NDArray[Any], *, what: str) -> NDArray[Any]:
    """An array as (images, height, width, channels), nothing converted.

    Args:
        array: Grey images as (images, height, width), or any with 1 or 3 channels in a fourth axis.
        what: What the user calls it, for the error message.

    Raises:
        DataError: If it has another shape, is empty, or holds no numbers.
    """
    wanted = "(images, height, width) in grey, or (images, height, width, channels) with 1 or 3 channels"
    if array.dtype.kind not in "buif":
        raise DataError(f"{what} holds values of type {array.dtype}; wanted are whole or floating-point numbers.")
    shaped = array[..., np.newaxis] if array.ndim == 3 else array
    if shaped.ndim != 4 or shaped.shape[3] not in (1, 3):
        first = array.ndim == 4 and array.shape[1] in (1, 3)
        hint = "move the channels to the end" if first else "reshape it"
        raise DataError(f"{what} has shape {array.shape}; wanted is {wanted}: {hint}.")
    if 0 in shaped.shape:
        raise DataError(f"{what} has shape {array.shape}, which holds no pixel; give at least one image.")
    return shaped


def detect_range(images: NDArray[Any], *, what: str) -> PixelRange:
    """The range that pixels have, told by their type and by the least and the greatest of them.

    Raises:
        DataError: If one is not a finite number.
    """
    kind, (low, high) = _kind(images), _extremes(images, what=what)
    found = f"{_NAMES[kind]} from {_number(low)} to {_number(high)}"
    if kind == "u" or (kind == "i" and low >= 0 and _DARK <= high <= 255):
        return PixelRange(0, 255, kind, f"{found}, taken as they are")
    rounded = "in 8 bits" if kind != "b" else "as bytes"
    if low >= 0 and high <= 1:
        return PixelRange(0, 1, kind, f"{found}, kept {rounded}: 0 becomes 0, and 1 becomes 255")
    if kind == "f" and low >= -1 and high <= 1:
        return PixelRange(-1, 1, kind, f"{found}, kept {rounded}: −1 becomes 0, and 1 becomes 255")
    if low >= 0 and _DARK <= high <= 255:
        return PixelRange(0, 255, kind, f"{found}, kept {rounded}: rounded to whole numbers")
    if low == high or not np.isfinite(high - low):
        raise DataError(f"{what} holds {found}, which cannot be brought to the range from 0 to 255; scale it to 0 to 1 yourself.")
    return PixelRange(low, high, kind, f"{found}, kept {rounded}: {_number(low)} becomes 0, and {_number(high)} becomes 255")


def to_bytes(images: NDArray[Any], known: PixelRange, *, what: str) -> Images:
    """The images in bytes.

    Args:
        images: As (images, height, width, channels).
        known: The range of the training images.
        what: What the user calls them, for the error message.

    Raises:
        DataError: If a pixel is not finite, or they have another range than the training images.
    """
    kind, (low, high) = _kind(images), _extremes(images, what=what)
    span = known.high - known.low
    beyond = (_ROUNDING if (known.low, known.high) in _CONVENTIONAL else 0.5) * span
    dark = high - low < span / 10 and kind != "u"
    if (kind == "f") != (known.kind == "f") or dark or low < known.low - beyond or high > known.high + beyond:
        raise DataError(
            f"{what} holds {_NAMES[kind]} from {_number(low)} to {_number(high)}, but the training images hold"
            f" {known.words.partition(',')[0]}; bring both to the same range and type."
        )
    if kind == "u" and (known.low, known.high) == (0, 255):
        return np.ascontiguousarray(images)
    converted = np.empty(images.shape, np.uint8)
    for rows, block in _blocks(images):
        scaled = (block.astype(np.float64) - known.low) * (255 / (known.high - known.low))
        converted[rows] = np.rint(np.clip(scaled, 0, 255))
    return converted


def require_content(images: Images, *, what: str) -> None:
    """Nothing, for images that all show something.

    Raises:
        DataError: If all pixels of one are equal.
    """
    if images.shape[1] * images.shape[2] == 1:
        return  # an image of a single pixel shows that pixel
    flat = images.reshape(len(images), -1)
    blank = np.flatnonzero(flat.min(axis=1) == flat.max(axis=1))
    if len(blank):
        raise DataError(
            f"{what} has {len(blank):,} of {len(images):,} images without variance, first number {blank[0]:,}: each of their"
            " pixels has the same value, in 8 bits; leave them out, or mend the range."
        )


_NAMES: Final = {"b": "truth values", "u": "bytes", "i": "whole numbers", "f": "floats"}


def _kind(images: NDArray[Any]) -> str:
    return "u" if images.dtype == np.uint8 else "i" if images.dtype.kind in "ui" else images.dtype.kind


def _blocks(images: NDArray[Any]) -> Iterator[tuple[slice, NDArray[Any]]]:
    step = max(1, _BLOCK_VALUES // max(1, images[0].size))
    for start in range(0, len(images), step):
        rows = slice(start, start + step)
        yield rows, images[rows]


def _extremes(images: NDArray[Any], *, what: str) -> tuple[float, float]:
    """Least and greatest value, all of them finite."""
    low, high, bad, first = np.inf, -np.inf, 0, -1
    for rows, block in _blocks(images):
        finite = np.isfinite(block)
        if finite.all():
            low, high = min(low, float(block.min())), max(high, float(block.max()))
            continue
        where = np.argwhere(~finite)
        if not bad:
            first = rows.start + int(where[0][0])
        bad += len(where)
    if bad:
        raise DataError(
            f"{what} has {bad:,} pixels that are NaN or infinite, the first in image {first:,}; mend or leave them out."
        )
    return low, high


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")
