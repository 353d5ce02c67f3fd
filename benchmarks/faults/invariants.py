"""What must hold of a study after any fault."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from killable import Search

from nas.engine.doctor import examine
from nas.engine.folder import RunFolder
from nas.engine.reading import read_study
from nas.engine.records import TrialRecord, tally
from nas.engine.storage import open_storage, sqlite_url


@dataclass(frozen=True)
class Check:
    """A study as it was found at its end."""

    lost: int
    """Epochs that were on disk at a fault and are not part of the result."""
    doubled: int
    """Networks that were trained as two trials, and trials that are there twice."""
    broken: tuple[str, ...]
    """Invariants that do not hold, in words."""
    watched: bool
    """Whether anything was noted that could be lost."""


def check(search: Search) -> Check:
    """All of them, of a study that has ended with what was asked for."""
    folder, storage = RunFolder(search.run), search.storage
    records = read_study(folder, storage=storage).tally.records
    broken = [*_broken_counts(search, records), *_broken_storage(search, records)]
    rules = {
        "a figure is not finite": all(
            isfinite(figure)
            for record in records
            if record.trained
            for row in record.curve
            for figure in row.model_dump().values()
        ),
        "a traceback on stderr": "Traceback" not in search.errors,
        "a process is left": not search.leavings(),
        "results on disk are not what the trials were told": _agree(search, records),
    }
    broken += [rule for rule, holds in rules.items() if not holds]
    broken += [_telling(search.errors)] if broken and search.errors else []
    broken += [finding.words for finding in examine(folder, storage=storage).findings]
    trained = Counter((one.network.key, one.plan.key) for one in records if one.trained)
    numbers = Counter(one.number for one in records)
    twice = sum(count - 1 for count in (*trained.values(), *numbers.values()))
    return Check(lost=_lost(search), doubled=twice, broken=tuple(broken), watched=bool(search.before))


def _broken_counts(search: Search, records: Sequence[TrialRecord]) -> list[str]:
    counts = tally(records).counts
    summed = sum(counts[word] for word in ("trained", "refused", "repeated", "failed"))
    rules = {
        f"{counts['trained']} trained of {search.trials}": counts["trained"] == search.trials,
        f"{counts['proposed']} proposed, {summed} by their outcomes": counts["proposed"] == summed == len(records),
        f"{counts['failed']} failed": len(failed_of_kills(records) if search.deadly else ()) == counts["failed"]
        or search.space != "plain",
    }
    return [rule for rule, holds in rules.items() if not holds]


def failed_of_kills(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """The trials that failed since their workers died twice."""
    return [one for one in records if one.outcome == "failed" and "worker process died 2 times" in (one.reason or "")]


def _broken_storage(search: Search, records: Sequence[TrialRecord]) -> list[str]:
    kept = open_storage(search.storage or sqlite_url(search.run / "study.db"))
    trials = kept.get_all_trials(kept.get_study_id_from_name(search.name), deepcopy=False)
    rules = {
        "a trial is not finished": all(trial.state.is_finished() for trial in trials),
        "a trial without its record, or the other way round": [one.number for one in trials] == [one.number for one in records],
        "a trial's value is not its record's score": all(
            trial.value == record.score for trial, record in zip(trials, records, strict=False) if record.outcome == "completed"
        ),
    }
    return [rule for rule, holds in rules.items() if not holds]


def _agree(search: Search, records: Sequence[TrialRecord]) -> bool:
    """Whether each training is one result on disk, and each result one trial's."""
    told = Counter(json.dumps([row.model_dump() for row in one.curve]) for one in records if one.curve)
    kept = Counter(json.dumps(curve) for curve in search.curves().values() if curve)
    return told == kept


def _telling(errors: str) -> str:
    """The last traceback with what stands before it, or else the end."""
    found = errors.rfind("Traceback")
    return errors[-500:] if found < 0 else errors[max(0, found - 300) : found + 2_500]


def _lost(search: Search) -> int:
    """Seconds count: an epoch that was trained again took another time."""
    final = search.curves()
    gone = 0
    for before in search.before:
        for name, curve in before.items():
            now = final.get(name, [])
            gone += sum(row not in now for row in curve)
    return gone
