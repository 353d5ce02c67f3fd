"""Fashion-MNIST, fetched as MNIST is: by hand, from Keras's loader, or from Debian's package."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nas.data.dataset import Dataset, Reading
from nas.data.folders import cache_folder
from nas.data.mnist import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    IdxFiles,
    Source,
    first_that_has,
    read_by_hand,
    read_from_keras,
    to_dataset,
)
from nas.errors import DataError

SUMS: Mapping[str, str] = MappingProxyType(
    {
        TRAIN_IMAGES: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        TRAIN_LABELS: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        TEST_IMAGES: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        TEST_LABELS: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    }
)
"""SHA-256 of the four files, unpacked, as Debian distributes them."""

CLASS_NAMES: Final = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
"""Source: the table "Labels" of the data set's own README."""

PACKAGE: Final = "dataset-fashion-mnist"
_SHARED: Final = (Path("/usr/share/datasets/fashion-mnist"), Path("/usr/local/share/datasets/fashion-mnist"))


def hand_folder() -> Path:
    """Where a user without a network puts the four files."""
    return cache_folder() / "by-hand" / "fashion-mnist"


def read_from_debian(folders: tuple[Path, ...] = _SHARED) -> IdxFiles:
    """The four files of Debian's package.

    Raises:
        DataError: If it is not installed.
    """
    there = next((folder for folder in folders if folder.is_dir()), None)
    if there is None:
        raise DataError(f"not installed; sudo apt-get install {PACKAGE}")
    return read_by_hand(there)


SOURCES = (
    Source("files put there by hand", lambda: read_by_hand(hand_folder())),
    Source("Keras's own loader", lambda: read_from_keras("fashion_mnist")),
    Source(f"Debian's package {PACKAGE}", read_from_debian),
)
"""In the order in which they are tried."""


def fetch(*, sources: tuple[Source, ...] = SOURCES, sums: Mapping[str, str] = SUMS) -> Dataset:
    """Fashion-MNIST's 60,000 training and 10,000 test images of 28×28 grey pixels.

    Args:
        sources: Where to look, in this order.
        sums: SHA-256 that each of the four files must have.

    Raises:
        DataError: If no source has the right files; the message lists what was tried.
    """
    files, source = first_that_has(sources, title="Fashion-MNIST", sums=sums, folder=hand_folder())
    reading = Reading(pixels="bytes from 0 to 255, taken as they are")
    return to_dataset(files, source=source, class_names=CLASS_NAMES, reading=reading)
