"""What names a data set: its name, its content's hash and its split."""

from math import floor
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from nas.errors import DataError

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A hash as 64 lower-case hexadecimal digits."""

Share = Annotated[float, Field(gt=0, lt=1)]
"""Something between none and all."""


class Split(BaseModel):
    """Which training images are kept for validation: the last share of them, in file order, before any shuffling."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["last", "all"] = "last"
    """`last`: as Keras's `validation_split` takes them. `all`: they are trained on as well, so that they validate nothing."""
    fraction: Share = 0.2
    """Share of the training images, between 0 and 1."""
    images: Annotated[int, Field(ge=1)] | None = None
    """How many images, in place of a share, or None."""

    @model_serializer(mode="wrap")
    def _spell(self, spell: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Share or number, whichever holds: trainings are kept by this spelling, so a share's has never changed."""
        spelled: dict[str, Any] = spell(self)
        spelled.pop("images" if self.images is None else "fraction", None)
        return spelled


LAST_FIFTH = Split()
"""The split of the notebook: 48,000 and 12,000 of MNIST's 60,000 training images."""
LAST_SEVENTH = Split(fraction=1 / 7)
"""The split of a rehearsal, whose test images are an eighth as well: 36,000, 6,000 and 6,000 of MNIST's 48,000."""
REHEARSAL = ":rehearsal"
"""What a data set's name ends in if it is made of another one's training images alone."""


def default_split(name: str) -> Split:
    """The split that a data set of this name has unless it is given another."""
    return LAST_SEVENTH if name.endswith(REHEARSAL) else LAST_FIFTH


class DataRef(BaseModel):
    """What a worker needs to find a data set's arrays in its cache."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    """The name that it was asked for by."""
    sha256: Sha256
    """Hash of the content of its four arrays, and the name of its cache entry."""
    split: Split = Field(default_factory=lambda data: default_split(data["name"]))
    """How the training images are split."""


def training_count(split: Split, *, images: int) -> int:
    """How many of the images come before those that validate; with a split of kind `last` it is these that are trained on.

    Source: `train_validation_split` in keras/src/trainers/data_adapters/array_slicing.py.

    Raises:
        DataError: If no image would be left on one side.

    >>> training_count(Split(fraction=0.2), images=60_000)
    48000
    """
    if split.images is not None:
        if split.images >= images:
            raise DataError(f"There are {images:,} training images, too few to keep {split.images:,} of them for validation.")
        return images - split.images
    kept = floor(images * (1.0 - split.fraction))
    if not 0 < kept < images:
        raise DataError(
            f"A validation share of {split.fraction:g} splits {images:,} training images into {kept:,} and {images - kept:,};"
            " choose a share that leaves images on both sides."
        )
    return kept
