"""Files that are there whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from nas.errors import StudyError


def write_whole(path: Path, content: bytes) -> None:
    """A file with this content under this name; whatever dies on the way, the old file or the new one is there.

    Raises:
        OSError: If it cannot be written; nothing is left behind then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
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


def write_output(path: Path, content: bytes) -> None:
    """A file that the user asked for, written whole.

    Raises:
        StudyError: If it cannot be written.
    """
    try:
        write_whole(path, content)
    except OSError as error:
        raise StudyError(f"{path} cannot be written ({error.strerror}); name a folder that can.") from None
