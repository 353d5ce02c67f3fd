"""The way from a data set's name to its arrays: found in the cache, else made there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

import numpy as np

from nas.data import cache, mnist
from nas.data.dataset import Dataset, Images, Labels
from nas.data.manifest import Manifest, content_sha256
from nas.data.ref import REHEARSAL, DataRef, Split, default_split, training_count
from nas.errors import DataError

_FETCHES: Mapping[str, Callable[[], Dataset]] = MappingProxyType({"mnist": mnist.fetch})
"""Where each whole data set is fetched from; a new source is a line here."""

_SMALLEST_SUBSET = 10
_LARGEST_SUBSET = 60_000
_MOST_TEST_IMAGES = 10_000


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


def find(name: str, *, split: Split | None = None) -> DataRef:
    """The data set of a name, from the cache or, the first time, from its source.

    Args:
        name: `mnist`, `mnist:N` for its first N training images, or `mnist:rehearsal`, whose training, validation and test
            images are all training images of mnist.
        split: Which of the training images validate; None takes the data set's own split.

    Raises:
        DataError: If the name is unknown, no source has it, or the cache cannot be written.
    """
    found = _manifest(_parse(name))
    chosen = split or default_split(name)
    training_count(chosen, images=found.train_images)
    return DataRef(name=name, sha256=found.sha256, split=chosen)


def load(ref: DataRef) -> TrainingData:
    """The training and validation images of a data set that was found before.

    Raises:
        DataError: If the cache does not hold it, or only in part.
    """
    manifest = cache.read_manifest(ref.sha256, name=ref.name)
    images, labels = _training_arrays(manifest)
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
    images, labels = _training_arrays(manifest)
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
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a name asks for."""

    whole: str
    """Name of the whole data set."""
    images: int | None
    """Number of training images, or None for all."""
    rehearsal: bool = False
    """Whether the test images are to be training images."""

    @property
    def name(self) -> str:
        if self.rehearsal:
            return f"{self.whole}{REHEARSAL}"
        return self.whole if self.images is None else f"{self.whole}:{self.images}"


def _parse(name: str) -> _Wanted:
    whole, colon, count = name.partition(":")
    if whole not in _FETCHES:
        raise _unknown(name)
    if not colon:
        return _Wanted(whole, None)
    if colon + count == REHEARSAL:
        return _Wanted(whole, None, rehearsal=True)
    plain = count.isascii() and count.isdigit() and not count.startswith("0") and len(count) <= len(str(_LARGEST_SUBSET))
    if not plain or not _SMALLEST_SUBSET <= int(count) <= _LARGEST_SUBSET:
        raise DataError(
            f"'{name}' asks for {count or 'no'} images;"
            f" a subset is {whole}:N with N from {_SMALLEST_SUBSET} to {_LARGEST_SUBSET}, such as {whole}:2000."
        )
    return _Wanted(whole, int(count))


def _manifest(wanted: _Wanted) -> Manifest:
    """The manifest of what is wanted, made if the cache does not have it."""
    if found := cache.look_up(wanted.name):
        return found
    if wanted.rehearsal:
        base = _manifest(_Wanted(wanted.whole, None))
        with cache.lock():
            return cache.look_up(wanted.name) or cache.write_rehearsal(base, name=wanted.name)
    if wanted.images is None:
        with cache.lock():  # who waited here finds what the other one made
            return cache.look_up(wanted.name) or cache.write_entry(_FETCHES[wanted.whole](), name=wanted.name)
    base = _manifest(_Wanted(wanted.whole, None))
    test_images = min(_MOST_TEST_IMAGES, max(_SMALLEST_SUBSET, wanted.images // 6))
    with cache.lock():
        return cache.look_up(wanted.name) or cache.write_subset(
            base, name=wanted.name, train_images=wanted.images, test_images=test_images
        )


def _unknown(name: str) -> DataError:
    near = get_close_matches(name.partition(":")[0].lower(), _FETCHES, n=1)
    advice = f"the nearest name is {near[0]}" if near else f"known are {', '.join(_FETCHES)}"
    return DataError(f"There is no data set {name!r}; {advice}, and mnist:2000 means its first 2,000 training images.")


def _training_arrays(manifest: Manifest) -> tuple[Images, Labels]:
    records = manifest.arrays
    return (
        cache.read_array(cache.TRAIN_IMAGES, record=records.train_images, sha256=manifest.sha256),
        cache.read_array(cache.TRAIN_LABELS, record=records.train_labels, sha256=manifest.sha256),
    )


def _per_class(labels: Labels, *, classes: int) -> tuple[int, ...]:
    return tuple(int(count) for count in np.bincount(labels, minlength=classes))
