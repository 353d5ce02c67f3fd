"""How answers look: tables and JSON on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

SCHEMA = 1


def console(stream: TextIO) -> Console:
    """A console for a stream; wide enough for tables where there is no terminal."""
    return Console(file=stream, width=None if stream.isatty() else 120, highlight=False, soft_wrap=not stream.isatty())


def say(text: str) -> None:
    """A line for the person, on stderr."""
    console(sys.stderr).print(text, markup=False)


def answer(text: str) -> None:
    """A line of the answer, on stdout."""
    console(sys.stdout).print(text, markup=False)


def answer_json(value: Mapping[str, Any]) -> None:
    """The answer as one JSON object on stdout."""
    print(json.dumps({"schema": SCHEMA, **value}, indent=2, ensure_ascii=False))


def answer_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    footer: Sequence[str] | None = None,
    words: Sequence[str] = (),
) -> None:
    """A table of the answer; the first column and those that hold words are left-aligned, numbers right-aligned."""
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", show_footer=footer is not None)
    for index, column in enumerate(columns):
        table.add_column(
            column,
            justify="left" if index == 0 or column in words else "right",
            footer=footer[index] if footer else "",
            no_wrap=column not in words,
        )
    for row in rows:
        table.add_row(*row)
    console(sys.stdout).print(table)


def plain(text: str) -> str:
    r"""A text from a file for a cell of a table: shown as it is, without what a terminal or rich would obey.

    >>> plain("a[bold].png")
    'a\\[bold].png'
    """
    return escape("".join(letter if letter.isprintable() else "�" for letter in text))


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
