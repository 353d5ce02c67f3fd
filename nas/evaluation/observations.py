"""What the replayed curves say, by computation: the sentences that the notebook wrote by eye."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, assert_never

from nas.baselines import DECLARED_BEST, NAMES, printed
from nas.evaluation.replay import TASK, ReplayRun, by_model, compare, scores
from nas.evaluation.statistics import Interval, difference_interval, mean_interval, slope
from nas.training.curve import SCORED_EPOCHS

LEVEL = 0.95
"""Confidence of every interval here."""

Outcome = Literal["learns nothing", "still improving", "flat", "overfits", "cannot tell"]
Ruling = Literal["holds", "does not hold", "cannot tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over seeds and how well they fix it."""

    mean: float
    """Over seeds."""
    interval: Interval | None
    """95 % interval of the mean; None for one seed."""

    def is_above_zero(self) -> bool:
        """Whether the whole interval is."""
        return self.interval is not None and self.interval.low > 0

    def is_below_zero(self) -> bool:
        """Whether the whole interval is."""
        return self.interval is not None and self.interval.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the losses of one network say at the end of its training."""

    model: str
    """Name of the network."""
    seeds: int
    """How many trainings this is from."""
    gap: Estimate
    """Validation loss minus training loss in the last epoch, in nats."""
    slope: Estimate
    """Change of the validation loss an epoch over the last three epochs, in nats."""
    notebook_gap: float
    """The same gap in the notebook's printed figures."""
    notebook_slope: float
    """The same slope in the notebook's printed figures."""
    outcome: Outcome
    """What follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Something that the notebook says of a network."""

    model: str
    """Name of the network."""
    kind: Literal["learns nothing", "overfits", "best"]
    """What would have to be so."""


