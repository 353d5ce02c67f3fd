"""The cache: one folder a data set, named by its content, whole or not there at all.

`<cache>/data/<sha256>/` holds `train_images.npy`, `train_labels.npy`, `manifest.json` and `sealed/`, the test set;
`<cache>/data/names/` says which entry a name means. What reads an entry here never looks into `sealed/`, but for
`write_part`, which copies from one seal into another.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from nas.data.dataset import Dataset, Images, Labels, Reading
from nas.data.folders import cache_folder
from nas.data.manifest import FORMAT, ArrayRecord, Manifest, parse_manifest, refuse_newer, write_manifest
from nas.errors import DataError, MissingDataError

MANIFEST = "manifest.json"
TRAIN_IMAGES = "train_images.npy"
TRAIN_LABELS = "train_labels.npy"
TEST_IMAGES = "sealed/test_images.npy"
TEST_LABELS = "sealed/test_labels.npy"
_INCOMING = ".incoming-"


def entry_folder(sha256: str) -> Path:
    """The folder of the entry with this content."""
    return _entries() / sha256


def look_up(name: str) -> Manifest | None:
    """The manifest of the entry that a name means, or None if it has to be made.

    Raises:
        DataError: If the entry is damaged, unreadable, or of a newer format.
    """
    path = _name_file(name)
    try:
        value = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None  # an index that cannot be read is made anew
    except OSError as error:
        raise DataError(f"{path} cannot be read ({_reason(error)}); mend its permissions.") from None
    refuse_newer(value, source=str(path))
    sha256 = value.get("sha256") if isinstance(value, dict) else None
    if not isinstance(sha256, str) or not entry_folder(sha256).is_dir():
        return None
    return _whole(sha256, name=name)


def read_manifest(sha256: str, *, name: str) -> Manifest:
    """The manifest of an entry.

    Args:
        sha256: The entry's content.
        name: What the user calls it, for the error message.

    Raises:
        MissingDataError: If there is no such entry.
        DataError: If the entry is damaged or of a newer format.
    """
    folder = entry_folder(sha256)
    try:
        text = (folder / MANIFEST).read_bytes()
    except OSError as error:
        if folder.is_dir():
            raise _damage(folder, f"{MANIFEST}: {_reason(error)}") from None
        way = "read its file or folder again" if "@" in name else "fetch it there"
        raise MissingDataError(
            f"The data set {name} ({sha256[:12]}…) is not in the cache {cache_folder()};"
            f" {way} with `nas data show {name.partition('@')[0]}`, or point NAS_CACHE at the cache that holds it.",
            name=name,
            sha256=sha256,
        ) from None
    manifest = parse_manifest(text, source=str(folder / MANIFEST))
    if manifest.sha256 != sha256:
        raise _damage(folder, f"{MANIFEST} belongs to {manifest.sha256[:12]}…")
    return manifest


def read_array(file: str, *, record: ArrayRecord, sha256: str) -> NDArray[Any]:
    """An array of an entry, read-only and mapped into memory; its values are not compared with their checksum.

    Args:
        file: Its path inside the entry.
        record: What it must hold.
        sha256: The entry's content.

    Raises:
        DataError: If the file is missing, cut short, or holds another shape or type.
    """
    folder = entry_folder(sha256)
    try:
        array: NDArray[Any] = np.load(folder / file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise _damage(folder, f"{file}: {_reason(error)}") from None
    if array.shape != record.shape or array.dtype.name != record.dtype:
        raise _damage(folder, f"{file} holds {array.dtype.name} {array.shape}, not {record.dtype} {record.shape}")
    return array


@contextmanager
def lock() -> Iterator[None]:
    """A place where this process alone makes entries; others wait, and then find what was made.

    Raises:
        DataError: If the cache cannot be written.
    """
    with _writing():
        _entries().mkdir(parents=True, exist_ok=True)
        handle = (_entries() / "lock").open("a")
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
        whole = _whole(manifest.sha256, name=manifest.name)
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


def read_training(manifest: Manifest) -> tuple[Images, Labels]:
    """An entry's training and validation images with their labels, mapped.

    Raises:
        DataError: If a file is missing or damaged.
    """
    records = manifest.arrays
    return (
        read_array(TRAIN_IMAGES, record=records.train_images, sha256=manifest.sha256),
        read_array(TRAIN_LABELS, record=records.train_labels, sha256=manifest.sha256),
    )


def _entries() -> Path:
    return cache_folder() / "data"


def _name_file(name: str) -> Path:
    return _entries() / "names" / f"{quote(name, safe='')}.json"


def _whole(sha256: str, *, name: str) -> Manifest:
    """The manifest of an entry whose training files are there, with the right sizes."""
    manifest = read_manifest(sha256, name=name)
    read_array(TRAIN_IMAGES, record=manifest.arrays.train_images, sha256=sha256)
    read_array(TRAIN_LABELS, record=manifest.arrays.train_labels, sha256=sha256)
    return manifest


def _damage(folder: Path, what: str) -> DataError:
    return DataError(f"The cache entry {folder} is damaged ({what}); delete that folder and it is made anew.")


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).rstrip(".")


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(
            f"The cache {cache_folder()} cannot be written ({_reason(error)});"
            " make room or mend its permissions, or point NAS_CACHE at another folder."
        ) from None


@contextmanager
def _incoming() -> Iterator[Path]:
    """A fresh folder to write in, beside the entries; what a killed process left behind is removed first."""
    for left in _entries().glob(f"{_INCOMING}*"):
        shutil.rmtree(left)
    folder = _entries() / f"{_INCOMING}{uuid4().hex}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_name(incoming: Path, *, name: str, sha256: str) -> None:
    final = _name_file(name)
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
