"""The cache: one folder a data set, named by its content, whole or not there at all.

`<cache>/data/<sha256>/` holds `train_images.npy`, `train_labels.npy`, `manifest.json` and `sealed/`, the test set;
`<cache>/data/names/` says which entry a name means. What reads an entry here never looks into `sealed/`.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from nas.data.dataset import Images, Labels
from nas.data.folders import cache_folder
from nas.data.manifest import ArrayRecord, Manifest, parse_manifest, refuse_newer
from nas.errors import DataError, MissingDataError

MANIFEST = "manifest.json"
TRAIN_IMAGES = "train_images.npy"
TRAIN_LABELS = "train_labels.npy"
TEST_IMAGES = "sealed/test_images.npy"
TEST_LABELS = "sealed/test_labels.npy"


def entry_folder(sha256: str) -> Path:
    """The folder of the entry with this content."""
    return entries() / sha256


def look_up(name: str) -> Manifest | None:
    """The manifest of the entry that a name means, or None if it has to be made.

    Raises:
        DataError: If the entry is damaged, unreadable, or of a newer format.
    """
    path = name_file(name)
    try:
        value = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None  # an index that cannot be read is made anew
    except OSError as error:
        raise DataError(f"{path} cannot be read ({reason_of(error)}); mend its permissions.") from None
    refuse_newer(value, source=str(path))
    sha256 = value.get("sha256") if isinstance(value, dict) else None
    if not isinstance(sha256, str) or not entry_folder(sha256).is_dir():
        return None
    return read_whole(sha256, name=name)


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
            raise _damage(folder, f"{MANIFEST}: {reason_of(error)}") from None
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
        raise _damage(folder, f"{file}: {reason_of(error)}") from None
    if array.shape != record.shape or array.dtype.name != record.dtype:
        raise _damage(folder, f"{file} holds {array.dtype.name} {array.shape}, not {record.dtype} {record.shape}")
    return array


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


def entries() -> Path:
    """The folder of all entries."""
    return cache_folder() / "data"


def name_file(name: str) -> Path:
    """The file that says which entry a name means."""
    return entries() / "names" / f"{quote(name, safe='')}.json"


def read_whole(sha256: str, *, name: str) -> Manifest:
    """The manifest of an entry whose training files are there, with the right sizes.

    Raises:
        MissingDataError: If there is no such entry.
        DataError: If it is damaged.
    """
    manifest = read_manifest(sha256, name=name)
    read_array(TRAIN_IMAGES, record=manifest.arrays.train_images, sha256=sha256)
    read_array(TRAIN_LABELS, record=manifest.arrays.train_labels, sha256=sha256)
    return manifest


def _damage(folder: Path, what: str) -> DataError:
    return DataError(f"The cache entry {folder} is damaged ({what}); delete that folder and it is made anew.")


def reason_of(error: Exception) -> str:
    """What was the matter with a file, in words."""
    return (getattr(error, "strerror", None) or str(error)).rstrip(".")
