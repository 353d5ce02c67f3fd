"""What a search has come to, in sentences."""

from collections.abc import Sequence

from nas.engine.objective import CostAim, front_of, unit
from nas.engine.records import Tally, TrialRecord
from nas.library.wording import percent


def verdict_free_words(tally: Tally, *, aim: CostAim | None = None) -> str:
    """Which network is best, or which are on the Pareto front, without claiming more than one seed can.

    Args:
        tally: What the search has found.
        aim: The cost that is to be small beside a large accuracy, or None where accuracy is all.
    """
    best = tally.best
    if best is None:
        return "No network was trained to the end."
    if aim:
        return _front_in_words(front_of(tally, aim=aim), aim=aim)
    words = f"{percent(best.score)} validation accuracy, {best.parameters:,} parameters, {best.macs:,} MACs"
    if best.baseline:
        return f"Best network: {best.baseline}, which a person designed ({words}); the search found none better."
    return f"Best network: trial {best.number} ({words})."


def _front_in_words(front: Sequence[TrialRecord], *, aim: CostAim) -> str:
    """How many networks are on a Pareto front, how many of them people designed, and where it begins and ends."""
    by_hand = sum(record.baseline is not None for record in front)
    ends = [f"{one.label} ({percent(one.score)}, {getattr(one, aim):,} {unit(aim)})" for one in (front[0], front[-1])]
    designed = f", {by_hand} of them hand-designed" if by_hand else ""
    if len(front) == 1:
        return f"1 network is on the Pareto front{designed}: {ends[0]}."
    return f"{len(front)} networks are on the Pareto front{designed}: from {ends[0]} to {ends[1]}."


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
