"""Sizes and times as people write them."""

import re

from nas.errors import BudgetError, StudyError

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(|[km]i?b|b)", re.IGNORECASE)
_BYTES = {"": 1, "b": 1, "kb": 1_000, "kib": 1_024, "mb": 1_000_000, "mib": 1_048_576}
MOST_SECONDS = 1_000 * 86_400
"""More than any search takes, and few enough for a timer."""
MOST_BYTES = 2**50
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s?)?")


def parse_duration(text: str, *, flag: str = "--timeout") -> float:
    """Seconds that a text like `30m`, `1h30m`, `90s` or `90` means.

    Args:
        text: What was given.
        flag: By which flag, for the error message.

    Raises:
        StudyError: If it means none, or one of many years.

    >>> parse_duration("1h30m")
    5400.0
    """
    match = _DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        raise StudyError(f"{flag} takes a time such as 30m, 1h30m or 90s, not {text!r}.")
    hours, minutes, seconds = (float(group or 0) for group in match.groups())
    total = 3600 * hours + 60 * minutes + seconds
    if total > MOST_SECONDS:
        raise StudyError(f"{flag} takes at most {MOST_SECONDS // 86_400:,} days.")
    return total


def parse_size(text: str | None, *, flag: str) -> int | None:
    """Bytes that a text like `64kB`, `256KiB`, `1.5MB` or `65536` means, rounded down; None for None.

    Args:
        text: What was given.
        flag: By which flag, for the error message.

    Raises:
        BudgetError: If it means no size of at least one byte, or more than any machine has.

    >>> parse_size("64kB", flag="--max-ram"), parse_size("256KiB", flag="--max-flash")
    (64000, 262144)
    """
    if text is None:
        return None
    match = _SIZE.fullmatch(text.strip())
    size = float(match[1]) * _BYTES[match[2].lower()] if match else 0
    if size < 1:
        raise BudgetError(f"{flag} takes at least one byte, as in 65536, 64kB or 256KiB, not {text!r}.")
    if size > MOST_BYTES:
        raise BudgetError(f"{flag} takes at most {MOST_BYTES:,} bytes.")
    return int(size)
