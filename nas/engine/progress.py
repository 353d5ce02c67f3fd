"""What a running search can say of itself."""

from dataclasses import dataclass
from typing import Protocol

from nas.engine.objective import CostAim
from nas.engine.records import Tally
from nas.engine.stoppers import Stopper, expected_epochs

PACE_EPOCHS = 20
"""Epochs of trials after which their pace is a better guide than an estimate."""
OVERHEAD = 1.15
"""What a search takes beyond the epochs themselves: networks to be built, proposals to be made."""


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
    baselines_left: int = 0
    """Hand-designed networks whose training has still to end; they come first."""
    aim: CostAim | None = None
    """The cost that is to be small beside a large accuracy, or None where accuracy is all."""


class Watcher(Protocol):
    """Is told how a search goes on."""

    def __call__(self, progress: Progress) -> None:
        """Shows the progress."""


def unwatched(progress: Progress) -> None:
    """A watcher that shows nothing."""


def at_the_pace_of(tally: Tally, *, stopper: Stopper, missing: int, epochs: int) -> float | None:
    """Seconds of one worker that the missing trials will take if they go as those so far, or None if these are too few.

    Args:
        tally: The trials so far.
        stopper: Decides how many epochs the missing ones will take.
        missing: Trials still to be trained.
        epochs: Of a training that is not stopped.
    """
    if tally.epochs < PACE_EPOCHS:
        return None
    return expected_epochs(stopper, trials=missing, epochs=epochs) * tally.seconds / tally.epochs * OVERHEAD
