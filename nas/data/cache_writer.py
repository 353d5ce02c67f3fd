"""How entries come into the cache: written aside, then put in place whole, by one process at a time."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from nas.data.cache import (
    MANIFEST,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    entries,
    entry_folder,
    name_file,
    read_array,
    read_whole,
    reason_of,
)
from nas.data.dataset import Dataset, Images, Labels, Reading
from nas.data.folders import cache_folder
from nas.data.manifest import FORMAT, Manifest, write_manifest
from nas.errors import DataError

_INCOMING = ".incoming-"


@contextmanager
def lock() -> Iterator[None]:
    """A place where this process alone makes entries; others wait, and then find what was made.

    Raises:
        DataError: If the cache cannot be written.
    """
    with _writing():
        entries().mkdir(parents=True, exist_ok=True)
        handle = (entries() / "lock").open("a")
    with handle:
        with _writing():
            flock(handle, LOCK_EX)
        yield


def write_entry(dataset: Dataset, *, name: str, also: tuple[str, ...] = ()) -> Manifest:
    """The manifest of the entry that now holds a data set under a name; called with the lock held.

    Args:
        dataset: What it holds.
        name: The name that will lead to it; to one that ends in `@` the content's hash is added.
        also: Further names that will.

    Raises:
        DataError: If the cache cannot be written, or holds a damaged entry of the same content.
    """
    manifest = write_manifest(dataset, name=name)
    final = entry_folder(manifest.sha256)
    with _writing(), _incoming() as incoming:
        if not final.exists():
            entry = incoming / "entry"
            (entry / "sealed").mkdir(parents=True)
            _write_array(entry / TRAIN_IMAGES, dataset.train_images)
            _write_array(entry / TRAIN_LABELS, dataset.train_labels)
            _write_array(entry / TEST_IMAGES, dataset.test_images)
            _write_array(entry / TEST_LABELS, dataset.test_labels)
            _sync_folder(entry / "sealed")
            _finish(entry, manifest)
        elif not (final / "sealed").exists():  # as of a worker, which was sent the training images alone
            sealed = incoming / "sealed"
            sealed.mkdir()
            _write_array(sealed / Path(TEST_IMAGES).name, dataset.test_images)
            _write_array(sealed / Path(TEST_LABELS).name, dataset.test_labels)
            _sync_folder(sealed)
            sealed.rename(final / "sealed")
            _sync_folder(final)
        whole = read_whole(manifest.sha256, name=manifest.name)
        for each in {manifest.name, whole.name, *also} if name.endswith("@") else {name, *also}:
            _write_name(incoming, name=each, sha256=manifest.sha256)
    return whole


def write_training(manifest: Manifest, images: Images, labels: Labels) -> None:
    """Makes the entry of a manifest from training images alone, unless it is there; called with the lock held.

    Raises:
        DataError: If the cache cannot be written.
    """
    with _writing(), _incoming() as incoming:
        if not entry_folder(manifest.sha256).exists():
            entry = incoming / "entry"
            entry.mkdir()
            _write_array(entry / TRAIN_IMAGES, images)
            _write_array(entry / TRAIN_LABELS, labels)
            _finish(entry, manifest)


def write_part(
    base: Manifest, *, name: str, rows: slice | NDArray[np.int64], tests: int | None, source: str, reading: Reading | None
) -> Manifest:
    """The manifest of an entry that holds training images of another; called with the lock held.

    The test images go from one seal into the other, and nobody sees them.

    Args:
        base: The other entry.
        name: What the new one is made for.
        rows: Which of its training images, in their new order.
        tests: How many of its test images, the first ones; None for all.
        source: Where they came from, in words.
        reading: How they were read.

    Raises:
        DataError: If the base's test set is missing, or the cache cannot be written.
    """
    folder = entry_folder(base.sha256)
    if not (folder / "sealed").is_dir():
        raise DataError(
            f"{name} cannot be made, since the test set of {base.name} is missing from {folder};"
            f" delete that folder and {base.name} is fetched anew."
        )
    arrays = base.arrays
    dataset = Dataset(
        train_images=read_array(TRAIN_IMAGES, record=arrays.train_images, sha256=base.sha256)[rows],
        train_labels=read_array(TRAIN_LABELS, record=arrays.train_labels, sha256=base.sha256)[rows],
        test_images=read_array(TEST_IMAGES, record=arrays.test_images, sha256=base.sha256)[:tests],
        test_labels=read_array(TEST_LABELS, record=arrays.test_labels, sha256=base.sha256)[:tests],
        class_names=base.class_names,
        source=source,
        reading=reading,
    )
    return write_entry(dataset, name=name)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(
            f"The cache {cache_folder()} cannot be written ({reason_of(error)});"
            " make room or mend its permissions, or point NAS_CACHE at another folder."
        ) from None


@contextmanager
def _incoming() -> Iterator[Path]:
    """A fresh folder to write in, beside the entries; what a killed process left behind is removed first."""
    for left in entries().glob(f"{_INCOMING}*"):
        shutil.rmtree(left)
    folder = entries() / f"{_INCOMING}{uuid4().hex}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_name(incoming: Path, *, name: str, sha256: str) -> None:
    final = name_file(name)
    final.parent.mkdir(exist_ok=True)
    written = incoming / "name"
    _write_bytes(written, json.dumps({"format": FORMAT, "name": name, "sha256": sha256}).encode() + b"\n")
    written.replace(final)
    _sync_folder(final.parent)


def _finish(entry: Path, manifest: Manifest) -> None:
    """Writes the manifest and puts the entry in its place."""
    _write_bytes(entry / MANIFEST, manifest.model_dump_json(indent=2, exclude_none=True).encode() + b"\n")
    _sync_folder(entry)
    final = entry_folder(manifest.sha256)
    entry.rename(final)
    _sync_folder(final.parent)


def _write_array(path: Path, array: NDArray[Any]) -> None:
    with path.open("xb") as file:
        try:
            np.save(file, array, allow_pickle=False)
        except OSError as error:
            if error.errno is None:  # NumPy counts the bytes that a full disk did not take, and does not ask why
                raise OSError(ENOSPC, os.strerror(ENOSPC)) from None
            raise
        file.flush()
        os.fsync(file.fileno())


def _write_bytes(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
