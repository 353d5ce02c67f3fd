"""The verdict: what the confirmation networks' answers to the test images allow to say, and how it is said."""

from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from nas.errors import StudyError
from nas.evaluation.comparison import MOST_SEEDS, Comparison, Word, compare_networks
from nas.evaluation.details import Details, details, seed_correlation
from nas.evaluation.holdout import Openings
from nas.evaluation.predictions import Predictions
from nas.evaluation.statistics import Interval, mean_interval
from nas.evaluation.verdict_plan import Entrant, VerdictPlan

FORMAT: Final = 1
FILE = "verdict.json"
Holds = Literal["yes", "no", "undecided"]


class Standing(BaseModel):
    """How one network did on the confirmation seeds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    test_accuracies: tuple[float, ...]
    """Share of test images classified correctly, one for each seed."""
    scores: tuple[float, ...]
    """Mean validation accuracy of the last three epochs, or that of a converted network's file, one for each seed."""
    released_seed: int
    """The seed whose network has the median validation accuracy, and is the one to be handed out."""
    seed_correlation: float | None
    """Of validation with test accuracy over seeds."""

    @property
    def test_accuracy(self) -> float:
        """Mean over seeds."""
        return fmean(self.test_accuracies)

    @property
    def test_interval(self) -> Interval:
        """95 % interval of the mean over seeds, on these test images."""
        interval = mean_interval(self.test_accuracies, level=0.95)
        return Interval(low=max(0.0, interval.low), high=min(1.0, interval.high))

    @property
    def test_sd(self) -> float:
        """Standard deviation over seeds."""
        return stdev(self.test_accuracies)

    @property
    def score(self) -> float:
        """Mean validation score over seeds."""
        return fmean(self.scores)


class Drop(BaseModel):
    """What a network's conversion cost by validation, as means over the confirmation seeds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    trained: float
    """Validation accuracy as it was trained, after the last epoch."""
    deployed: float
    """Validation accuracy of what it was converted to."""
    points: float
    """The difference in percentage points; positive where it was lost."""


class Robustness(BaseModel):
    """The same networks trained for twice as many epochs, on validation images alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int
    seeds: tuple[int, ...]
    scores: dict[str, tuple[float, ...]]
    """Validation scores by name, one for each seed."""
    holds: dict[str, Holds]
    """For each comparator whether the order of validation scores is the same as with the plan's epochs."""


