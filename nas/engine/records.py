"""What each trial came to, and how they add up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from nas.architecture import Network, measure
from nas.training.curve import Curve, score
from nas.training.plan import TrainingPlan

FORMAT: Final = 1
Outcome = Literal["completed", "stopped", "refused", "repeated", "failed"]
"""Trained = completed + stopped; proposed = trained + refused + repeated + failed."""


class TrialRecord(BaseModel):
    """Everything that a trial is, readable without running anything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = FORMAT
    number: int
    """The trial's number in the study."""
    outcome: Outcome
    baseline: str | None = None
    """Name of the hand-designed network that this is, or None."""
    network: Network
    plan: TrainingPlan
    parameters: int
    trainable_parameters: int
    macs: int
    """Multiply-accumulate operations for one image."""
    peak_activation_bytes: int
    """Largest input and output of one layer, as int8."""
    seed: int | None = None
    """The training's seed; None if nothing was trained."""
    curve: Curve = ()
    """The epochs trained."""
    seconds: float = 0.0
    """Time spent training."""
    reason: str | None = None
    """Why it was refused or stopped, or how it failed."""
    repeats: int | None = None
    """Number of the trial that it repeats."""

    @property
    def trained(self) -> bool:
        """Whether it counts as a trained trial of the search."""
        return self.baseline is None and self.outcome in {"completed", "stopped"}

    @property
    def score(self) -> float | None:
        """Mean validation accuracy of the last three epochs, or None if nothing was trained."""
        return score(self.curve) if self.curve else None

    @property
    def label(self) -> str:
        """What tables call it.

        For a baseline its name, otherwise `trial` and its number.
        """
        return self.baseline or f"trial {self.number}"


def costs(network: Network) -> dict[str, int]:
    """The costs that a record holds, by name."""
    cost = measure(network)
    return {
        "parameters": cost.parameters,
        "trainable_parameters": cost.trainable_parameters,
        "macs": cost.macs,
        "peak_activation_bytes": cost.peak_activation_bytes,
    }


@dataclass(frozen=True)
class Tally:
    """The records of a study, added up; baselines apart."""

    records: tuple[TrialRecord, ...]

    def count(self, outcome: Outcome) -> int:
        """How many trials came to this, baselines not counted."""
        return sum(record.outcome == outcome and record.baseline is None for record in self.records)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """All counts by the words of tables and JSON."""
        each = {outcome: self.count(outcome) for outcome in ("completed", "stopped", "refused", "repeated", "failed")}
        trained = each["completed"] + each["stopped"]
        proposed = trained + each["refused"] + each["repeated"] + each["failed"]
        return {"proposed": proposed, "trained": trained, **each, "baselines": len(self.baselines), "epochs": self.epochs}

    @property
    def trained(self) -> int:
        """Completed and stopped trials."""
        return self.counts["trained"]

    @cached_property
    def epochs(self) -> int:
        """Epochs spent on trained trials."""
        return sum(len(record.curve) for record in self.records if record.trained)

    @cached_property
    def baselines(self) -> tuple[TrialRecord, ...]:
        """The hand-designed networks that were trained, best first."""
        found = [record for record in self.records if record.baseline and record.outcome == "completed"]
        return tuple(sorted(found, key=_by_score))

    @cached_property
    def ranking(self) -> tuple[TrialRecord, ...]:
        """The completed trials of the search, best first; of equal scores the smaller network."""
        found = [record for record in self.records if record.baseline is None and record.outcome == "completed"]
        return tuple(sorted(found, key=_by_score))

    @property
    def best(self) -> TrialRecord | None:
        """The best network of all, hand-designed ones included."""
        return min((*self.ranking[:1], *self.baselines[:1]), key=_by_score, default=None)

    @property
    def barren(self) -> int:
        """Proposals since the last new network that fits."""
        tried = (one.number for one in self.records if one.trained or one.outcome == "completed" or one.seed is not None)
        last = max(tried, default=-1)
        return sum(record.number > last for record in self.records)


def tally(records: Iterable[TrialRecord]) -> Tally:
    """The records added up."""
    return Tally(tuple(sorted(records, key=lambda record: record.number)))


def _by_score(record: TrialRecord) -> tuple[float, int]:
    return -(record.score or 0.0), record.parameters
