"""A data set that exists is consistent."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_data import tiny

from nas.data import Dataset
from nas.errors import DataError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"train_images": np.zeros((60, 4, 4, 1))},
            r"^The training images came as float64 of shape \(60, 4, 4, 1\); wanted are uint8",
        ),
        ({"train_images": np.zeros((60, 4, 4), np.uint8)}, r"^The training images came as uint8 of shape \(60, 4, 4\); wanted"),
        ({"test_images": np.zeros((0, 4, 4, 1), np.uint8)}, r"^The test images came as uint8 of shape \(0, 4, 4, 1\); wanted"),
        (
            {"test_images": np.zeros((30, 4, 5, 1), np.uint8)},
            r"^The training images have shape \(4, 4, 1\) and the test images \(4, 5, 1\)",
        ),
        ({"train_labels": np.zeros(59, np.int32)}, r"one int32 label for each of the 60 images\.$"),
        ({"train_labels": np.zeros(60, np.int64)}, r"^The training labels came as int64"),
        (
            {"test_labels": np.full(30, 10, np.int32)},
            r"^The test labels run from 10 to 10; 10 classes are labelled from 0 to 9\.$",
        ),
        ({"class_names": ("one",)}, r"^A data set needs at least two classes, but 1 came from a test\.$"),
    ],
    ids=["floats", "no channels", "no images", "two shapes", "a label missing", "wide labels", "label too high", "one class"],
)
def test_arrays_that_do_not_belong_together_are_refused(changes: dict[str, object], message: str) -> None:
    dataset = tiny()
    with pytest.raises(DataError, match=message):
        replace(dataset, **changes)  # type: ignore[arg-type]


def test_colour_images_are_welcome() -> None:
    assert isinstance(tiny(shape=(8, 6, 3), classes=2), Dataset)
