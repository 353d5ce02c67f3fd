"""Where a command shows how it goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

from nas.cli.signals import raise_again
from nas.engine.progress import Progress, Watcher
from nas.evaluation.seeds import Watch
from nas.library.showing import OnTerminal


class Terminal(OnTerminal):
    """On stderr; each time that anything is shown, a signal that was lost on its way is raised again."""

    def say(self, text: str) -> None:
        """A line on stderr."""
        raise_again()
        super().say(text)

    @contextmanager
    def watching(self) -> Iterator[Watcher]:
        """A live view or lines."""
        with super().watching() as show:

            def watch(progress: Progress) -> None:
                raise_again()
                show(progress)

            yield watch

    @contextmanager
    def counting(self, *, unit: str) -> Iterator[Watch]:
        """A bar or lines."""
        with super().counting(unit=unit) as show:

            def count(done: int, total: int) -> None:
                raise_again()
                show(done, total)

            yield count
