"""When a training is not worth going on with."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist, median, stdev
from typing import Literal, Protocol

from nas.training.curve import Curve, level, score
from nas.training.plan import NOTEBOOK, TrainingPlan

StopperName = Literal["promising", "halving", "optuna:median", "optuna:percentile", "optuna:halving", "none"]
SEED_NOISE = 0.1
"""About the standard deviation of a good network's level over seeds: gains are not known better than this."""


@dataclass(frozen=True)
class Decision:
    """Whether a training goes on, and why it does not."""

    goes_on: bool
    reason: str | None = None


class Stopper(Protocol):
    """Looks at a curve when a segment ends; it sees validation figures only."""

    def rungs(self, epochs: int) -> tuple[int, ...]:
        """The epochs after which segments end, the last one included."""

    def decide(self, curve: Curve, others: Sequence[Curve], *, epochs: int) -> Decision:
        """Whether a training of so many epochs goes on, given the curves of its rivals as far as they are."""

    def share(self, segment: int) -> float:
        """About what share of the trials begins a segment, counted from 0; only estimates of time depend on it."""


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

    def decide(self, curve: Curve, others: Sequence[Curve], *, epochs: int) -> Decision:  # noqa: ARG002
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

    def share(self, segment: int) -> float:
        """As if networks came in random order."""
        return float(self.factor**-segment)


@dataclass(frozen=True)
class Promising:
    """Goes on while the training may still become the best.

    How much a network gains from an epoch on is read off the trainings that went to the end; a training goes on if, with
    a gain from a normal distribution like theirs, it reaches the best level with at least the given probability. The best
    level is taken for less than its score by a seed's luck: the best of many scores is a lucky one, and would stop networks
    that are better. Until enough trainings have ended, successive halving decides.

    Source: the rule of Swersky et al., Freeze-thaw Bayesian optimization, arXiv:1406.3896, with gains on a logarithmic
    scale in place of their process.
    """

    at: tuple[int, ...] = (1, 2, 3, 5, 8, 11)
    probability: float = 0.4
    """Of becoming the best, below which a training is given up."""
    luck: float = 0.06
    """What the best level owes to its seed: about the standard deviation over seeds of networks above 98 % on MNIST."""
    enough: int = 5
    """Trainings that have to end before their gains tell anything."""
    start: SuccessiveHalving = SuccessiveHalving()

    def rungs(self, epochs: int) -> tuple[int, ...]:
        """The epochs after which segments end, the last one included."""
        return (*(epoch for epoch in self.at if epoch < epochs), epochs)

    def decide(self, curve: Curve, others: Sequence[Curve], *, epochs: int) -> Decision:
        """Goes on if it may still become the best."""
        epoch = len(curve)
        ended = [other for other in others if len(other) == epochs]
        if len(ended) < self.enough:
            return self.start.decide(curve, others, epochs=epochs)
        finals = [level(score(other)) for other in ended]
        gains = [final - level(other[epoch - 1].val_accuracy) for final, other in zip(finals, ended, strict=True)]
        needed = max(finals) - self.luck - level(curve[-1].val_accuracy)
        chance = 1 - NormalDist(median(gains), max(stdev(gains), SEED_NOISE)).cdf(needed)
        if chance >= self.probability:
            return Decision(goes_on=True)
        return Decision(goes_on=False, reason=f"a chance of {chance:.0%} to become the best, after epoch {epoch}")

    def share(self, segment: int) -> float:
        """As in simulated searches of 100 trials (`benchmarks/simulator/`)."""
        return max(0.2, 0.75**segment)


@dataclass(frozen=True)
class NeverStop:
    """Trains everything to the end."""

    segment_epochs: int = 5
    """What the death of a worker costs at most."""

    def rungs(self, epochs: int) -> tuple[int, ...]:
        """Every few epochs, and the last one."""
        return (*range(self.segment_epochs, epochs, self.segment_epochs), epochs)

    def decide(self, curve: Curve, others: Sequence[Curve], *, epochs: int) -> Decision:  # noqa: ARG002
        """Goes on."""
        return Decision(goes_on=True)

    def share(self, segment: int) -> float:  # noqa: ARG002
        """All of them."""
        return 1.0


def find_stopper(name: StopperName, plan: TrainingPlan = NOTEBOOK) -> Stopper:
    """The stopper of that name, with rungs for a plan."""
    halving = SuccessiveHalving(at=rungs_for(plan, SuccessiveHalving.at))
    match name:
        case "promising":
            return Promising(at=rungs_for(plan, Promising.at), start=halving)
        case "halving":
            return halving
        case "none":
            return NeverStop()
    from nas.engine.pruners import PRUNERS, OptunaStopper

    return OptunaStopper(PRUNERS[name]())


def rungs_for(plan: TrainingPlan, at: tuple[int, ...]) -> tuple[int, ...]:
    """Rungs that were chosen for the notebook's plan, for another one.

    A plan that is longer, or whose learning rate changes, is cut where the same share of it is done, counted from the end
    of its warm-up: before, a network shows how it starts, not how good it is.

    >>> rungs_for(TrainingPlan(name="long", epochs=30, schedule="cosine", warmup_epochs=1.5), (1, 3, 5))
    (4, 8, 11)
    >>> rungs_for(TrainingPlan(name="short", epochs=5), (1, 3, 5))
    (1, 3, 5)
    """
    if plan.epochs <= NOTEBOOK.epochs and not plan.scheduled:
        return at
    risen = ceil(plan.warmup_epochs)
    share = (plan.epochs - risen) / NOTEBOOK.epochs
    return tuple(sorted({risen + max(1, round(epoch * share)) for epoch in at}))


def expected_epochs(stopper: Stopper, *, trials: int, epochs: int) -> int:
    """About how many epochs a search will spend."""
    rungs = stopper.rungs(epochs)
    lengths = [rung - before for before, rung in zip((0, *rungs), rungs, strict=False)]
    begun = [min(trials, max(1.0, trials * stopper.share(segment))) for segment in range(len(rungs))]
    return round(sum(count * length for count, length in zip(begun, lengths, strict=True)))
