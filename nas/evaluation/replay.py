"""What the hand-designed networks reach when they are trained again, beside what their notebook printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nas.architecture import Task, measure
from nas.baselines import NAMES, baselines, printed
from nas.errors import TrainingError
from nas.evaluation.statistics import Interval, difference_interval, prediction_interval
from nas.training.curve import Curve, is_finite, score

TASK = Task(input_shape=(28, 28, 1), classes=10)
"""What the notebook's networks look at: MNIST."""
EPOCHS = 15
"""How long the notebook trains."""

Quantity = Literal["parameters", "train_accuracy", "train_loss", "val_accuracy", "val_loss", "test_loss", "test_accuracy"]
Agreement = Literal["equal", "different", "inside", "outside", "cannot tell"]
"""Equal or different for what no seed changes; else the notebook's figure inside or outside our seeds' interval."""

_ROUNDING: dict[str, float] = {"test_loss": 5e-7, "test_accuracy": 5e-7}  # printed as a float32, to seven digits
_ROUNDING_OF_CURVES = 5e-5  # printed with four decimals


class ReplayRun(BaseModel):
    """One training of one hand-designed network, with its figures on the test images.

    Raises:
        TrainingError: When made from a training whose loss became NaN or infinite.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """One of the six names."""
    seed: int
    """What the weights and the order of the images came from."""
    epochs: int = EPOCHS
    """How long its plan trains."""
    curve: Curve
    """All its epochs, in order."""
    test_loss: float
    """Mean cross-entropy on the test images after the last epoch, in nats."""
    test_accuracy: Annotated[float, Field(ge=0, le=1)]
    """Share of test images classified correctly after the last epoch."""
    seconds: Annotated[float, Field(ge=0)]
    """Wall time of the whole run."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.name not in NAMES:
            raise ValueError(f"{self.name!r} is no hand-designed network; they are {', '.join(NAMES)}")
        if tuple(row.epoch for row in self.curve) != tuple(range(1, self.epochs + 1)):
            raise ValueError(f"the epochs are not numbered from 1 to {self.epochs}")
        if not is_finite(self.curve):
            raise TrainingError(f"{self.name} diverged with seed {self.seed}: a loss is not a finite number; take other seeds.")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRow:
    """One figure of one network: the notebook's beside ours."""

    model: str
    """Name of the network."""
    quantity: Quantity
    """What is compared; training and validation figures are those of the last epoch."""
    notebook: float
    """As the notebook printed it, with one seed."""
    mean: float
    """Ours, over seeds."""
    sd: float | None
    """Standard deviation over seeds; None for one seed, and for the parameters, which no seed changes."""
    seeds: int
    """How many trainings this is from."""
    interval_95: Interval | None
    """Where a new seed falls with a probability of 95 %; None where sd is None."""
    interval_99: Interval | None
    """Where a new seed falls with a probability of 99 %; None where sd is None."""
    agreement_95: Agreement
    """Whether the notebook's figure is one that the 95 % interval allows, as far as its printed digits go."""
    agreement_99: Agreement
    """Whether the notebook's figure is one that the 99 % interval allows, as far as its printed digits go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Which network is best by its mean validation score, never by the test images, with its lead."""

    best: str
    """Name of the network with the highest mean score."""
    score: float
    """That mean: validation accuracy of the last three epochs, over seeds."""
    models: int
    """How many networks were replayed."""
    runner_up: str | None
    """Name of the second; None if only one was replayed."""
    points: float | None
    """How far the best is ahead of the second, in percentage points."""
    interval: Interval | None
    """95 % interval of that (Welch, in percentage points); None unless both have two seeds."""

    @property
    def statement(self) -> str:
        """What may be said about the best, in a sentence."""
        if self.runner_up is None:
            return f"Only {self.best} was replayed (validation accuracy {self.score:.4f}): there is nothing to rank it against."
        among = "" if self.models == len(NAMES) else f"Of the {self.models} networks replayed, "
        ahead = f"by {self.points:.2f} points"
        if self.interval is None:
            return f"{among}{self.best} is ahead by validation, {ahead} over {self.runner_up}; one seed gives no interval."
        span = f"95 % interval {self.interval.low:.2f} to {self.interval.high:.2f}"
        if self.interval.low > 0:
            return f"{among}{self.best} is best by validation, {ahead} ({span}) over {self.runner_up}."
        return (
            f"{among}{self.best} is ahead by validation, {ahead} over {self.runner_up},"
            f" but these seeds do not tell the two apart ({span})."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What one network reached under a plan that the notebook did not have, over seeds."""

    model: str
    """Name of the network."""
    seeds: int
    """How many trainings this is from."""
    val_accuracy: float
    """Mean validation score."""
    val_sd: float | None
    """Its standard deviation over seeds; None for one seed."""
    test_accuracy: float
    """Mean share of test images classified correctly after the last epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The whole comparison."""

    rows: tuple[ReplayRow, ...]
    """One for each network and quantity, in the notebook's order."""
    lead: Lead
    """Which is best by ours."""

    @property
    def best(self) -> str:
        """Name of the network with the highest mean validation score."""
        return self.lead.best


def parameters(name: str) -> int:
    """How many parameters a hand-designed network has, by our arithmetic.

    >>> parameters("model-5")
    6831
    """
    return measure(baselines(TASK)[name]).parameters


def by_model(runs: Iterable[ReplayRun]) -> dict[str, tuple[ReplayRun, ...]]:
    """The runs of each network that was replayed, in the notebook's order and then by seed.

    Raises:
        ValueError: If there is no run, or one seed of one network comes twice: that would count as evidence it is not.
    """
    ordered = sorted(runs, key=lambda run: (NAMES.index(run.name), run.seed))
    if not ordered:
        raise ValueError("There is no run to look at; replay at least one network.")
    for one, next_one in pairwise(ordered):
        if (one.name, one.seed) == (next_one.name, next_one.seed):
            raise ValueError(f"Seed {one.seed} of {one.name} comes twice; each seed counts once.")
    grouped: dict[str, tuple[ReplayRun, ...]] = {}
    for run in ordered:
        grouped[run.name] = (*grouped.get(run.name, ()), run)
    return grouped


def compare(runs: Sequence[ReplayRun]) -> Replay:
    """The notebook's figures beside ours, and which network is best by ours.

    Raises:
        ValueError: If there is no run, or one seed of one network comes twice.
    """
    grouped = by_model(runs)
    rows = tuple(_row(seeds, quantity=quantity) for seeds in grouped.values() for quantity in get_args(Quantity))
    return Replay(rows=rows, lead=lead(runs))


def lead(runs: Sequence[ReplayRun]) -> Lead:
    """Which network is best, by validation.

    Raises:
        ValueError: If there is no run, or one seed of one network comes twice.
    """
    return _lead({name: scores(seeds) for name, seeds in by_model(runs).items()})


def reached(runs: Sequence[ReplayRun]) -> tuple[Reached, ...]:
    """What each network reached, the best by validation first.

    Raises:
        ValueError: If there is no run, or one seed of one network comes twice.
    """
    found = [
        Reached(
            model=name,
            seeds=len(its),
            val_accuracy=fmean(scores(its)),
            val_sd=stdev(scores(its)) if len(its) > 1 else None,
            test_accuracy=fmean(run.test_accuracy for run in its),
        )
        for name, its in by_model(runs).items()
    ]
    return tuple(sorted(found, key=lambda one: -one.val_accuracy))


def scores(runs: Iterable[ReplayRun]) -> tuple[float, ...]:
    """Each run's score: mean validation accuracy of its last three epochs."""
    return tuple(score(run.curve) for run in runs)


def _row(runs: Sequence[ReplayRun], *, quantity: Quantity) -> ReplayRow:
    name = runs[0].name
    figures = printed()[name]
    values: tuple[float, ...]
    notebook: float
    rounding = _ROUNDING.get(quantity, _ROUNDING_OF_CURVES)
    match quantity:
        case "parameters":
            return _parameters_row(name, seeds=len(runs))
        case "test_loss" | "test_accuracy":
            notebook = getattr(figures, quantity)
            values = tuple(getattr(run, quantity) for run in runs)
        case _:
            notebook = getattr(figures, quantity)[-1]
            values = tuple(getattr(run.curve[-1], quantity) for run in runs)
    narrow, wide = (prediction_interval(values, level=level) if len(values) > 1 else None for level in (0.95, 0.99))
    return ReplayRow(
        model=name,
        quantity=quantity,
        notebook=notebook,
        mean=fmean(values),
        sd=stdev(values) if len(values) > 1 else None,
        seeds=len(values),
        interval_95=narrow,
        interval_99=wide,
        agreement_95=_agreement(notebook, interval=narrow, rounding=rounding),
        agreement_99=_agreement(notebook, interval=wide, rounding=rounding),
    )


def _parameters_row(name: str, *, seeds: int) -> ReplayRow:
    ours, notebook = parameters(name), printed()[name].parameters
    agreement: Agreement = "equal" if ours == notebook else "different"
    return ReplayRow(
        model=name,
        quantity="parameters",
        notebook=notebook,
        mean=ours,
        sd=None,
        seeds=seeds,
        interval_95=None,
        interval_99=None,
        agreement_95=agreement,
        agreement_99=agreement,
    )


def _agreement(notebook: float, *, interval: Interval | None, rounding: float) -> Agreement:
    """Whether some number that is printed like the notebook's lies inside."""
    if interval is None:
        return "cannot tell"
    # Without this margin the basic model fails by rounding alone: its seeds differ by less than a printed digit.
    return "inside" if interval.widened(rounding).contains(notebook) else "outside"


def _lead(scores_by_model: dict[str, tuple[float, ...]]) -> Lead:
    ranked = sorted(scores_by_model, key=lambda name: -fmean(scores_by_model[name]))
    best, second = ranked[0], ranked[1] if len(ranked) > 1 else None
    ours = scores_by_model[best]
    points, interval = None, None
    if second is not None:
        others = scores_by_model[second]
        points = 100 * (fmean(ours) - fmean(others))
        if min(len(ours), len(others)) > 1:
            interval = difference_interval(ours, others, level=0.95).scaled(100)
    return Lead(best=best, score=fmean(ours), models=len(ranked), runner_up=second, points=points, interval=interval)
