"""Data sets of a few bytes, IDX files with sums of their own, and caches that nobody else uses."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from nas.data import Dataset
from nas.data.cache_writer import lock, write_entry
from nas.data.idx import encode
from nas.data.manifest import Manifest
from nas.data.mnist import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS


def own_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache and a user's data folder inside `folder`."""
    monkeypatch.setenv("NAS_CACHE", str(folder / "cache"))
    monkeypatch.setenv("NAS_DATA", str(folder / "data"))
    return folder / "cache"


def tiny(*, train: int = 60, test: int = 30, shape: tuple[int, int, int] = (4, 4, 1), classes: int = 10) -> Dataset:
    """Random pixels; the labels count up and start again."""
    pixels = np.random.default_rng(0)
    return Dataset(
        train_images=pixels.integers(0, 256, (train, *shape), np.uint8),
        train_labels=np.arange(train, dtype=np.int32) % classes,
        test_images=pixels.integers(0, 256, (test, *shape), np.uint8),
        test_labels=np.arange(test, dtype=np.int32) % classes,
        class_names=tuple(f"class {label}" for label in range(classes)),
        source="a test",
    )


def stored(dataset: Dataset, *, name: str = "mnist") -> Manifest:
    """The manifest of a data set that the cache now holds."""
    with lock():
        return write_entry(dataset, name=name)


def idx_files() -> dict[str, bytes]:
    """Four IDX files with 12 training and 5 test images of 3×2 pixels."""
    pixels = np.random.default_rng(1)
    return {
        TRAIN_IMAGES: encode(pixels.integers(0, 256, (12, 3, 2), np.uint8)),
        TRAIN_LABELS: encode((np.arange(12) % 10).astype(np.uint8)),
        TEST_IMAGES: encode(pixels.integers(0, 256, (5, 3, 2), np.uint8)),
        TEST_LABELS: encode(np.arange(5, dtype=np.uint8)),
    }


def sums(files: Mapping[str, bytes]) -> dict[str, str]:
    """Their SHA-256."""
    return {name: sha256(content).hexdigest() for name, content in files.items()}
