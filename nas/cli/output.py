"""How answers look: tables and JSON on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from nas.library.wording import console

SCHEMA = 1


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
