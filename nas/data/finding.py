"""The way from what a person names to a data set: found in the cache, else made there."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nas.data import cache, cache_writer, digits, fashion_mnist, mnist
from nas.data.dataset import Dataset
from nas.data.derived import write_redrawn, write_rehearsal, write_subset
from nas.data.folders import cache_folder
from nas.data.manifest import ADDRESS, Manifest
from nas.data.paths import fingerprint, read_path, stem_of
from nas.data.ref import REHEARSAL, DataRef, training_count
from nas.data.source import Part, Source, make_dataset
from nas.errors import DataError

_FETCHES: Mapping[str, Callable[[], Dataset]] = MappingProxyType(
    {"mnist": mnist.fetch, "fashion-mnist": fashion_mnist.fetch, "digits": digits.fetch}
)
"""Where each whole data set is fetched from; a new source is a line here."""
_IN_PARTS: Final = ("mnist", "fashion-mnist")
"""Those whose first images alone make sense, since they lie in a random order."""

_SMALLEST_SUBSET = 10
_LARGEST_SUBSET = 60_000
_DRAWN: Final = " val-split "
"""In the name of an entry that is another one with other validation images."""
_ADDRESSED: Final = re.compile(rf"[A-Za-z0-9_-]{{1,60}}@[0-9a-f]{{{ADDRESS}}}")
_SIZE: Final = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})")


def find(name: str, *, val_split: float | None = None, image_size: str | None = None) -> DataRef:
    """The data set that a name means, from the cache or, the first time, from its source.

    Args:
        name: `mnist`, `fashion-mnist` or `digits`; `mnist:N` for its first N training images, or `mnist:rehearsal`, whose
            training, validation and test images are all training images of mnist; a path to an `.npz`, to a folder of IDX
            files or to a folder of images; or what such a path was called when it was read, as in `screws@1a2b3c4d`.
        val_split: Share of each class that is kept for validation; None takes the data set's own split.
        image_size: Size as `HEIGHTxWIDTH` that a folder of images is scaled to.

    Raises:
        DataError: If there is no such data set, it is unfit to learn from, or the cache cannot be written.
    """
    if val_split is not None and not 0 < val_split < 1:
        raise DataError(f"--val-split takes a share between 0 and 1, such as 0.2, not {val_split:g}.")
    size = parse_image_size(image_size) if image_size is not None else None
    base = _manifest(name, size)
    if size and base.input_shape[:2] != size:
        height, width, _ = base.input_shape
        raise DataError(
            f"{name} holds images of {height} × {width} pixels; --image-size is for folders of images, so leave it out or give"
            f" {height}x{width}."
        )
    called = _findable(base, stem=stem_of(Path(name))) if _is_path(name) and not _is_address(name) else name
    found = base if val_split is None else _redrawn(base, called, val_split)
    split = found.split if found.reading else DataRef(name=called, sha256=found.sha256).split
    training_count(split, images=found.train_images)
    return DataRef(name=called, sha256=found.sha256, split=split)


def name_of(name: str, *, image_size: str | None = None) -> str:
    """What a data set is called wherever it is kept: its name, or for a path the name that its content has.

    Args:
        name: A name or a path, as `find` takes it.
        image_size: As `find` takes it.

    Raises:
        DataError: If a path leads to nothing, or to nothing to learn from.
    """
    return find(name, image_size=image_size).name if _is_path(name) else name


def take_in(arrays: Sequence[NDArray[Any]] | Sequence[Sequence[NDArray[Any]]]) -> str:
    """What images and labels in memory are called once the cache holds them, by their content, as in arrays@1a2b3c4d.

    Args:
        arrays: (x_train, y_train), or (x_train, y_train, x_test, y_test), or ((x_train, y_train), (x_test, y_test)).

    Raises:
        DataError: If there are more or fewer, or they are nothing to learn from.
    """
    flat = [array for each in arrays for array in (each if isinstance(each, tuple) else (each,))]
    if len(flat) not in {2, 4}:
        raise DataError(f"{len(flat)} arrays came; give (x_train, y_train) or (x_train, y_train, x_test, y_test).")
    pairs = {"train": flat[:2], "test": flat[2:]}
    parts = {
        name: Part(np.asarray(pair[0]), np.asarray(pair[1]), f"x_{name}", f"y_{name}") for name, pair in pairs.items() if pair
    }
    dataset = make_dataset(Source(train=parts["train"], test=parts.get("test"), words="arrays"))
    with cache_writer.lock():
        return _findable(cache_writer.write_entry(dataset, name="arrays@"), stem="arrays")


def parse_image_size(text: str) -> tuple[int, int]:
    """(height, width) that a text like `24x32` means.

    Raises:
        DataError: If it means none.

    >>> parse_image_size("24x32")
    (24, 32)
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise DataError(f"--image-size takes a height and a width, such as 24x32, not {text!r}.")
    return int(match[1]), int(match[2])


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a name asks for."""

    whole: str
    """Name of the whole data set."""
    images: int | None
    """Number of training images, or None for all."""
    rehearsal: bool = False
    """Whether the test images are to be training images."""

    @property
    def name(self) -> str:
        if self.rehearsal:
            return f"{self.whole}{REHEARSAL}"
        return self.whole if self.images is None else f"{self.whole}:{self.images}"


def _manifest(name: str, size: tuple[int, int] | None) -> Manifest:
    """The manifest of what a name means."""
    if not _is_path(name):
        return _found(_parse(name))
    path = Path(name)
    if _is_address(name):
        if known := cache.look_up(name):
            return known
        raise DataError(
            f"The data set {name} is not in the cache {cache_folder()}; give the path that it was read from,"
            " or point NAS_CACHE at the cache that holds it."
        )
    if not name or not _exists(path):
        raise _unknown(name)
    key = f"read-{fingerprint(path, image_size=size)}"
    if known := cache.look_up(key):
        return known
    dataset = make_dataset(read_path(path, image_size=size))
    with cache_writer.lock():
        return cache_writer.write_entry(dataset, name=f"{stem_of(path)}@", also=(key,))


def _findable(manifest: Manifest, *, stem: str) -> str:
    """A name that leads to an entry: that under which it was made, unless it was made as a part of another one."""
    return f"{stem}@{manifest.sha256[:ADDRESS]}" if _DRAWN in manifest.name else manifest.name


def _is_path(name: str) -> bool:
    """Whether a name is none of those that are known; a folder called as one of them is `./mnist`."""
    return name.partition(":")[0] not in _FETCHES


def _is_address(name: str) -> bool:
    """Whether a name is what a path was called when it was read."""
    return bool(_ADDRESSED.fullmatch(name)) and not _exists(Path(name))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a null byte
        return False


def _parse(name: str) -> _Wanted:
    whole, colon, count = name.partition(":")
    if not colon:
        return _Wanted(whole, None)
    if whole not in _IN_PARTS:
        raise DataError(f"'{name}' asks for a part of {whole}, which comes whole alone; give {whole}.")
    if colon + count == REHEARSAL:
        return _Wanted(whole, None, rehearsal=True)
    plain = count.isascii() and count.isdigit() and not count.startswith("0") and len(count) <= len(str(_LARGEST_SUBSET))
    if not plain or not _SMALLEST_SUBSET <= int(count) <= _LARGEST_SUBSET:
        raise DataError(
            f"'{name}' asks for {count or 'no'} images;"
            f" a subset is {whole}:N with N from {_SMALLEST_SUBSET} to {_LARGEST_SUBSET}, such as {whole}:2000."
        )
    return _Wanted(whole, int(count))


def _found(wanted: _Wanted) -> Manifest:
    """The manifest of what is wanted, made if the cache does not have it."""
    if known := cache.look_up(wanted.name):
        return known
    if wanted.name == wanted.whole:
        with cache_writer.lock():  # who waited here finds what the other one made
            return cache.look_up(wanted.name) or cache_writer.write_entry(_FETCHES[wanted.whole](), name=wanted.name)
    base = _found(_Wanted(wanted.whole, None))
    with cache_writer.lock():
        if known := cache.look_up(wanted.name):
            return known
        if wanted.images is None:
            return write_rehearsal(base, name=wanted.name)
        return write_subset(base, name=wanted.name, images=wanted.images)


def _redrawn(base: Manifest, name: str, share: float) -> Manifest:
    """The manifest of a data set with a validation share of its own."""
    if base.reading and base.reading.drawn == share:
        return base
    if base.reading and base.reading.validation and base.reading.drawn is None:
        raise DataError(f"{name} has validation images of its own, so there is nothing for --val-split to draw; leave it out.")
    key = f"{name}{_DRAWN}{share!r}"
    if known := cache.look_up(key):
        return known
    with cache_writer.lock():
        return cache.look_up(key) or write_redrawn(base, name=key, share=share)


def _unknown(name: str) -> DataError:
    if "/" in name or name.endswith(".npz"):
        return DataError(
            f"There is no file or folder {name!r}; give an .npz, a folder of IDX files or of images, or a name as mnist."
        )
    near = get_close_matches(name.partition(":")[0].lower(), _FETCHES, n=1)
    advice = f"the nearest name is {near[0]}" if near else f"known are {', '.join(_FETCHES)}, and paths"
    return DataError(f"There is no data set {name!r}; {advice}, and mnist:2000 means its first 2,000 training images.")
