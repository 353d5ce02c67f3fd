"""A trial on its way."""

from collections.abc import Callable
from dataclasses import dataclass

from optuna.trial import Trial

from nas.engine.records import Outcome, TrialRecord, costs
from nas.errors import TrainingError
from nas.training.call import Timed
from nas.training.curve import Curve
from nas.training.work import Proposal, Segment, Work


@dataclass(frozen=True)
class Asked:
    """A trial with what was proposed for it."""

    trial: Trial
    proposal: Proposal
    baseline: str | None
    """Name of the hand-designed network that it is, or None."""

    @property
    def label(self) -> str:
        """What a person is told that it is."""
        return self.baseline or f"trial {self.trial.number}"

    def record(self, outcome: Outcome, *, reason: str, repeats: int | None = None) -> TrialRecord:
        """What is told of it where it is not trained.

        Args:
            outcome: What it came to.
            reason: Why.
            repeats: Number of the trial that it repeats, or None.
        """
        return TrialRecord(
            number=self.trial.number,
            outcome=outcome,
            baseline=self.baseline,
            network=self.proposal.network,
            plan=self.proposal.plan,
            **costs(self.proposal.network),
            reason=reason,
            repeats=repeats,
        )


@dataclass(frozen=True)
class Flight:
    """A trial that is being trained."""

    asked: Asked
    work: Work
    """Its training to the end."""
    curve: Curve = ()

    @property
    def key(self) -> str:
        """Equal for trials that repeat each other."""
        return self.asked.proposal.key

    @property
    def seconds(self) -> float:
        """Time spent in its epochs."""
        return sum(row.seconds for row in self.curve)

    def in_time(self, train: Callable[[Work], Segment], *, limit: float | None) -> Callable[[Work], Segment]:
        """What trains the next segment within the time that the trial has left.

        Args:
            train: What trains a segment.
            limit: Seconds that the trial may train in all, or None.

        Raises:
            TrainingError: If none are left.
        """
        if limit is None:
            return train
        left = limit - self.seconds
        if left <= 0:
            raise TrainingError(f"it took more than {limit:g} seconds")
        return Timed(train, left, allowed=limit)

    def record(self, outcome: Outcome, *, reason: str | None = None) -> TrialRecord:
        """What is told of it.

        Args:
            outcome: What it came to.
            reason: Why it was stopped, or how it failed.
        """
        trained = {"seed": self.work.seed, "curve": self.curve, "seconds": self.seconds, "reason": reason}
        return self.asked.record(outcome, reason="").model_copy(update=trained)
