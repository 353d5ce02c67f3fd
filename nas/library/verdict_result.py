"""What a verdict returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from nas.architecture import Network
from nas.engine.reading import StudyView
from nas.evaluation.comparison import Comparison
from nas.evaluation.judging import Judged
from nas.evaluation.report.fragment import fragment
from nas.evaluation.report.page import Table, Text
from nas.evaluation.report.subject import Subject
from nas.evaluation.report.verdict_sections import networks_section, verdict_section
from nas.evaluation.verdict import headline, sentence
from nas.evaluation.verdict_plan import Entrant, VerdictPlan
from nas.library.places import Place
from nas.library.wording import percent

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class VerdictResult:
    """Whether the search beat the networks that people designed."""

    place: Place
    """Where the study lies."""
    view: StudyView
    """The study as it was."""
    judged: Judged
    """The plan, what the networks said of the test images, and the verdict that follows."""
    report: Path
    """The report, a page of HTML."""

    @property
    def headline(self) -> str:
        """The answer in a line."""
        return headline(self.judged.plan, self.judged.verdict)

    @property
    def sentences(self) -> tuple[str, ...]:
        """A sentence for each comparison."""
        return tuple(sentence(self.judged.plan, one) for one in self.comparisons)

    @property
    def left_out(self) -> Mapping[str, str]:
        """Why other hand-designed networks were neither trained nor compared, by name."""
        return self.judged.plan.left_out

    @property
    def winner(self) -> str:
        """Name of the network that won the race, which is the one that was judged."""
        return self.judged.plan.network

    @property
    def network(self) -> Network:
        """That network."""
        return self.judged.plan.winner.network

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The winner against each comparator: points, interval, and the word that it allows."""
        return self.judged.verdict.comparisons

    def to_frame(self) -> "pd.DataFrame":
        """A row for each network, the winner first: costs, accuracies as shares of 1, and the winner's lead in points."""
        import pandas as pd

        return pd.DataFrame([self._row(one) for one in self.judged.plan.judged]).set_index("network")

    def _row(self, one: Entrant) -> dict[str, Any]:
        standing = self.judged.verdict.standing(one.name)
        against = {comparison.comparator: comparison for comparison in self.comparisons}.get(one.name)
        lead = {
            "points": against.points if against else None,
            "points_low": against.low if against else None,
            "points_high": against.high if against else None,
            "word": against.word if against else None,
        }
        return _costs(one) | {
            "confirmation": standing.score,
            "test": standing.test_accuracy,
            "test_low": standing.test_interval.low,
            "test_high": standing.test_interval.high,
            **lead,
        }

    def __repr__(self) -> str:
        told = (*self.sentences, *self.judged.plan.again_in_words)
        return "\n".join((self.headline, *(f"- {one}" for one in told), f"Report: {self.report}"))

    def _repr_html_(self) -> str:
        subject = Subject(self.view, self.judged)
        return fragment(self.headline, *verdict_section(subject).blocks, *networks_section(subject).blocks)


@dataclass(frozen=True, repr=False)
class PlanResult:
    """What a verdict will compare, with the test set still shut."""

    place: Place
    """Where the study lies."""
    plan: VerdictPlan
    """Who is compared, on which seeds, by which rule."""

    def to_frame(self) -> "pd.DataFrame":
        """A row for each network of the race, its winner first; accuracies are shares of 1."""
        import pandas as pd

        order = sorted(self.plan.race, key=lambda one: one.name != self.plan.network)
        return pd.DataFrame([_costs(one) for one in order]).set_index("network")

    def __repr__(self) -> str:
        names = " and ".join(one.name for one in self.plan.comparators)
        return f"{self.plan.network} goes to confirmation against {names}, with {self.plan.looks[0]} fresh seeds each."

    def _repr_html_(self) -> str:
        columns = ("network", "parameters", "search", "selection")
        rows = tuple(
            (one.name, f"{one.cost.parameters:,}", percent(one.search_score), percent(_mean(one))) for one in self.plan.race
        )
        return fragment(repr(self), Table(columns, rows), Text(self.plan.rule))


def _costs(one: Entrant) -> dict[str, Any]:
    cost = one.cost
    return {
        "network": one.name,
        "side": one.side,
        "parameters": cost.parameters,
        "macs": cost.macs,
        "peak_activation_bytes": cost.peak_activation_bytes,
        "search": one.search_score,
        "selection": _mean(one),
    }


def _mean(one: Entrant) -> float | None:
    return fmean(one.selection_scores) if one.selection_scores else None
