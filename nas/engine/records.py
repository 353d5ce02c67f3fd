"""What each trial came to, and how they add up."""

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict

from nas.architecture import Network, measure
from nas.training.curve import Curve, score
from nas.training.plan import TrainingPlan

FORMAT: Final = 1
Outcome = Literal["completed", "stopped", "refused", "repeated", "failed"]
"""Trained = completed + stopped; proposed = trained + refused + repeated + failed."""
_Rank = tuple[float, int, int]
"""Sorts the best first; of equal scores the smaller network, of equal sizes the earlier."""


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
    """By number."""
    counts: Mapping[str, int]
    """All counts by the words of tables and JSON."""
    ranking: tuple[TrialRecord, ...]
    """The completed trials of the search, best first; of equal scores the smaller network."""
    baselines: tuple[TrialRecord, ...]
    """The hand-designed networks that were trained, best first."""
    seconds: float = field(compare=False)  # a sum of fractions depends on their order
    """Time spent on the epochs of trained trials."""

    def count(self, outcome: Outcome) -> int:
        """How many trials came to this, baselines not counted."""
        return self.counts[outcome]

    @property
    def trained(self) -> int:
        """Completed and stopped trials."""
        return self.counts["trained"]

    @property
    def epochs(self) -> int:
        """Epochs spent on trained trials."""
        return self.counts["epochs"]

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


class RunningTally:
    """Records added up as they come, each once: what they come to is there without going through them again."""

    def __init__(self) -> None:
        self._records: list[tuple[int, TrialRecord]] = []
        self._ranking: list[tuple[_Rank, TrialRecord]] = []
        self._baselines: list[tuple[_Rank, TrialRecord]] = []
        self._outcomes: Counter[Outcome] = Counter()
        self._epochs, self._seconds = 0, 0.0

    def add(self, record: TrialRecord) -> None:
        """Takes in one more."""
        insort(self._records, (record.number, record))
        if record.baseline is None:
            self._outcomes[record.outcome] += 1
        if record.trained:
            self._epochs += len(record.curve)
            self._seconds += sum(row.seconds for row in record.curve)
        if record.outcome == "completed":
            insort(self._ranking if record.baseline is None else self._baselines, (_by_score(record), record))

    @property
    def now(self) -> Tally:
        """What they come to so far."""
        each = {outcome: self._outcomes[outcome] for outcome in get_args(Outcome)}
        return Tally(
            records=tuple(record for _, record in self._records),
            counts={
                "proposed": sum(each.values()),
                "trained": each["completed"] + each["stopped"],
                **each,
                "baselines": len(self._baselines),
                "epochs": self._epochs,
            },
            ranking=tuple(record for _, record in self._ranking),
            baselines=tuple(record for _, record in self._baselines),
            seconds=self._seconds,
        )


def tally(records: Iterable[TrialRecord]) -> Tally:
    """The records added up."""
    running = RunningTally()
    for record in records:
        running.add(record)
    return running.now


def _by_score(record: TrialRecord) -> _Rank:
    return -(record.score or 0.0), record.parameters, record.number
