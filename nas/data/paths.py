"""From a path to what lies there: an archive, a folder of IDX files, or a folder of images."""

import re
import stat
from hashlib import sha256
from pathlib import Path
from typing import Final

from nas.data.idx_folder import idx_files, read_idx_folder
from nas.data.image_folder import class_folders, read_image_folder
from nas.data.npz import read_npz
from nas.data.source import Source
from nas.errors import DataError

_READERS: Final = 2
"""Counts up when a reader makes other images of the same files, so that they are read anew."""
_LETTERS: Final = 40
_DEEP: Final = 3
"""Folders down to which a change is looked for: train, class, image."""


def stem_of(path: Path) -> str:
    """What a data set from a path is called before its `@`: letters, digits, `-` and `_`.

    >>> stem_of(Path("data/My screws.v2.npz"))
    'My-screws-v2'
    """
    resolved = path.resolve()
    name = resolved.stem if path.is_file() or resolved.suffix.lower() == ".npz" else resolved.name
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-_")[:_LETTERS] or "data"


def read_path(path: Path, *, image_size: tuple[int, int] | None) -> Source:
    """What lies at a path.

    Args:
        path: An `.npz`, a folder of IDX files, or a folder of images in class subfolders.
        image_size: (height, width) for a folder of images whose sizes differ.

    Raises:
        DataError: If it is something else, or damaged.
    """
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            root = path.resolve()
            if idx_files(root):
                return read_idx_folder(root)
            if not class_folders(root):
                raise DataError(
                    f"{root.name} holds neither folders of classes nor IDX files; put the images of each class into a folder of"
                    " its own, or add train-images-idx3-ubyte and train-labels-idx1-ubyte, plain or .gz."
                )
            return read_image_folder(root, image_size=image_size)
        if stat.S_ISREG(path.stat().st_mode) and path.suffix.lower() == ".npz":
            return read_npz(path)
    except OSError as error:
        raise DataError(f"The data {path} cannot be read ({error.strerror or error}); mend its permissions.") from None
    raise DataError(f"{path} is no data set; give an .npz, a folder of IDX files, or a folder of images in class subfolders.")


def fingerprint(path: Path, *, image_size: tuple[int, int] | None) -> str:
    """Something that changes when a file below a path is written, told without reading any, so that images are read once.

    Raises:
        DataError: If the path cannot be looked at.
    """
    digest = sha256(f"{_READERS} {image_size} {path.resolve()}\n".encode("utf-8", "surrogateescape"))
    try:
        for each in sorted(_below(path, deep=_DEEP)) if path.is_dir() else [path]:
            status = each.lstat() if each.is_symlink() and not each.exists() else each.stat()
            digest.update(
                f"{each} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}\n".encode(
                    "utf-8", "surrogateescape"
                )
            )
    except OSError as error:
        raise DataError(f"The data {path} cannot be read ({error.strerror or error}); mend its permissions.") from None
    return digest.hexdigest()


def _below(folder: Path, *, deep: int) -> list[Path]:
    """Files in a folder and in folders below it."""
    found: list[Path] = []
    for each in folder.iterdir():
        if each.name.startswith("."):
            continue
        if each.is_dir():
            found.extend(_below(each, deep=deep - 1) if deep > 1 else [])
        else:
            found.append(each)
    return found
