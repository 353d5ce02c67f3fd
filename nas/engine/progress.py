"""What a running search can say of itself."""

from dataclasses import dataclass
from typing import Protocol

from nas.engine.records import Tally


@dataclass(frozen=True)
class Progress:
    """A search at a moment."""

    tally: Tally
    """What has come out so far."""
    wanted: int
    """Trials to train."""
    planned_epochs: int
    """What training every trial to the end would take."""
    in_flight: tuple[str, ...]
    """What the workers train now."""
    workers: int
    """Worker processes."""
    seconds: float
    """Since this driver began."""
    seconds_left: float | None
    """How long it will go on, or None while nobody can tell."""


class Watcher(Protocol):
    """Is told how a search goes on."""

    def __call__(self, progress: Progress) -> None:
        """Shows the progress."""


def unwatched(progress: Progress) -> None:
    """A watcher that shows nothing."""
