"""What must hold of a study after any fault."""

import json
from collections import Counter
from dataclasses import dataclass
from math import isfinite

import optuna
from killable import STUDY, Search

from nas.engine.doctor import examine
from nas.engine.folder import RunFolder
from nas.engine.reading import read_study
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


def check(search: Search, *, storage: str | None = None, failed: int = 0) -> Check:
    """All of them.

    Args:
        search: The study, which has ended with what was asked for.
        storage: Where it is kept, if not in its folder.
        failed: Trials that had to fail.
    """
    folder = RunFolder(search.run)
    view = read_study(folder, storage=storage)
    counts, records = view.tally.counts, view.tally.records
    kept = open_storage(storage or sqlite_url(folder.database))
    trials = kept.get_all_trials(kept.get_study_id_from_name(STUDY), deepcopy=False)
    trained = [record for record in records if record.trained]
    twice = sum(count - 1 for count in Counter((one.network.key, one.plan.key) for one in trained).values())
    twice += sum(count - 1 for count in Counter(trial.number for trial in trials).values())
    states = Counter(trial.state for trial in trials)
    words = ("trained", "refused", "repeated", "failed")
    rules = {
        f"{counts['trained']} trained of {search.trials}": counts["trained"] == search.trials,
        "proposed is not the sum": counts["proposed"] == sum(counts[word] for word in words),
        f"{counts['failed']} failed": counts["failed"] >= failed,
        "a trial is left running": not states[optuna.trial.TrialState.RUNNING],
        "a record without its trial": len(records) == len(trials) - states[optuna.trial.TrialState.WAITING],
        "a figure is not finite": all(isfinite(row.val_loss) for record in records for row in record.curve),
        "a traceback on stderr": "Traceback" not in search.errors,
        "a process is left": not search.leavings(),
    }
    broken = [rule for rule, holds in rules.items() if not holds]
    broken += [search.errors[-500:]] if broken else []
    broken += [finding.words for finding in examine(folder, storage=storage).findings]
    return Check(lost=_lost(search), doubled=twice, broken=tuple(broken))


def _lost(search: Search) -> int:
    """Seconds count: an epoch that was trained again took another time."""
    final = search.curves()
    gone = 0
    for before in search.before:
        for name, curve in before.items():
            now = final.get(name, [])
            gone += sum(row not in now for row in curve)
    return gone


def as_json(one: Check) -> str:
    """For people who look at a row."""
    return json.dumps({"lost": one.lost, "doubled": one.doubled, "broken": one.broken})
