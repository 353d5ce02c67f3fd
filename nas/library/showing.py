"""Where a word says how it goes on: on a terminal, in a notebook, or nowhere."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from html import escape
from time import monotonic
from typing import Any, Final, Protocol

from rich.console import Console

from nas.engine.progress import Progress, Watcher, unwatched
from nas.evaluation.seeds import Watch
from nas.library.live import counting, line, watching
from nas.library.wording import console

_SECONDS_BETWEEN_VIEWS: Final = 0.5
_STYLE: Final = "white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere; line-height: 1.45; margin: 0; opacity: 0.75"


class Display(Protocol):
    """Tells a person how it goes on, and nothing else."""

    def say(self, text: str) -> None:
        """A line that stays."""

    def watching(self) -> AbstractContextManager[Watcher]:
        """A watcher of a search."""

    def counting(self, *, unit: str) -> AbstractContextManager[Watch]:
        """A function that is told how much of how much is done."""


class OnTerminal:
    """On stderr: live on a terminal, plain lines elsewhere.

    All of it through one console: another one would write into the line where a live view stands.
    """

    @cached_property
    def _console(self) -> Console:
        return console(sys.stderr)

    def say(self, text: str) -> None:
        """A line on stderr."""
        self._console.print(text, markup=False)

    def watching(self) -> AbstractContextManager[Watcher]:
        """A live view or lines."""
        return watching(self._console)

    def counting(self, *, unit: str) -> AbstractContextManager[Watch]:
        """A bar or lines."""
        return counting(self._console, unit=unit)


class Silent:
    """Nowhere."""

    def say(self, text: str) -> None:
        """Nothing."""

    def watching(self) -> AbstractContextManager[Watcher]:
        """A watcher that shows nothing."""
        return nullcontext(unwatched)

    def counting(self, *, unit: str) -> AbstractContextManager[Watch]:  # noqa: ARG002 - the protocol's name
        """A function that does nothing."""
        return nullcontext(_uncounted)


class InNotebook:
    """In one place below the cell, whose last line is written over: a saved notebook keeps some lines, not hundreds."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._shown_at = 0.0
        self._handle: Any = None

    def say(self, text: str) -> None:
        """A line that stays."""
        self._said.append(text)
        self._show("")

    @contextmanager
    def watching(self) -> Iterator[Watcher]:
        """The last line is the search at the moment."""
        yield self._show_now
        self._show("")

    @contextmanager
    def counting(self, *, unit: str) -> Iterator[Watch]:
        """The last line says how much is done."""
        yield lambda done, total: self._show_seldom(f"{done:,} of {total:,} {unit}")
        self._show("")

    def _show_now(self, progress: Progress) -> None:
        self._show_seldom(line(progress))

    def _show_seldom(self, now: str) -> None:
        if monotonic() - self._shown_at >= _SECONDS_BETWEEN_VIEWS:
            self._show(now)

    def _show(self, now: str) -> None:
        self._shown_at = monotonic()
        text = "\n".join([*self._said, now] if now else self._said)
        shown = {"text/html": f'<pre style="{_STYLE}">{escape(text)}</pre>', "text/plain": text}
        if self._handle is None:
            from IPython.display import display

            self._handle = display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)


def choose_display(*, progress: bool) -> Display:
    """Where a person looks: the notebook if this is one, else the terminal; nowhere if no progress is wanted."""
    if not progress:
        return Silent()
    return InNotebook() if _is_notebook() else OnTerminal()


def _is_notebook() -> bool:
    """Whether IPython runs this for a notebook; it is not imported to find out."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def _uncounted(done: int, total: int) -> None:
    """Nothing."""
