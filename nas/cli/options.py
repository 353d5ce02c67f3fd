"""Flags that several commands have, and how they are read."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from nas.errors import BudgetError, StudyError

if TYPE_CHECKING:
    from nas.architecture import Budget

Runs = Annotated[Path | None, Parameter(help="Folder that holds the runs (default: NAS_RUNS, else ./runs).")]
StudyName = Annotated[str | None, Parameter(help="Name of the study (default: the one worked on last).")]
Storage = Annotated[
    str | None,
    Parameter(env_var="NAS_STORAGE", help="URL of Optuna's storage (default: a SQLite file in the run's folder)."),
]
Cluster = Annotated[
    str | None,
    Parameter(
        env_var="NAS_CLUSTER",
        help="Address or file of a Dask scheduler whose workers train, such as tcp://host:8786 (default: this machine).",
    ),
]
MaxMacs = Annotated[int | None, Parameter(help="Most multiply-accumulate operations for one image.")]
MaxRam = Annotated[
    str | None,
    Parameter(help="Most RAM, such as 64kB (kB is 1,000 bytes, KiB 1,024): the arena of TensorFlow Lite Micro, estimated."),
]
MaxFlash = Annotated[str | None, Parameter(help="Most flash, such as 256KiB: the int8 LiteRT file, estimated.")]
Fits = Annotated[str | None, Parameter(help="A device whose flash and RAM it has to fit; nas devices lists them.")]
ValSplit = Annotated[
    float | None, Parameter(help="Share of each class kept for validation, such as 0.1 (default: the data set's own split).")
]
ImageSize = Annotated[str | None, Parameter(help="Size as HEIGHTxWIDTH that a folder of images is scaled to.")]
DATA = "mnist, fashion-mnist, digits, or a path: an .npz, a folder of IDX files or of images; mnist:2000 is a small part of mnist"
Json = Annotated[bool, Parameter(negative="", help="Answer with one JSON object on stdout.")]

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(|[km]i?b|b)", re.IGNORECASE)
_BYTES = {"": 1, "b": 1, "kb": 1_000, "kib": 1_024, "mb": 1_000_000, "mib": 1_048_576}
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s?)?")


def parameters_budget(parameters: int) -> "Budget":
    """A budget of so many parameters.

    Raises:
        BudgetError: If that is less than one.
    """
    from nas.architecture import Budget

    if parameters < 1:
        raise BudgetError(f"A budget is at least 1 parameter, not {parameters}.")
    return Budget(parameters=parameters)


def parse_duration(text: str, *, flag: str = "--timeout") -> float:
    """Seconds that a text like `30m`, `1h30m`, `90s` or `90` means.

    Args:
        text: What was given.
        flag: By which flag, for the error message.

    Raises:
        StudyError: If it means none.

    >>> parse_duration("1h30m")
    5400.0
    """
    match = _DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        raise StudyError(f"{flag} takes a time such as 30m, 1h30m or 90s, not {text!r}.")
    hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return float(3600 * hours + 60 * minutes + seconds)


def parse_size(text: str | None, *, flag: str) -> int | None:
    """Bytes that a text like `64kB`, `256KiB`, `1.5MB` or `65536` means, rounded down; None for None.

    Args:
        text: What was given.
        flag: By which flag, for the error message.

    Raises:
        BudgetError: If it means no size of at least one byte.

    >>> parse_size("64kB", flag="--max-ram"), parse_size("256KiB", flag="--max-flash")
    (64000, 262144)
    """
    if text is None:
        return None
    match = _SIZE.fullmatch(text.strip())
    size = int(float(match[1]) * _BYTES[match[2].lower()]) if match else 0
    if size < 1:
        raise BudgetError(f"{flag} takes at least one byte, as in 65536, 64kB or 256KiB, not {text!r}.")
    return size
