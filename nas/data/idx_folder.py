"""Folders of IDX files, plain or .gz, named as MNIST's are: train-images-idx3-ubyte and so on."""

import gzip
import re
import zlib
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from nas.data.idx import UNSIGNED_BYTES, decode
from nas.data.room import require_room
from nas.data.source import Part, Source
from nas.errors import DataError

_NAME: Final = re.compile(r".*?(train|test|t10k|valid\w*|val)[-_.](images|labels)[-_.]?idx\d[-_.]ubyte(?:\.gz)?", re.IGNORECASE)
_MOST_AXES: Final = 8
_PARTS: Final = {"train": "train", "test": "test", "t10k": "test"}


def idx_files(folder: Path) -> dict[tuple[str, str], Path]:
    """The IDX files of a folder by (`train`, `val` or `test`, and `images` or `labels`).

    Raises:
        DataError: If two of them are meant for the same.
    """
    found: dict[tuple[str, str], Path] = {}
    for path in sorted(folder.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match is None or not path.is_file():
            continue
        place = _PARTS.get(match[1].lower(), "val"), match[2].lower()
        if place in found:
            raise DataError(
                f"{folder.name} holds {found[place].name} and {path.name}, but only one can be meant; take the other away."
            )
        found[place] = path
    return found


def read_idx_folder(folder: Path) -> Source:
    """What a folder of IDX files holds.

    Raises:
        DataError: If a file is missing, damaged, or too large.
    """
    files = idx_files(folder)
    train = _part(files, "train", folder=folder)
    if train is None:
        raise DataError(f"{folder.name} lacks train-images-idx3-ubyte and train-labels-idx1-ubyte, plain or .gz; add them.")
    return Source(
        train=train,
        val=_part(files, "val", folder=folder),
        test=_part(files, "test", folder=folder),
        words="a folder of IDX files",
    )


def read_idx_file(path: Path) -> NDArray[np.uint8]:
    """The array in an IDX file, its size looked at before it is unpacked.

    Raises:
        DataError: If it cannot be read, or is no such file.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return _read(file, name=path.name)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{path.name} cannot be read ({reason.rstrip('.')}); fetch it again.") from None


def _read(file: IO[bytes] | gzip.GzipFile, *, name: str) -> NDArray[np.uint8]:
    begin = file.read(4)
    if begin[:3] != UNSIGNED_BYTES or len(begin) < 4:
        return decode(begin, source=name)  # which says what is wrong with it
    axes = begin[3]
    if axes > _MOST_AXES:
        raise DataError(f"{name} has a header of {axes} axes, and images have at most {_MOST_AXES}; fetch it again.")
    header = begin + file.read(4 * axes)
    shape = tuple(int.from_bytes(header[start : start + 4], "big") for start in range(4, len(header), 4))
    require_room(shape, itemsize=1, what=name)
    wanted = 1
    for size in shape:
        wanted *= size
    return decode(header + file.read(wanted + 1), source=name)


def _part(files: dict[tuple[str, str], Path], part: str, *, folder: Path) -> Part | None:
    images, labels = (files.get((part, kind)) for kind in ("images", "labels"))
    if images is None and labels is None:
        return None
    if images is None or labels is None:
        there = images or labels
        assert there
        lacking = "labels" if labels is None else "images"
        raise DataError(
            f"{folder.name} holds {there.name} without its {lacking}; add the file with the {lacking}, or take it away."
        )
    return Part(read_idx_file(images), read_idx_file(labels), images.name, labels.name)
