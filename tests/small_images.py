"""A data set of four pixels an image, for the network of the hostile library's honest files."""

import numpy as np

from nas.data import Dataset

PIXELS = 255 * np.eye(4, dtype=np.uint8).reshape(4, 2, 2, 1)
"""One bright pixel each."""


def small_dataset() -> Dataset:
    """Ten training images, of which the last two validate, and four test images; three classes."""
    return Dataset(
        train_images=PIXELS[np.arange(10) % 4],
        train_labels=np.arange(10, dtype=np.int32) % 3,
        test_images=PIXELS,
        test_labels=np.array([0, 2, 2, 2], np.int32),
        class_names=("left", "middle", "right"),
        source="a test",
    )
