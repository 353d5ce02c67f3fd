"""Files that are there whole or not at all."""

import os
from contextlib import suppress
from ctypes import CDLL
from pathlib import Path
from uuid import uuid4

from nas.errors import StudyError

PART = ".part"
"""How the name of a file ends while it is being written."""


def write_whole(path: Path, content: bytes) -> None:
    """A file with this content under this name; whatever dies on the way, the old file or the new one is there.

    Raises:
        OSError: If it cannot be written; nothing is left behind then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}{PART}")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def replace_folder(draft: Path, final: Path) -> None:
    """A folder under its final name, in place of one that may be there; whoever looks sees the old one or the new one.

    Args:
        draft: The new folder, on the same disk; what was replaced is there afterwards.
        final: Where it goes.

    Raises:
        OSError: If it cannot be put there.
    """
    if not final.is_dir():
        draft.replace(final)
    elif not _exchange(draft, final):
        aside = final.with_name(f".{final.name}.{uuid4().hex[:8]}.old")
        final.replace(aside)  # two steps, where the system has no exchange
        draft.replace(final)
        aside.replace(draft)


def _exchange(one: Path, other: Path) -> bool:
    """Exchanges two folders in one step; false where the system or the file system cannot."""
    library = CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if hasattr(library, "renameat2"):  # Linux, renameat2(2): RENAME_EXCHANGE
        at_working_folder, exchange = -100, 2
        return bool(library.renameat2(at_working_folder, first, at_working_folder, second, exchange) == 0)
    if hasattr(library, "renamex_np"):  # macOS, renamex_np(2): RENAME_SWAP
        return bool(library.renamex_np(first, second, 2) == 0)
    return False


def write_output(path: Path, content: bytes) -> None:
    """A file that the user asked for, written whole.

    Raises:
        StudyError: If it cannot be written.
    """
    try:
        write_whole(path, content)
    except OSError as error:
        raise StudyError(f"{path} cannot be written ({error.strerror}); name a folder that can.") from None
