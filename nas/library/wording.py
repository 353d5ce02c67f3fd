"""How figures are put into words, wherever they are read."""

from collections.abc import Sequence
from typing import TextIO

from rich.console import Console


def console(stream: TextIO) -> Console:
    """A console for a stream; wide enough for tables where there is no terminal."""
    return Console(file=stream, width=None if stream.isatty() else 120, highlight=False, soft_wrap=not stream.isatty())


def percent(share: float | None) -> str:
    """A share between 0 and 1 as a percentage."""
    return "–" if share is None else f"{share:.2%}"


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(95), duration(540)
    ('95 s', '9 min')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def shape(sizes: Sequence[int]) -> str:
    """A shape as text.

    >>> shape((24, 24, 12))
    '24 × 24 × 12'
    """
    return " × ".join(str(size) for size in sizes)
