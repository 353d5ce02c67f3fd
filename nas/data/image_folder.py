"""Folders of images: a subfolder a class, with test and val folders beside the classes or beside train."""

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from nas.data.dataset import Images
from nas.data.labels import MOST_CLASSES
from nas.data.pictures import BROKEN, MOST_PIXELS, require_plain
from nas.data.room import require_room
from nas.data.source import Part, Source
from nas.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif"})
_FORMATS: Final = ("PNG", "JPEG", "BMP", "GIF")
_ASIDE: Final = {"test": "test", "val": "val", "valid": "val", "validation": "val"}
_KINDS: Final = "PNG, JPEG, BMP or GIF"
_NAMED: Final = 3
"""Files or sizes that a sentence names before it counts the others."""
_MOST_FILES: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class _Folder:
    """One of training, validation and test, before a picture is read."""

    name: str
    files: tuple[Path, ...]
    labels: tuple[int, ...]
    others: int
    """Files and folders in its classes that are not read."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a picture's header says."""

    size: tuple[int, int]
    """(height, width) as it is held."""
    grey: bool


def class_folders(folder: Path) -> list[Path]:
    """The folders of the classes in a data set's own folder, in natural order: 2 before 10."""
    return [each for each in _folders(folder) if each.name.lower() not in _ASIDE]


def _folders(folder: Path) -> list[Path]:
    return sorted((each for each in folder.iterdir() if each.is_dir() and not each.name.startswith(".")), key=_natural)


def read_image_folder(folder: Path, *, image_size: tuple[int, int] | None) -> Source:
    """What a folder of images in class subfolders holds.

    Args:
        folder: It holds the classes' folders, or `train` that does; `test` and `val` beside them hold the same classes.
        image_size: (height, width) that pictures are scaled to; None wants all of them to have one size.

    Raises:
        DataError: If there are no classes, a picture cannot be read, or their sizes differ and none is given.
    """
    inner = folder / "train"
    within = inner.is_dir() and _folders(inner)  # there any name may be a class's
    root = inner if within else folder
    names = [each.name for each in within or class_folders(folder)]
    if len(names) < 2 or len(names) > MOST_CLASSES:
        raise DataError(
            f"{folder.name} holds {len(names):,} folders of classes; wanted are 2 to {MOST_CLASSES:,}, each with its images, or"
            " an .npz, or IDX files."
        )
    parts = {"train": _list(root, names, what=folder.name, own=not within)}
    if empty := sorted(set(range(len(names))) - set(parts["train"].labels)):
        raise DataError(
            f"{folder.name} has no image in its folder {_shown(names[empty[0]])}, so that class is missing from training; add"
            " images to it, or remove it."
        )
    for each in _folders(folder):
        if place := _ASIDE.get(each.name.lower()):
            part = _aside(each, names, what=f"{folder.name}/{each.name}")
            if place in parts:
                raise DataError(f"{parts[place].name} and {part.name} are meant for the same images; take one of them away.")
            parts[place] = part
    seen = _look(parts)
    height, width = image_size or _one_size(seen, what=folder.name)
    channels = 1 if all(each.grey for each in seen.values()) else 3
    read = {place: _read(part, (height, width, channels)) for place, part in parts.items()}
    scaled = any(each.size != (height, width) for each in seen.values())
    words = f"a folder of images, scaled to {height} × {width}" if scaled else "a folder of images"
    if others := sum(part.others for part in parts.values()):
        words += f" ({others:,} that are no {_KINDS} or lie deeper were left out)"
    return Source(
        train=read["train"], val=read.get("val"), test=read.get("test"), class_names=tuple(map(_shown, names)), words=words
    )


def _aside(root: Path, names: Sequence[str], *, what: str) -> _Folder:
    """The pictures of a folder for validation or test."""
    if not _folders(root) and _entries(root)[0]:
        raise DataError(
            f"{what} holds images and no folders of classes, and a folder of that name is kept for validation or test; if it is a"
            " class, put the folders of all classes into one called train."
        )
    return _list(root, names, what=what, own=False)


def _list(root: Path, names: Sequence[str], *, what: str, own: bool) -> _Folder:
    """The pictures of a folder, class by class, each in natural order; its own folder holds more than classes."""
    extra = [each.name for each in (class_folders(root) if own else _folders(root)) if each.name not in names]
    if extra:
        raise DataError(
            f"{what} has a folder {_shown(extra[0])}, which is no class of the training images; take it away or rename it."
        )
    files: list[Path] = []
    labels: list[int] = []
    others = 0
    for label, name in enumerate(names):
        found, more = _entries(root / name) if (root / name).is_dir() else ([], 0)
        others += more
        files.extend(found)
        labels.extend([label] * len(found))
        if len(files) > _MOST_FILES:
            raise DataError(f"{what} holds more than {_MOST_FILES:,} images; give fewer, or make an .npz of them.")
    if not files:
        raise DataError(f"{what} holds no image in the folders of its classes; wanted are {', '.join(sorted(SUFFIXES))}.")
    return _Folder(what, tuple(files), tuple(labels), others)


