"""What a search has come to so far, kept as it is looked up again and again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nas.engine.records import RunningTally, Tally, TrialRecord
from nas.training.work import Proposal


@dataclass
class Past:
    """The records of all trials that have ended, those of earlier drivers included."""

    _running: RunningTally = field(default_factory=RunningTally)
    _trained: list[TrialRecord] = field(default_factory=list)
    _first: dict[str, TrialRecord] = field(default_factory=dict)

    @property
    def trained(self) -> Sequence[TrialRecord]:
        """Completed and stopped trials of the search, in the order in which they ended."""
        return self._trained

    @property
    def tally(self) -> Tally:
        """All of it, added up."""
        return self._running.now

    def add(self, records: Iterable[TrialRecord]) -> None:
        """Takes in what has ended."""
        for record in records:
            self._running.add(record)
            if record.trained:
                self._trained.append(record)
            if record.outcome in {"completed", "stopped", "failed"}:
                self._first.setdefault(Proposal(record.network, record.plan).key, record)

    def first(self, key: str) -> TrialRecord | None:
        """The trial that a proposal with this key repeats, or None where it is new."""
        return self._first.get(key)

    def proposed_after(self, number: int) -> int:
        """How many proposals after the trial of this number came to an end."""
        return sum(record.number > number for record in self.tally.records)
