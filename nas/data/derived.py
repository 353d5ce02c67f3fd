"""Data sets made of other ones: a part, a rehearsal, or another draw of the validation images. Called with the lock held."""

import numpy as np

from nas.data import cache, cache_writer
from nas.data.dataset import Dataset, Reading
from nas.data.manifest import Manifest
from nas.data.ref import LAST_FIFTH, default_split, training_count
from nas.data.stratified import validation_last
from nas.errors import DataError

_SMALLEST_TEST = 10
_MOST_TEST_IMAGES = 10_000


def write_subset(base: Manifest, *, name: str, images: int) -> Manifest:
    """The manifest of an entry that holds the first images of another, and a sixth as many of its test images.

    Raises:
        DataError: If those to train on lack a class, the base's test set is missing, or the cache cannot be written.
    """
    labels = np.asarray(cache.read_training(base)[1][:images])
    kept = labels[: training_count(default_split(name), images=images)]
    if lacking := sorted(set(range(base.classes)) - set(kept.tolist())):
        raise DataError(
            f"The {len(kept):,} images that {name} trains on lack the class {base.class_names[lacking[0]]}; ask for more, such as"
            f" {base.name}:2000."
        )
    tests = min(_MOST_TEST_IMAGES, max(_SMALLEST_TEST, images // 6))
    source = f"the first images of {base.name} ({base.source})"
    return cache_writer.write_part(base, name=name, rows=slice(images), tests=tests, source=source, reading=base.reading)


def write_rehearsal(base: Manifest, *, name: str) -> Manifest:
    """The manifest of an entry made of another's training images, its validation images left out.

    Of what the other one trains on, the last eighth becomes the test set and the eighth before it is left to validate.

    Raises:
        DataError: If the cache cannot be written.
    """
    images, labels = cache.read_training(base)
    end = training_count(LAST_FIFTH, images=len(images))
    begin = end - end // 8
    dataset = Dataset(
        train_images=images[:begin],
        train_labels=labels[:begin],
        test_images=images[begin:end],
        test_labels=labels[begin:end],
        class_names=base.class_names,
        source=f"training images of {base.name} ({base.source})",
        reading=base.reading,
    )
    return cache_writer.write_entry(dataset, name=name)


def write_redrawn(base: Manifest, *, name: str, share: float) -> Manifest:
    """The manifest of an entry whose validation images are a share of each class of another's, drawn by a constant seed.

    They are written last, so that both parts can be mapped into memory as they lie there.

    Raises:
        DataError: If the share leaves none, the base's test set is missing, or the cache cannot be written.
    """
    _, labels = cache.read_training(base)
    rows, count = validation_last(np.asarray(labels), share=share)
    pixels = base.reading.pixels if base.reading else "bytes from 0 to 255, taken as they are"
    reading = Reading(pixels=pixels, validation=count, drawn=share)
    return cache_writer.write_part(base, name=name, rows=rows, tests=None, source=base.source, reading=reading)
