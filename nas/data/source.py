"""What any source gives, as it lies there, and how that becomes a data set with a sealed test set."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas.data.dataset import Dataset, Images, Labels, Reading
from nas.data.labels import as_labels, require_classes, require_known, width_of
from nas.data.pixels import PixelRange, as_images, detect_range, require_content, to_bytes
from nas.data.stratified import SEED_OF_TEST, SHARE_OF_TEST, SHARE_OF_VALIDATION, draw, validation_last
from nas.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Images and labels that belong together, in whatever type and shape the source has them."""

    images: NDArray[Any]
    labels: NDArray[Any]
    images_name: str
    """What the user calls the images, for error messages."""
    labels_name: str
    """What the user calls the labels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """All that a source gives."""

    train: Part
    val: Part | None = None
    test: Part | None = None
    class_names: tuple[str, ...] | None = None
    """A name for each class, or None to call them by their numbers."""
    words: str
    """What the source is, for the reader of a report; no path and no address."""


def make_dataset(source: Source) -> Dataset:
    """A data set with validation images at the end of its training images, and test images apart.

    What the source does not set aside is drawn from its training images, a share of each class by a constant seed: first a
    fifth for the test, then a fifth of what is left for validation.

    Raises:
        DataError: If anything about the source's images or labels is wrong; one sentence says what.
    """
    images = as_images(source.train.images, what=source.train.images_name)
    labels = _numbers(source.train, images)
    named = None if source.class_names is None else len(source.class_names)
    if named and (width := width_of(source.train.labels)) not in (None, named):
        raise DataError(f"{source.train.labels_name} has one-hot rows of {width:,} classes, but {named:,} are named; name each.")
    classes = require_classes(labels, classes=named or width_of(source.train.labels), what=source.train.labels_name)
    known = detect_range(images, what=source.train.images_name)
    train = _Bytes(_in_bytes(source.train, images, known), labels.astype(np.int32))
    val = _same(source.val, source.train, images, known, classes)
    test = _same(source.test, source.train, images, known, classes)
    if test is None:
        drawn = draw(train.labels, share=SHARE_OF_TEST, seed=SEED_OF_TEST, purpose="the test set")
        train, test = train.at(np.delete(np.arange(len(labels)), drawn)), train.at(drawn)
    if val is None:
        order, count = validation_last(train.labels, share=SHARE_OF_VALIDATION)
        train, share = train.at(order), SHARE_OF_VALIDATION
    else:
        train, count, share = train.before(val), len(val.labels), None
    return Dataset(
        train_images=train.images,
        train_labels=train.labels,
        test_images=test.images,
        test_labels=test.labels,
        class_names=source.class_names or tuple(str(label) for label in range(classes)),
        source=source.words,
        reading=Reading(pixels=known.words, validation=count, drawn=share),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Bytes:
    """Images and labels as they are stored."""

    images: Images
    labels: Labels

    def at(self, places: NDArray[np.int64]) -> "_Bytes":
        return _Bytes(self.images[places], self.labels[places])

    def before(self, others: "_Bytes") -> "_Bytes":
        return _Bytes(np.concatenate([self.images, others.images]), np.concatenate([self.labels, others.labels]))


def _numbers(part: Part, images: NDArray[Any]) -> NDArray[np.int64]:
    return as_labels(part.labels, images=len(images), what=part.labels_name, of=part.images_name)


def _in_bytes(part: Part, images: NDArray[Any], known: PixelRange) -> Images:
    converted = to_bytes(images, known, what=part.images_name)
    require_content(converted, what=f"{part.images_name} ({known.words})")
    return converted


def _same(part: Part | None, train: Part, like: NDArray[Any], known: PixelRange, classes: int) -> _Bytes | None:
    """Validation or test images, if there are any, in the shape and with the classes of the training images."""
    if part is None:
        return None
    images = as_images(part.images, what=part.images_name)
    if images.shape[1:] != like.shape[1:]:
        raise DataError(
            f"{part.images_name} holds images of shape {images.shape[1:]}, but {train.images_name} of {like.shape[1:]};"
            " both must be the same (height, width, channels)."
        )
    if (width := width_of(part.labels)) not in (None, classes):
        raise DataError(
            f"{part.labels_name} has one-hot rows of {width:,} classes, but there are {classes:,}; give as many columns."
        )
    labels = require_known(_numbers(part, images), classes=classes, what=part.labels_name)
    return _Bytes(_in_bytes(part, images, known), labels)
