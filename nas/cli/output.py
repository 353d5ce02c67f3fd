"""How answers look: tables and JSON on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import JustifyMethod
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from nas.library.wording import console

SCHEMA = 1
NARROWEST_WORDS = 16
"""The columns of a terminal that words keep before others have to go on below."""


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
    """A table of the answer; the first column and those that hold words are left-aligned, numbers right-aligned.

    Words wrap, figures are never cut: columns for which a terminal is too narrow follow below, beside the first column again.
    """
    screen, lines = console(sys.stdout), list(rows)
    widths = [
        _width((column, *(line[index] for line in lines), footer[index] if footer else ""), wraps=column in words)
        for index, column in enumerate(columns)
    ]
    for nth, part in enumerate(parts(widths, width=screen.width)):
        table = Table(title=None if nth else title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
        table.show_footer = footer is not None
        for index in part:
            figures = columns[index] not in words
            justify: JustifyMethod = "right" if index and figures else "left"
            table.add_column(columns[index], justify=justify, footer=footer[index] if footer else "", no_wrap=figures)
        for line in lines:
            table.add_row(*(line[index] for index in part))
        screen.print(table)


def parts(widths: Sequence[int], *, width: int) -> list[list[int]]:
    """Columns of these widths in tables that fit a width; each begins with the first column, each other stands in one of them.

    >>> parts([9, 20, 20, 20], width=60), parts([9, 20, 20, 20], width=10)
    ([[0, 1, 2], [0, 3]], [[0, 1], [0, 2], [0, 3]])
    """
    found = [[0]]
    for index in range(1, len(widths)):
        if len(found[-1]) > 1 and _width_of_table([widths[one] for one in (*found[-1], index)]) > width:
            found.append([0])
        found[-1].append(index)
    return found


def _width_of_table(widths: Sequence[int]) -> int:
    """Of a table without vertical lines: a space on each side of a column, one between columns, one at each edge."""
    return sum(widths) + 3 * len(widths) + 1


def _width(cells: Sequence[str], *, wraps: bool) -> int:
    """What a column needs for its cells; one that wraps can do with less, but never breaks a word."""
    texts = [Text.from_markup(cell) for cell in cells]
    longest = max(text.cell_len for text in texts)
    words = [cell_len(word) for text in texts for word in text.plain.split()]
    return max([min(longest, NARROWEST_WORDS), *words]) if wraps else longest


def plain(text: str) -> str:
    r"""A text from a file for a cell of a table: shown as it is, without what a terminal or rich would obey.

    >>> plain("a[bold].png")
    'a\\[bold].png'
    """
    return escape("".join(letter if letter.isprintable() else "�" for letter in text))
