"""When a training is not worth going on with."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal, Protocol

from nas.training.curve import Curve

StopperName = Literal["halving", "none"]


@dataclass(frozen=True)
class Decision:
    """Whether a training goes on, and why it does not."""

    goes_on: bool
    reason: str | None = None


class Stopper(Protocol):
    """Looks at a curve when a segment ends; it sees validation figures only."""

    def rungs(self, epochs: int) -> tuple[int, ...]:
        """The epochs after which segments end, the last one included."""

    def decide(self, curve: Curve, others: Sequence[Curve]) -> Decision:
        """Whether a training goes on, given the curves of its rivals as far as they are."""


@dataclass(frozen=True)
class SuccessiveHalving:
    """Goes on with the better half of those that have reached the same epoch, without waiting for others.

    Source: the asynchronous rule of Li et al., arXiv:1810.05934, section 3.2, with stopping that is final.
    """

    at: tuple[int, ...] = (1, 3, 5)
    factor: int = 2

    def rungs(self, epochs: int) -> tuple[int, ...]:
        """The epochs after which segments end, the last one included."""
        return (*(epoch for epoch in self.at if epoch < epochs), epochs)

    def decide(self, curve: Curve, others: Sequence[Curve]) -> Decision:
        """Goes on if the accuracy of the last epoch is among the best 1 / factor at that epoch."""
        epoch = len(curve)
        if epoch not in self.at:
            return Decision(goes_on=True)
        rivals = [other[epoch - 1].val_accuracy for other in others if len(other) >= epoch]
        rank = 1 + sum(rival > curve[-1].val_accuracy for rival in rivals)
        kept = ceil((len(rivals) + 1) / self.factor)
        if rank <= kept:
            return Decision(goes_on=True)
        return Decision(goes_on=False, reason=f"number {rank} of {len(rivals) + 1} after epoch {epoch}; the best {kept} went on")


@dataclass(frozen=True)
class NeverStop:
    """Trains everything to the end."""

    segment_epochs: int = 5
    """What the death of a worker costs at most."""

    def rungs(self, epochs: int) -> tuple[int, ...]:
        """Every few epochs, and the last one."""
        return (*range(self.segment_epochs, epochs, self.segment_epochs), epochs)

    def decide(self, curve: Curve, others: Sequence[Curve]) -> Decision:  # noqa: ARG002
        """Goes on."""
        return Decision(goes_on=True)


def find_stopper(name: StopperName) -> Stopper:
    """The stopper of that name."""
    return SuccessiveHalving() if name == "halving" else NeverStop()


def expected_epochs(stopper: Stopper, *, trials: int, epochs: int) -> int:
    """About how many epochs a search will spend, if its networks come in random order."""
    rungs = stopper.rungs(epochs)
    lengths = [rung - before for before, rung in zip((0, *rungs), rungs, strict=False)]
    return round(sum(alive * length for alive, length in zip(_alive(stopper, trials, rungs), lengths, strict=True)))


def expected_segments(stopper: Stopper, *, trials: int, epochs: int) -> int:
    """About how many segments a search will train, if its networks come in random order."""
    return round(sum(_alive(stopper, trials, stopper.rungs(epochs))))


def _alive(stopper: Stopper, trials: int, rungs: tuple[int, ...]) -> list[float]:
    """How many trials begin each segment."""
    factor = stopper.factor if isinstance(stopper, SuccessiveHalving) else 1
    return [min(float(trials), max(1.0, trials / factor**index)) for index in range(len(rungs))]
