"""Flags that several commands have, and how they are read."""

import re
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from nas.errors import StudyError

Runs = Annotated[Path | None, Parameter(help="Folder that holds the runs (default: NAS_RUNS, else ./runs).")]
StudyName = Annotated[str | None, Parameter(help="Name of the study (default: the one worked on last).")]
Storage = Annotated[
    str | None,
    Parameter(env_var="NAS_STORAGE", help="URL of Optuna's storage (default: a SQLite file in the run's folder)."),
]
Json = Annotated[bool, Parameter(negative="", help="Answer with one JSON object on stdout.")]

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s?)?")


def parse_duration(text: str) -> float:
    """Seconds that a text like `30m`, `1h30m`, `90s` or `90` means.

    Raises:
        StudyError: If it means none.

    >>> parse_duration("1h30m")
    5400.0
    """
    match = _DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        raise StudyError(f"--timeout takes a time such as 30m, 1h30m or 90s, not {text!r}.")
    hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return float(3600 * hours + 60 * minutes + seconds)