CLAIMS = (
    Claim(model="basic", kind="learns nothing"),
    Claim(model="model-1", kind="overfits"),
    Claim(model="model-2", kind="overfits"),
    Claim(model="model-4", kind="overfits"),
    Claim(model=DECLARED_BEST, kind="best"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change that the notebook made on its way from one network to another."""

    change: str
    """In words."""
    before: str
    """Name of the network that it started from."""
    after: str
    """Name of the network that it led to."""


STEPS = (
    Step(change="one convolution", before="basic", after="model-1"),
    Step(change="a second convolution", before="model-1", after="model-2"),
    Step(change="a third (smaller kernels)", before="model-2", after="model-3"),
    Step(change="a dense layer", before="model-2", after="model-4"),
    Step(change="average for max pooling", before="model-2", after="model-5"),
)


def observe(runs: Sequence[ReplayRun]) -> Observation:
    """What the losses of one network say, over its seeds.

    Raises:
        ValueError: If the runs are not all of one network, or none.
    """
    grouped = by_model(runs)
    if len(grouped) > 1:
        raise ValueError(f"An observation is of one network, not of {', '.join(grouped)}.")
    ((name, seeds),) = grouped.items()
    figures = printed()[name]
    gap = _estimate([run.curve[-1].val_loss - run.curve[-1].train_loss for run in seeds])
    trend = _estimate([slope([row.val_loss for row in run.curve[-SCORED_EPOCHS:]]) for run in seeds])
    near_chance = all(run.curve[-1].val_accuracy < 2 / TASK.classes for run in seeds)
    return Observation(
        model=name,
        seeds=len(seeds),
        gap=gap,
        slope=trend,
        notebook_gap=figures.val_loss[-1] - figures.train_loss[-1],
        notebook_slope=slope(figures.val_loss[-SCORED_EPOCHS:]),
        outcome=_outcome(gap=gap, trend=trend, near_chance=near_chance),
    )


def rule(claim: Claim, *, runs: Sequence[ReplayRun]) -> Ruling:
    """Whether a claim of the notebook holds on our seeds.

    Raises:
        ValueError: If no run is of the claim's network.
    """
    if claim.kind == "best":
        return _rule_on_the_best(claim.model, runs=runs)
    outcome = observe([run for run in runs if run.name == claim.model]).outcome
    if outcome == claim.kind:
        return "holds"
    # A flat validation loss may have turned or not: no seed says that it rises, and none that it does not.
    undecided: tuple[Outcome, ...] = ("cannot tell", "flat") if claim.kind == "overfits" else ("cannot tell",)
    return "cannot tell" if outcome in undecided else "does not hold"


def observations(runs: Sequence[ReplayRun]) -> str:
    """`observations.md`: the losses' gap and slope, the notebook's claims, and what its steps changed, in Markdown.

    Raises:
        ValueError: If there is no run, or one seed of one network comes twice.
    """
    grouped = by_model(runs)
    seen = {name: observe(seeds) for name, seeds in grouped.items()}
    claims = [_claim_line(claim, seen=seen[claim.model], runs=runs) for claim in CLAIMS if claim.model in grouped]
    steps = [_step_line(step, grouped) for step in STEPS if {step.before, step.after} <= grouped.keys()]
    parts = [_INTRODUCTION, compare(runs).lead.statement, _LOSSES, *map(_loss_line, seen.values()), _OUTCOMES]
    parts += [_CLAIMS, *claims] if claims else []
    parts += [_STEPS, *steps] if steps else []
    return "\n".join(parts) + "\n"


def _estimate(values: Sequence[float]) -> Estimate:
    return Estimate(mean=fmean(values), interval=mean_interval(values, level=LEVEL) if len(values) > 1 else None)


def _difference(after: Sequence[float], before: Sequence[float]) -> Estimate:
    enough = min(len(after), len(before)) > 1
    interval = difference_interval(after, before, level=LEVEL) if enough else None
    return Estimate(mean=fmean(after) - fmean(before), interval=interval)


def _outcome(*, gap: Estimate, trend: Estimate, near_chance: bool) -> Outcome:
    if trend.interval is None:
        return "cannot tell"
    if near_chance:
        return "learns nothing"
    if trend.is_below_zero():
        return "still improving"
    if not trend.is_above_zero():
        return "flat"
    return "overfits" if gap.is_above_zero() else "cannot tell"


def _leads(name: str, *, runs: Sequence[ReplayRun]) -> dict[str, Estimate]:
    """How far one network is ahead of each other one by its score."""
    by_name = {model: scores(seeds) for model, seeds in by_model(runs).items()}
    return {other: _difference(by_name[name], theirs) for other, theirs in by_name.items() if other != name}


def _rule_on_the_best(name: str, *, runs: Sequence[ReplayRun]) -> Ruling:
    leads = _leads(name, runs=runs).values()
    if any(lead.is_below_zero() for lead in leads):
        return "does not hold"
    everyone_is_here = len(leads) == len(NAMES) - 1
    return "holds" if everyone_is_here and all(lead.is_above_zero() for lead in leads) else "cannot tell"


_INTRODUCTION = """# Observations

Written by `nas replay` from the replayed curves: each figure and each conclusion is computed, from training and validation
images alone. Intervals are 95 % intervals of a mean over seeds; each stands by itself, and of twenty such intervals one
misses by chance.
"""

_LOSSES = """
## The losses at the end

Gap: validation loss minus training loss in epoch 15. Slope: change of the validation loss an epoch, over epochs 13 to 15.
Both in nats.

| model | seeds | gap, notebook | gap, ours | slope, notebook | slope, ours | what follows |
|---|---:|---:|---:|---:|---:|---|"""

_OUTCOMES = """
- learns nothing: the last validation accuracy is under twice that of guessing, with every seed
- still improving: the slope's whole interval is below zero
- overfits: the slope's whole interval is above zero, and the gap's too
- flat: the slope's interval contains zero
- cannot tell: one seed has no interval, or the validation loss rises without a gap"""

_CLAIMS = """
## What the notebook says

The notebook calls a gap between the two losses overfitting. Here a network overfits when its validation loss rises again;
the gap is named beside it, so that both readings can be judged.

| model | the notebook says | on our seeds | because |
|---|---|---|---|"""

_STEPS = """
## The notebook's steps

Difference in validation accuracy (mean of the last three epochs), in percentage points, by Welch's interval. Some steps
change more than they name: pool sizes and numbers of filters change along.

| step | from | to | notebook | ours | reading |
|---|---|---|---:|---:|---|"""


def _loss_line(seen: Observation) -> str:
    gap, trend = _with_interval(seen.gap, digits=4), _with_interval(seen.slope, digits=5)
    notebook = f"{seen.notebook_gap:+z.4f} | {gap} | {seen.notebook_slope:+z.5f} | {trend}"
    return f"| {seen.model} | {seen.seeds} | {notebook} | {seen.outcome} |"


def _claim_line(claim: Claim, *, seen: Observation, runs: Sequence[ReplayRun]) -> str:
    match claim.kind:
        case "learns nothing":
            says = f"learns nothing (test accuracy {printed()[claim.model].test_accuracy:.4f})"
            because = _reason(seen)
        case "overfits":
            says, because = f"overfits (a gap of {seen.notebook_gap:.4f})", _reason(seen)
        case "best":
            says, because = "is the best", _reason_on_the_best(claim.model, runs=runs)
        case _:
            assert_never(claim.kind)
    return f"| {claim.model} | {says} | {rule(claim, runs=runs)} | {because} |"


def _reason(seen: Observation) -> str:
    speed = f"{abs(seen.slope.mean):.5f} an epoch"
    match seen.outcome:
        case "learns nothing":
            return "its validation accuracy stays near that of guessing"
        case "still improving":
            movement = f"its validation loss still falls, by {speed}"
        case "overfits":
            movement = f"its validation loss rises, by {speed}"
        case "flat":
            movement = "the slope of its validation loss cannot be told from zero"
        case "cannot tell":
            movement = "one seed gives no interval" if seen.seeds == 1 else f"its validation loss rises, by {speed}"
        case _:
            assert_never(seen.outcome)
    there = "the gap is there" if seen.gap.is_above_zero() else "no gap can be told from zero"
    return movement if seen.seeds == 1 else f"{movement}; {there} ({seen.gap.mean:.4f})"


def _reason_on_the_best(name: str, *, runs: Sequence[ReplayRun]) -> str:
    leads = _leads(name, runs=runs)
    if not leads:
        return "no other network was replayed"
    better = [other for other, lead in leads.items() if lead.is_below_zero()]
    named = better or [min(leads, key=lambda other: leads[other].mean)]
    found = (f"{_with_interval(leads[other], digits=2, scale=100)} points against {other}" for other in named)
    return f"its validation accuracy: {'; '.join(found)}"


def _step_line(step: Step, grouped: dict[str, tuple[ReplayRun, ...]]) -> str:
    change = _difference(scores(grouped[step.after]), scores(grouped[step.before]))
    notebook = _notebook_score(step.after) - _notebook_score(step.before)
    reading = "helps" if change.is_above_zero() else "hurts" if change.is_below_zero() else "cannot tell"
    ours = _with_interval(change, digits=2, scale=100)
    return f"| {step.change} | {step.before} | {step.after} | {100 * notebook:+z.2f} | {ours} | {reading} |"


def _notebook_score(name: str) -> float:
    return fmean(printed()[name].val_accuracy[-SCORED_EPOCHS:])


def _with_interval(estimate: Estimate, *, digits: int, scale: float = 1.0) -> str:
    mean = f"{scale * estimate.mean:+z.{digits}f}"
    if estimate.interval is None:
        return mean
    low, high = scale * estimate.interval.low, scale * estimate.interval.high
    return f"{mean} ({low:+z.{digits}f} to {high:+z.{digits}f})"
