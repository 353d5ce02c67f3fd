"""A verdict's networks beside one another, cell by cell, as every table of them shows them."""

from dataclasses import dataclass

from nas.evaluation.report.wording import mean, percent
from nas.evaluation.verdict import Verdict
from nas.evaluation.verdict_plan import Entrant, VerdictPlan


@dataclass(frozen=True)
class StandingCells:
    """One network as text; accuracies in per cent."""

    name: str
    parameters: str
    trainable: str
    macs: str
    memory: str
    """Largest input and output of one layer in bytes, as int8."""
    search: str
    """Validation score with the search's seed."""
    selection: str
    """Mean validation score over the selection seeds."""
    confirmation: str
    """Mean validation score over the confirmation seeds."""
    test: str
    """Mean test accuracy over the confirmation seeds."""
    interval: str
    """Its 95 % interval over seeds."""

    @property
    def figures(self) -> tuple[str, ...]:
        """What it reached, from the search to the test."""
        return self.search, self.selection, self.confirmation, self.test, self.interval


def standings(plan: VerdictPlan, verdict: Verdict) -> tuple[StandingCells, ...]:
    """The network that was judged first, then those that it is compared with."""
    return tuple(_cells(one, verdict) for one in plan.judged)


def _cells(one: Entrant, verdict: Verdict) -> StandingCells:
    standing, cost = verdict.standing(one.name), one.cost
    interval = standing.test_interval.scaled(100)
    return StandingCells(
        name=one.name,
        parameters=f"{cost.parameters:,}",
        trainable=f"{cost.trainable_parameters:,}",
        macs=f"{cost.macs:,}",
        memory=f"{cost.peak_activation_bytes:,}",
        search=percent(one.search_score),
        selection=percent(mean(one.selection_scores)),
        confirmation=percent(standing.score),
        test=percent(standing.test_accuracy),
        interval=f"{interval.low:.2f} to {interval.high:.2f}",
    )
