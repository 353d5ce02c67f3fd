"""NumPy archives: `.npz` with x_train, y_train and, where there are any, x_val, y_val, x_test, y_test and class_names."""

import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nas.data.room import require_room
from nas.data.source import Part, Source
from nas.errors import DataError

_HEADERS: Final = {(1, 0): (npy.read_array_header_1_0, 2), (2, 0): (npy.read_array_header_2_0, 4)}
"""What reads a header of each version of the format, and in how many bytes its length stands before it."""
_HEADER_BYTES: Final = 10_000
"""What NumPy reads of a file that is not trusted; it looks after it has read."""
_MOST_MEMBERS: Final = 1_000
_NAME_LETTERS: Final = 100
_BROKEN = (
    BadZipFile, OSError, EOFError, ValueError, SyntaxError, TokenError, zlib.error, KeyError, TypeError, OverflowError,
    MemoryError, RecursionError, RuntimeError, NotImplementedError, UnicodeError,
)  # fmt: skip
"""What zipfile, its decompressors and NumPy raise for bytes that are no archive of arrays."""


def read_npz(path: Path) -> Source:
    """What a NumPy archive holds.

    Raises:
        DataError: If it is none, lacks an array, or holds one that cannot or should not be read.
    """
    try:
        with ZipFile(path) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()[:_MOST_MEMBERS]}
            train = _part(archive, members, "train", path=path)
            if train is None:
                raise _lacks(("x_train", "y_train"), members, path=path)
            return Source(
                train=train,
                val=_part(archive, members, "val", path=path),
                test=_part(archive, members, "test", path=path),
                class_names=_class_names(archive, members, path=path),
                words="a NumPy archive",
            )
    except _BROKEN as error:
        raise DataError(f"{path.name} is no whole .npz archive ({_short(error)}); save it again with np.savez.") from None


def _part(archive: ZipFile, members: dict[str, ZipInfo], name: str, *, path: Path) -> Part | None:
    keys = (f"x_{name}", f"y_{name}")
    there = [key in members for key in keys]
    if not any(there):
        return None
    if not all(there):
        raise _lacks(tuple(key for key in keys if key not in members), members, path=path)
    images, labels = (_array(archive, members[key], name=f"{key} of {path.name}") for key in keys)
    return Part(images, labels, *(f"{key} of {path.name}" for key in keys))


def _lacks(missing: Sequence[str], members: dict[str, ZipInfo], *, path: Path) -> DataError:
    held = ", ".join("".join(each for each in key if each.isprintable())[:40] for key in list(members)[:8]) or "nothing"
    return DataError(
        f"{path.name} lacks {' and '.join(missing)}; it holds {held}: name the arrays x_train, y_train, x_test, y_test."
    )


def _array(archive: ZipFile, member: ZipInfo, *, name: str) -> NDArray[Any]:
    """An array whose header, type and size were looked at before its values are read."""
    with archive.open(member) as file:
        version = npy.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"{name} is written in version {version} of NumPy's format")
        read, length_bytes = _HEADERS[version]
        length = file.read(length_bytes)
        if int.from_bytes(length, "little") > _HEADER_BYTES:
            raise ValueError(f"{name} has a header of {int.from_bytes(length, 'little'):,} bytes")
        header = BytesIO(length + file.read(int.from_bytes(length, "little")))
        shape, _, dtype = read(header)
        if dtype.hasobject:
            raise DataError(f"{name} holds Python objects, which can run code when read; save it as an array of numbers.")
        if dtype.itemsize == 0 or min(shape, default=1) < 0 or len(shape) > 8:
            raise ValueError(f"{name} has shape {shape} and type {dtype}")
        require_room(shape, itemsize=dtype.itemsize, what=name)
        size = file.tell() + int(np.prod(shape, dtype=np.float64)) * dtype.itemsize
        if size != member.file_size:
            raise ValueError(f"{name} has {member.file_size:,} bytes, but its header promises {size:,}")
    with archive.open(member) as file:
        return _whole(file)


def _whole(file: IO[bytes]) -> NDArray[Any]:
    array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
    file.read(1)  # at its end zipfile compares the checksum
    return array


def _class_names(archive: ZipFile, members: dict[str, ZipInfo], *, path: Path) -> tuple[str, ...] | None:
    if "class_names" not in members:
        return None
    name = f"class_names of {path.name}"
    array = _array(archive, members["class_names"], name=name)
    if array.ndim != 1 or array.dtype.kind != "U" or array.dtype.itemsize > 4 * _NAME_LETTERS:
        raise DataError(
            f"{name} came as {array.dtype} of shape {array.shape}; wanted is a text a class, of at most {_NAME_LETTERS} letters."
        )
    names = tuple("".join(letter if letter.isprintable() else "�" for letter in str(each)) for each in array)
    if len(set(names)) < len(names) or not all(names):
        raise DataError(f"{name} holds a name twice, or an empty one; give each class one of its own.")
    return names


def _short(error: BaseException) -> str:
    lines = str(error).splitlines() or [""]
    return (getattr(error, "strerror", None) or lines[0])[:120].rstrip(".") or type(error).__name__
