"""The one shape that every source brings its images into."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from nas.data.ref import Share
from nas.errors import DataError

Images = NDArray[np.uint8]
"""Pixels as (images, height, width, channels)."""
Labels = NDArray[np.int32]
"""One class index an image."""


class Reading(BaseModel):
    """How a source was read, where that is a choice; part of a data set's identity."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pixels: str
    """What the source's pixels were, and what became of them, in words."""
    validation: Annotated[int, Field(ge=1)] | None = None
    """How many images validate, the last of the training images; None leaves that to a share."""
    drawn: Share | None = None
    """The share of each class that they were drawn as; None where the source has validation images of its own."""


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
    reading: Reading | None = None
    """How the source was read; None for one whose pixels and order were kept as they came."""

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
