"""The one shape that every source brings its images into."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas.errors import DataError

Images = NDArray[np.uint8]
"""Pixels as (images, height, width, channels)."""
Labels = NDArray[np.int32]
"""One class index an image."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Labelled images, as a source gives them and the cache stores them; one that exists is consistent.

    Raises:
        DataError: When made of arrays that do not belong together.
    """

    train_images: Images
    """Training and validation images in file order."""
    train_labels: Labels
    """Their classes."""
    test_images: Images
    """Images of the same shape that no choice may depend on."""
    test_labels: Labels
    """Their classes."""
    class_names: tuple[str, ...]
    """A name for each class, in the order of the labels."""
    source: str
    """Where the images came from, for the reader of a report; no path and no address."""

    def __post_init__(self) -> None:
        if len(self.class_names) < 2:
            raise DataError(f"A data set needs at least two classes, but {len(self.class_names)} came from {self.source}.")
        self._check_part("training", self.train_images, self.train_labels)
        self._check_part("test", self.test_images, self.test_labels)
        if self.train_images.shape[1:] != self.test_images.shape[1:]:
            raise DataError(
                f"The training images have shape {self.train_images.shape[1:]} and the test images"
                f" {self.test_images.shape[1:]}; both must be the same (height, width, channels)."
            )

    def _check_part(self, part: str, images: NDArray[Any], labels: NDArray[Any]) -> None:
        if images.dtype != np.uint8 or images.ndim != 4 or 0 in images.shape:
            raise DataError(
                f"The {part} images came as {images.dtype} of shape {images.shape};"
                " wanted are uint8 pixels as (images, height, width, channels)."
            )
        if labels.dtype != np.int32 or labels.shape != images.shape[:1]:
            raise DataError(
                f"The {part} labels came as {labels.dtype} of shape {labels.shape};"
                f" wanted is one int32 label for each of the {len(images):,} images."
            )
        if labels.min() < 0 or labels.max() >= len(self.class_names):
            raise DataError(
                f"The {part} labels run from {labels.min()} to {labels.max()};"
                f" {len(self.class_names)} classes are labelled from 0 to {len(self.class_names) - 1}."
            )
