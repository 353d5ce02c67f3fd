"""A `.keras` file as the bytes of its members; it is a zip, and nothing in it is unpacked to a disk."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from reprlib import Repr
from typing import BinaryIO, Final

from nas.errors import ArchitectureError

FILE_BYTES: Final = 256 * 2**20
"""Largest `.keras` file that is opened; networks here are small."""
CONFIG, WEIGHTS = "config.json", "model.weights.h5"
_MEMBERS: Final = frozenset({"metadata.json", CONFIG, WEIGHTS})
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_AGAIN: Final = "save the model again with model.save"
_SHOWN: Final = Repr()
_SHOWN.maxstring = 60

# A zip ends in this record (APPNOTE.TXT 4.3.16); one of 64 bits stands before it only in archives of more than 4 GiB.
_END, _END_BYTES = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_BYTES = b"PK\x06\x07", 20
_CONTENTS_BYTES: Final = 4096


@dataclass(frozen=True)
class KerasArchive:
    """An opened `.keras` file whose table of contents is as Keras writes it."""

    path: Path
    zip: zipfile.ZipFile

    def read(self, member: str, *, at_most: int, what: str) -> bytes:
        """A member's content.

        Args:
            member: Its name.
            at_most: Bytes to which it may unpack; of a larger one nothing is unpacked.
            what: What such a member belongs to, for the error message.

        Raises:
            ArchitectureError: If it is not there, or larger.
        """
        try:
            entry = self.zip.getinfo(member)
        except KeyError:
            raise ArchitectureError(f"{self.path} has no {member}; {_AGAIN}.") from None
        if entry.file_size > at_most:
            raise ArchitectureError(
                f"The {member} in {self.path} unpacks to {entry.file_size:,} bytes; {what} has at most {at_most:,}."
            )
        with self.zip.open(entry) as file:
            return file.read(entry.file_size)


@contextmanager
def opened_archive(path: Path) -> Iterator[KerasArchive]:
    """A `.keras` file, open as long as the block lasts.

    It holds what Keras writes for a network of our layers, and nothing else: other members have no meaning here, so that
    whatever they are for is not what the file says that it is.

    Raises:
        ArchitectureError: If it cannot be read, is larger than a small network's, or is no whole zip of these members; also
            if that is found while a member is read.
    """
    try:
        with _opened(path) as file, zipfile.ZipFile(file) as archive:
            _require_members(archive, path=path)
            yield KerasArchive(path, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise ArchitectureError(f"{path} is no whole .keras file ({error}); {_AGAIN}.") from None
    except OSError as error:
        raise ArchitectureError(f"The file {path} cannot be read ({error.strerror or error}).") from None


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if stat.S_ISFIFO(path.stat().st_mode):  # whose opening would wait for a writer
        raise ArchitectureError(f"{path} is a pipe, no file; {_AGAIN}.")
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > FILE_BYTES:
            raise ArchitectureError(f"{path} has {size:,} bytes; a small network's .keras file has at most {FILE_BYTES:,}.")
        _require_short_contents(file, size=size)
        yield file


def _require_short_contents(file: BinaryIO, *, size: int) -> None:
    """Nothing, for a zip with a short table of contents: `zipfile` reads the whole of it before it says what is there."""
    if size < _END_BYTES:
        return
    file.seek(-_END_BYTES, os.SEEK_END)
    end = file.read(_END_BYTES)
    if not end.startswith(_END):
        raise zipfile.BadZipFile("File is not a zip file")
    before = max(0, size - _END_BYTES - _LOCATOR_BYTES)
    file.seek(before)
    if int.from_bytes(end[12:16], "little") > _CONTENTS_BYTES or file.read(len(_LOCATOR)) == _LOCATOR:
        raise zipfile.BadZipFile("its table of contents is too long")
    file.seek(0)


def _require_members(archive: zipfile.ZipFile, *, path: Path) -> None:
    names = [entry.filename for entry in archive.infolist()]
    for entry in archive.infolist():
        if entry.filename not in _MEMBERS:
            raise ArchitectureError(
                f"{path} holds {_SHOWN.repr(entry.filename)}, which no .keras file of layers like those here does; {_AGAIN}."
            )
        if names.count(entry.filename) > 1:
            raise ArchitectureError(f"{path} holds {entry.filename} twice; {_AGAIN}.")
        if entry.compress_type not in _METHODS or entry.flag_bits & 1:
            raise ArchitectureError(f"{path} is packed unlike Keras does it; {_AGAIN}.")
