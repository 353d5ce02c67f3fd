"""What a search has come to, in sentences."""

from nas.engine.records import Tally
from nas.library.wording import percent


def verdict_free_words(tally: Tally) -> str:
    """Which network is best, without claiming more than one seed can."""
    best = tally.best
    if best is None:
        return "No network was trained to the end."
    words = f"{percent(best.score)} validation accuracy, {best.parameters:,} parameters, {best.macs:,} MACs"
    if best.baseline:
        return f"Best network: {best.baseline}, which a person designed ({words}); the search found none better."
    return f"Best network: trial {best.number} ({words})."


def counts_in_words(tally: Tally, *, planned_epochs: int) -> str:
    """The counts of a study in one sentence; they add up.

    For example `100 tried: 12 to the end, 88 stopped early, 380 of 1,500 epochs`.
    """
    counts = tally.counts
    text = (
        f"{counts['trained']:,} tried: {counts['completed']:,} to the end, {counts['stopped']:,} stopped early,"
        f" {counts['epochs']:,} of {planned_epochs:,} epochs"
    )
    apart = f"{counts['refused']:,} refused (over the budget), {counts['repeated']:,} repeated, {counts['failed']:,} failed"
    return f"{text}; {counts['proposed']:,} proposed, of them {apart}; {counts['baselines']} hand-designed networks apart."