def _entries(folder: Path) -> tuple[list[Path], int]:
    """The pictures of a folder in natural order, links that lead nowhere included; and how much else is there."""
    seen = [each for each in folder.iterdir() if not each.name.startswith(".")]
    pictures = [
        each for each in seen if each.suffix.lower() in SUFFIXES and (each.is_file() or (each.is_symlink() and not each.exists()))
    ]
    return sorted(pictures, key=_natural), len(seen) - len(pictures)


def _look(parts: dict[str, _Folder]) -> dict[Path, _Seen]:
    """What the headers of all pictures say.

    Raises:
        DataError: If some cannot be read; the message names them.
    """
    from PIL import Image

    seen: dict[Path, _Seen] = {}
    broken: list[str] = []
    for part in parts.values():
        for path in part.files:
            try:
                with _strict(), Image.open(path, formats=_FORMATS) as picture:
                    require_plain(picture, path=Path(_shown(f"{path.parent.name}/{path.name}")))
                    size = (
                        (picture.width, picture.height)
                        if _turned(picture.getexif().get(0x0112))
                        else (picture.height, picture.width)
                    )
                    seen[path] = _Seen(size, _is_grey(picture))
            except (OSError, *BROKEN):
                broken.append(_shown(f"{path.parent.name}/{path.name}"))
    _refuse(broken)
    return seen


def _read(part: _Folder, shape: tuple[int, int, int]) -> Part:
    from PIL import Image, ImageOps

    height, width, channels = shape
    require_room((len(part.files), *shape), itemsize=1, what=part.name)
    images: Images = np.empty((len(part.files), *shape), np.uint8)
    broken: list[str] = []
    for index, path in enumerate(part.files):
        try:
            with _strict(), Image.open(path, formats=_FORMATS) as file:
                picture = ImageOps.exif_transpose(file).convert("L" if channels == 1 else "RGB")
                if picture.size != (width, height):
                    picture = picture.resize((width, height), Image.Resampling.BILINEAR)
                images[index] = np.asarray(picture, np.uint8).reshape(shape)
        except (OSError, *BROKEN):
            broken.append(_shown(f"{path.parent.name}/{path.name}"))
    _refuse(broken)
    return Part(images, np.array(part.labels), f"the images of {part.name}", f"the folders of {part.name}")


@contextmanager
def _strict() -> Iterator[None]:
    """A place where what Pillow warns of, a bomb or a damaged note, is an error."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="Palette images with Transparency")  # it was found to be opaque
        try:
            yield
        except Image.DecompressionBombError as error:
            raise ValueError(str(error)) from None


def _refuse(broken: Sequence[str]) -> None:
    if broken:
        more = f" and {len(broken) - _NAMED:,} more" if len(broken) > _NAMED else ""
        raise DataError(
            f"{', '.join(broken[:_NAMED])}{more} are no {_KINDS} of at most {MOST_PIXELS:,} pixels; mend or remove them."
        )


def _one_size(seen: dict[Path, _Seen], *, what: str) -> tuple[int, int]:
    sizes = Counter(each.size for each in seen.values()).most_common()
    if len(sizes) == 1:
        return sizes[0][0]
    named = ", ".join(f"{height} × {width} ({count:,} times)" for (height, width), count in sizes[:_NAMED])
    more = f" and {len(sizes) - _NAMED:,} more" if len(sizes) > _NAMED else ""
    (height, width), _ = sizes[0]
    raise DataError(
        f"{what} holds images of {len(sizes):,} sizes: {named}{more}; give one for all, such as --image-size {height}x{width}."
    )


def _is_grey(picture: "Image") -> bool:
    if picture.mode == "P":
        palette = np.array(picture.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
        return bool((palette == palette[:, :1]).all())
    return picture.mode in {"1", "L", "LA"}


def _turned(orientation: object) -> bool:
    """Whether a camera's note says that height and width change places (EXIF 2.32, tag 274)."""
    return orientation in {5, 6, 7, 8}


def _natural(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    parts = re.split(r"(\d{1,18})", path.name)
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts if part], path.name


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text)
