"""A contact sheet: what the training images look like, a row a class."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas.data.dataset import Images
from nas.data.ingest import describe, load
from nas.data.ref import DataRef
from nas.errors import DataError

_TILE_INCHES = 0.55
_MOST_ROWS = 40
_MOST_PIXELS = 96
"""A tile has about a hundred dots; of a larger image every second or third pixel is as good."""
_LETTERS = 24


def save_contact_sheet(ref: DataRef, path: Path, *, columns: int = 10) -> None:
    """A PNG with the first training images of each class, up to forty classes; no validation or test image is on it.

    Args:
        ref: A data set that was found before.
        path: The file to write.
        columns: Images of each class.

    Raises:
        DataError: If the cache does not hold the data set, or the file cannot be written.
    """
    from matplotlib.figure import Figure

    summary, data = describe(ref), load(ref)
    names = [_short(name) for name in summary.class_names[:_MOST_ROWS]]
    step = -(-max(data.input_shape[:2]) // _MOST_PIXELS)
    rows = [
        data.train_images[np.flatnonzero(data.train_labels == label)[:columns]][:, ::step, ::step] for label in range(len(names))
    ]
    height, width = rows[0].shape[1:3]
    gap = _gap(height, width)
    mosaic = _mosaic(rows, columns=columns, tile=(height, width), gap=gap)

    tile = _TILE_INCHES / max(height, width)  # all lengths from here on are inches
    wide, high = mosaic.shape[1] * tile, mosaic.shape[0] * tile
    left = 0.3 + 0.09 * max(len(name) for name in names)
    width_in_all, height_in_all = max(left + wide + 0.2, 5.5), high + 0.95
    figure = Figure(figsize=(width_in_all, height_in_all), dpi=200, facecolor="white")
    axes = figure.add_axes((left / width_in_all, 0.2 / height_in_all, wide / width_in_all, high / height_in_all))
    axes.imshow(mosaic, interpolation="nearest")
    places = [row * (height + gap) + height / 2 - 0.5 for row in range(len(names))]
    axes.set_yticks(places, names, parse_math=False)  # a dollar is a dollar
    axes.set_xticks([])
    axes.tick_params(length=0, labelsize=11, pad=8)
    axes.spines[:].set_visible(False)
    counts = f"{summary.training:,} training, {summary.validation:,} validation, {summary.test:,} test images"
    inches = figure.dpi_scale_trans
    figure.text(left, height_in_all - 0.32, ref.name, fontsize=14, fontweight="bold", va="center", transform=inches)
    shape = "×".join(map(str, data.input_shape))
    part = f"; the first {len(names)} of {data.classes:,} classes" if data.classes > len(names) else ""
    figure.text(left, height_in_all - 0.56, f"{counts} of {shape}{part}", fontsize=9, color="0.25", va="center", transform=inches)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing")  # a box stands for it
            figure.savefig(path, format="png")
    except OSError as error:
        raise DataError(f"The contact sheet cannot be written to {path} ({error.strerror}); choose another file.") from None


def _short(name: str) -> str:
    shown = "".join(letter if letter.isprintable() else "�" for letter in name)
    return shown if len(shown) <= _LETTERS else f"{shown[: _LETTERS - 1]}…"


def _gap(height: int, width: int) -> int:
    """Pixels between two images."""
    return max(1, max(height, width) // 14)


def _mosaic(rows: list[Images], *, columns: int, tile: tuple[int, int], gap: int) -> NDArray[np.uint8]:
    """The images side by side on white, as (height, width, 3)."""
    height, width = tile
    shape = (len(rows) * (height + gap) - gap, columns * (width + gap) - gap, 3)
    mosaic: NDArray[np.uint8] = np.full(shape, 255, np.uint8)
    for row, images in enumerate(rows):
        for column, image in enumerate(images):
            top, left = row * (height + gap), column * (width + gap)
            mosaic[top : top + height, left : left + width] = _colours(image)
    return mosaic


def _colours(image: NDArray[Any]) -> NDArray[Any]:
    """Red, green and blue; an image of other than three channels shows its first in grey."""
    return image if image.shape[-1] == 3 else image[..., :1]