class Verdict(BaseModel):
    """What may be said after a look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = FORMAT
    plan_key: str
    """Of the verdict plan."""
    seeds: tuple[int, ...]
    """The confirmation seeds of this look."""
    standings: tuple[Standing, ...]
    """The winner of the race, or the network that the user named, first; then the comparators."""
    comparisons: tuple[Comparison, ...]
    details: tuple[Details, ...]
    openings_of_study: int
    """How often this study has opened the test set, this time included."""
    openings_in_all: int
    """How often this user has, whatever the study, this time included."""
    drops: Annotated[tuple[Drop, ...], Field(exclude_if=lambda drops: not drops)] = ()
    """Of the networks in the order of standings; empty where they were compared as they were trained."""
    robustness: Robustness | None = None

    def standing(self, name: str) -> Standing:
        """How a network did."""
        return next(one for one in self.standings if one.name == name)


def make_verdict(plan: VerdictPlan, predictions: Predictions, *, openings: Openings) -> Verdict:
    """The verdict that follows from a plan and from what the networks said; nothing else enters it.

    Raises:
        StudyError: If the predictions are not those of the plan's networks and seeds at one of its looks.
    """
    names = [one.name for one in plan.judged]
    count = len(predictions.seeds)
    others = predictions.plan_key not in {None, plan.key} or set(names) - set(predictions.networks)
    if others or predictions.seeds != plan.confirmation_seeds[:count] or count not in plan.looks:
        raise StudyError("The predictions are not those of the verdict plan; `nas verdict --again` begins another.")
    comparisons = compare_networks(
        predictions.correct(plan.network),
        {one.name: predictions.correct(one.name) for one in plan.comparators},
        level=plan.level_of_a_look,
        margin=plan.margin,
    )
    return Verdict(
        plan_key=plan.key,
        seeds=predictions.seeds,
        standings=tuple(_standing(predictions, name) for name in names),
        comparisons=comparisons,
        details=tuple(details(predictions, plan.network, one.name) for one in plan.comparators),
        openings_of_study=openings.study,
        openings_in_all=openings.in_all,
        drops=tuple(drop for name in names if (drop := _drop(predictions, name))),
    )


def order_holds(plan_scores: Sequence[float], others: Sequence[float], longer: Interval) -> Holds:
    """Whether a difference of mean scores has the same sign with longer training.

    Args:
        plan_scores: Of the network, with the plan's epochs.
        others: Of the comparator, with the plan's epochs.
        longer: 95 % interval of the difference with longer training.
    """
    ahead = fmean(plan_scores) > fmean(others)
    if longer.low > 0:
        return "yes" if ahead else "no"
    if longer.high < 0:
        return "no" if ahead else "yes"
    return "undecided"


def headline(plan: VerdictPlan, verdict: Verdict) -> str:
    """The answer in a line: did search beat the networks that people designed?"""
    winner, the = plan.winner, f"{plan.where}the" if plan.where else "The"
    words: dict[Word, list[str]] = {}
    for comparison in verdict.comparisons:
        words.setdefault(comparison.word, []).append(comparison.comparator)
    phrases = {"beats": "beats", "ties": "ties with", "loses": "loses to", "undecided": "is undecided against"}
    told = "; it ".join(f"{phrases[word]} {' and '.join(names)}" for word, names in words.items())
    if winner.side == "hand":
        return (
            f"{the} search found nothing that passed {winner.name}, which a person designed, in the race; on the test images"
            f" {winner.name} {told.replace('; it ', '; ')}."
        )
    if plan.picked:
        name = winner.name if plan.where else f"{winner.name[:1].upper()}{winner.name[1:]}"
        return (
            f"{plan.where}{name} ({winner.cost.parameters:,} parameters), a network of the search that was named by hand and not"
            f" chosen by a race, {told}."
        )
    return f"{the} search's network ({winner.name}, {winner.cost.parameters:,} parameters) {told}."


def sentence(plan: VerdictPlan, comparison: Comparison) -> str:
    """A comparison in one sentence, with what the network costs beside the comparator."""
    winner = plan.winner
    other = next(one for one in plan.comparators if one.name == comparison.comparator)
    span = f"{signed(comparison.low)} to {signed(comparison.high)}"
    match comparison.word:
        case "beats":
            told = f"beats {other.name} by {comparison.points:.2f} points ({comparison.low:.2f} to {comparison.high:.2f})"
        case "loses":
            told = f"loses to {other.name} by {-comparison.points:.2f} points ({-comparison.high:.2f} to {-comparison.low:.2f})"
        case "ties":
            told = f"ties with {other.name}: {signed(comparison.points)} points ({span}), all within ±{plan.margin:.2f}"
        case _:
            told = f"is undecided against {other.name}: {signed(comparison.points)} points ({span})"
    if comparison.by_less_than_matters:
        told += f", by less than matters ({plan.margin:.2f})"
    return f"{plan.where}{winner.name} {told}{_needed(comparison)}, with {_costs(winner, other)}."


def signed(points: float) -> str:
    """Points with their sign, a true minus.

    >>> signed(-0.123), signed(0.1)
    ('−0.12', '+0.10')
    """
    return f"{points:+.2f}".replace("-", "−")


def _needed(comparison: Comparison) -> str:
    if comparison.word != "undecided":
        return ""
    if comparison.seeds_needed is None:
        return " (more seeds would not decide it: there are too few test images for so small a difference)"
    if comparison.seeds_needed > MOST_SEEDS:
        return f" (it would take more than {MOST_SEEDS:,} seeds a network to decide it)"
    return f" (about {comparison.seeds_needed} seeds a network would decide it)"


def _costs(winner: Entrant, other: Entrant) -> str:
    """For example `1.8 times its MACs and 1.1 times its int8 memory`; parameters before them where they differ by a tenth."""
    ours, theirs = winner.cost, other.cost
    alike = abs(ours.parameters - theirs.parameters) < 0.1 * theirs.parameters  # as networks at the budget's edge are
    before = "" if alike else f"{_ratio(ours.parameters, theirs.parameters)} its parameters, "
    macs = _beside(ours.macs, theirs.macs, what="MACs", as_great="as many")
    memory = _beside(ours.peak_activation_bytes, theirs.peak_activation_bytes, what="int8 memory", as_great="as much")
    return f"{before}{macs} and {memory}"


def _beside(one: int, two: int, *, what: str, as_great: str) -> str:
    """A cost beside another: `1.8 times its MACs`, or `about as many MACs` where that would be once."""
    if one == two:
        return f"{as_great} {what}"
    ratio = _ratio(one, two)
    return f"about {as_great} {what}" if ratio == "1 times" else f"{ratio} its {what}"


def _ratio(one: int, two: int) -> str:
    if two == 0:
        return "any multiple of"
    times = one / two
    return f"{times:,.0f} times" if times >= 10 else f"{times:.2g} times"


def _drop(predictions: Predictions, name: str) -> Drop | None:
    kept = predictions.networks[name]
    if kept.trained_accuracies is None:
        return None
    trained, deployed = float(kept.trained_accuracies.mean()), float(kept.val_accuracies.mean())
    return Drop(name=name, trained=trained, deployed=deployed, points=100 * (trained - deployed))


def _standing(predictions: Predictions, name: str) -> Standing:
    kept = predictions.networks[name]
    return Standing(
        name=name,
        test_accuracies=tuple(map(float, predictions.accuracies(name))),
        scores=tuple(map(float, kept.scores)),
        released_seed=predictions.seeds[kept.released],
        seed_correlation=seed_correlation(predictions, name),
    )
