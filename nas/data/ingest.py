"""From a data set that was found before to its arrays and figures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nas.data import cache
from nas.data.dataset import Images, Labels
from nas.data.manifest import content_sha256, count_repeated
from nas.data.ref import DataRef, training_count
from nas.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingData:
    """What a search may look at: arrays mapped into memory, read-only."""

    train_images: Images
    """Pixels from 0 to 255 as (images, height, width, channels)."""
    train_labels: Labels
    """One class index an image."""
    val_images: Images
    """The images that follow the training images in file order."""
    val_labels: Labels
    """Their classes."""
    classes: int
    """Number of classes."""
    input_shape: tuple[int, int, int]
    """(height, width, channels) of one image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSummary:
    """What `nas data show` tells; nothing in it comes from a test image."""

    name: str
    sha256: str
    input_shape: tuple[int, int, int]
    """(height, width, channels) of one image."""
    class_names: tuple[str, ...]
    """In the order of the labels."""
    training: int
    """Number of training images."""
    validation: int
    """Number of validation images."""
    test: int
    """Number of test images, as written down when they were sealed."""
    training_per_class: tuple[int, ...]
    """Number of training images of each class; the sum is `training`."""
    validation_per_class: tuple[int, ...]
    """Number of validation images of each class; the sum is `validation`."""
    dtype: str
    """NumPy's name for the type of a pixel."""
    pixel_range: tuple[int, int]
    """Least and greatest pixel of the training and validation images."""
    scaling: str
    """What becomes of the pixels before a network sees them."""
    source: str
    """Where the images came from."""
    folder: Path
    """The entry in the cache."""
    pixels: str | None = None
    """What the source's pixels were and what became of them, or None for one whose pixels were kept as they came."""
    drawn: float | None = None
    """The share of each class that was drawn for validation, or None where the last images or the source's own validate."""
    test_duplicates: int | None = None
    """Test images that are training or validation images too, as counted when they were sealed; None if they were not."""


def load(ref: DataRef) -> TrainingData:
    """The training and validation images of a data set that was found before.

    Raises:
        DataError: If the cache does not hold it, or only in part.
    """
    manifest = cache.read_manifest(ref.sha256, name=ref.name)
    images, labels = cache.read_training(manifest)
    kept = training_count(ref.split, images=len(images))
    trained = len(images) if ref.split.kind == "all" else kept
    return TrainingData(
        train_images=images[:trained],
        train_labels=labels[:trained],
        val_images=images[kept:],
        val_labels=labels[kept:],
        classes=manifest.classes,
        input_shape=manifest.input_shape,
    )


def describe(ref: DataRef) -> DataSummary:
    """A data set in figures, its training files compared with their checksums.

    Raises:
        DataError: If the cache does not hold it, or not as it was stored.
    """
    manifest = cache.read_manifest(ref.sha256, name=ref.name)
    folder = cache.entry_folder(ref.sha256)
    images, labels = cache.read_training(manifest)
    records = manifest.arrays
    if (content_sha256(images), content_sha256(labels)) != (records.train_images.sha256, records.train_labels.sha256):
        raise DataError(f"The cache entry {folder} is damaged (its checksums differ); delete that folder and it is made anew.")
    kept = training_count(ref.split, images=len(images))
    trained = len(images) if ref.split.kind == "all" else kept
    return DataSummary(
        name=ref.name,
        sha256=ref.sha256,
        input_shape=manifest.input_shape,
        class_names=manifest.class_names,
        training=trained,
        validation=len(images) - kept,
        test=manifest.test_images,
        training_per_class=_per_class(labels[:trained], classes=manifest.classes),
        validation_per_class=_per_class(labels[kept:], classes=manifest.classes),
        dtype=records.train_images.dtype,
        pixel_range=manifest.pixel_range,
        scaling=manifest.scaling,
        source=manifest.source,
        folder=folder,
        pixels=manifest.reading.pixels if manifest.reading else None,
        drawn=manifest.reading.drawn if manifest.reading else None,
        test_duplicates=manifest.test_duplicates,
    )


def told(ref: DataRef) -> str | None:
    """What was read, in two sentences, or None where nothing about it was a choice.

    Raises:
        DataError: If the cache does not hold the data set.
    """
    manifest = cache.read_manifest(ref.sha256, name=ref.name)
    if manifest.reading is None:
        return None
    shape = " × ".join(map(str, manifest.input_shape))
    kept = training_count(ref.split, images=manifest.train_images)
    return (
        f"{ref.name} holds {manifest.train_images + manifest.test_images:,} images of {shape} in {manifest.classes:,} classes:"
        f" {kept:,} to train on, {manifest.train_images - kept:,} to validate, {manifest.test_images:,} for the test, sealed."
        f" Its pixels are {manifest.reading.pixels}."
    )


def count_validation_duplicates(ref: DataRef) -> int:
    """How many validation images are training images too, pixel for pixel.

    Raises:
        DataError: If the cache does not hold the data set, or only in part.
    """
    data = load(ref)
    return count_repeated(data.val_images, among=data.train_images)


def _per_class(labels: Labels, *, classes: int) -> tuple[int, ...]:
    return tuple(int(count) for count in np.bincount(labels, minlength=classes))
