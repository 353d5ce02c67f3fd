"""How a search ends, in a table, in words and in JSON."""

from typing import Any

from nas.cli.output import answer
from nas.cli.tables import answer_networks, record_json
from nas.engine.left_out import in_words
from nas.engine.objective import CostAim, front_of
from nas.engine.records import Tally
from nas.engine.search import SearchOutcome
from nas.library.counts import counts_in_words, verdict_free_words
from nas.library.wording import duration


def answer_outcome(outcome: SearchOutcome) -> None:
    """What a search has found, for a person."""
    tally, aim = outcome.tally, outcome.settings.aim
    answer_networks(tally, aim=aim)
    for sentence in in_words(outcome.left_out):
        answer(sentence)
    answer(counts_in_words(tally, planned_epochs=outcome.planned_epochs))
    if outcome.ending == "exhausted":
        answer(f"The space seems exhausted: {tally.trained} of {outcome.settings.trials}.")
    elif outcome.ending == "timeout":
        answer(f"The time is up: {tally.trained} of {outcome.settings.trials}.")
    answer(verdict_free_words(tally, aim=aim))
    answer("These are validation figures of a single seed each; differences of some tenths of a point may be luck.")
    answer(f"Time: {duration(outcome.seconds)}. Kept in {outcome.folder.path} (search.png, trials.csv, best.json, checkpoints).")


def outcome_json(outcome: SearchOutcome) -> dict[str, Any]:
    """What a search has found, as documented keys."""
    return {
        "study": outcome.folder.name,
        "settings": outcome.settings.model_dump(mode="json"),
        "ending": outcome.ending,
        "seconds": round(outcome.seconds, 3),
        **tally_json(outcome.tally, planned_epochs=outcome.planned_epochs, aim=outcome.settings.aim),
        "left_out": dict(outcome.left_out),
    }


def tally_json(tally: Tally, *, planned_epochs: int, aim: CostAim | None) -> dict[str, Any]:
    """Counts, the best network, the Pareto front where there are two aims, and the hand-designed networks, as documented keys."""
    return {
        **tally.counts,
        "planned_epochs": planned_epochs,
        "best": record_json(tally.best) if tally.best else None,
        "front": [record_json(record) for record in front_of(tally, aim=aim)] if aim else None,
        "baseline_results": [record_json(record) for record in tally.baselines],
    }
