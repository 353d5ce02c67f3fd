"""What a verdict commits itself to before it sees a test image: who against whom, on which seeds, by which rule."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from math import ceil, sqrt
from statistics import fmean
from typing import Annotated, Final, Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from nas.architecture import Cost, Network, measure
from nas.data import DataRef
from nas.engine.left_out import in_words
from nas.evaluation.comparison import Correct, variance_parts
from nas.evaluation.race import Side
from nas.evaluation.statistics import pocock_level, simultaneous_quantile
from nas.training.plan import TrainingPlan

FORMAT: Final = 1
FILE = "verdict-plan.json"
SEEDS = 8
LEVEL = 0.95
Form: TypeAlias = Literal["litert-int8"]
"""A form other than the trained one that networks can be compared in, as `nas export` calls it."""
LEAST_MARGIN = 0.15
"""Percentage points below which two networks count as equally good, on images as many and as easy as MNIST's."""
RULE = (
    "Simultaneous intervals of the differences of mean test accuracy (seeds unpaired by Welch, images paired, one critical value"
    " for all comparators): beats if the lower end is above 0, loses if the upper end is below 0, ties if all of it lies within"
    " the margin on either side, else undecided."
)


class TriedPlan(BaseModel):
    """How a network did under a training plan, by validation on the selection seeds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: TrainingPlan
    scores: Annotated[tuple[float, ...], Field(min_length=1)]
    """One for each seed."""

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return fmean(self.scores)


class Entrant(BaseModel):
    """A network that a verdict speaks of, with what was known of it before the test set was opened."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """`trial 47`, a hand-designed network's name, or the name of the user's own."""
    side: Side
    """Whether the search found it or a person designed it."""
    trial: int | None
    """Its number in the search, or None if it was not trained there."""
    network: Network
    search_score: float | None
    """Validation score with the search's seed, or None if it was not trained there."""
    selection_scores: tuple[float, ...] = ()
    """Validation scores on the selection seeds."""
    plan: Annotated[TrainingPlan | None, Field(exclude_if=lambda plan: plan is None)] = None
    """How it is trained, where that is not the study's plan."""
    tried: Annotated[tuple[TriedPlan, ...], Field(exclude_if=lambda tried: not tried)] = ()
    """The plans that it was trained by on the selection seeds, of which the best one counts; empty where there was one."""

    @property
    def same_plan_score(self) -> float | None:
        """Its search score, where the search trained it by the plan that counts."""
        return None if self.tried and self.plan else self.search_score

    @property
    def cost(self) -> Cost:
        """What it costs, by arithmetic."""
        return measure(self.network)


class Expectation(BaseModel):
    """What the confirmation will be able to tell, from the race's validation figures; all in percentage points."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed_error: float
    """Standard error of a difference that seeds will bring."""
    image_error: float
    """Standard error that the number of test images will bring."""
    reach: float
    """Half the length of the interval that is to be expected."""

    @property
    def found_four_times_in_five(self) -> float:
        """The true difference that would be told from none in four of five such verdicts."""
        return self.reach + 0.84 * sqrt(self.seed_error**2 + self.image_error**2)

    def in_words(self, *, seeds: int, margin: float) -> str:
        """Which of the four words these seeds can reach."""
        told = (
            f"With {seeds} seeds a network the interval will reach about ±{self.reach:.2f} points: a true difference of"
            f" {self.found_four_times_in_five:.2f} points would be told (beats or loses) in four of five such verdicts"
        )
        if self.reach < margin:
            return f"{told}, and equal networks could be told to tie (within ±{margin:.2f})."
        return f"{told}; ties, within ±{margin:.2f}, cannot be reached, so equal networks will be undecided."


class VerdictPlan(BaseModel):
    """Written before the first confirmation training, and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = FORMAT
    study: str
    date: str
    nas_version: str
    data: DataRef
    test_images: int
    recipe: TrainingPlan
    """How networks are trained that have no plan of their own: the study's plan."""
    counts: Mapping[str, int]
    """What the search had come to when this was written."""
    race: tuple[Entrant, ...]
    """Who ran for the confirmation; where the user named a network, that one alone."""
    network: str
    """Name of the one that won the race, or that the user named."""
    comparators: Annotated[tuple[Entrant, ...], Field(min_length=1)]
    """What it is compared with."""
    selection_seeds: tuple[int, ...]
    confirmation_seeds: Annotated[tuple[int, ...], Field(min_length=2)]
    """As many as the last look takes."""
    looks: Annotated[tuple[int, ...], Field(min_length=1)]
    """After how many seeds a network somebody may look at the test figures."""
    level: float
    """Probability that all intervals of all looks hold together."""
    level_of_a_look: float
    """Probability that all intervals of one look hold together."""
    margin: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """Difference in percentage points below which two networks count as equally good."""
    rule: str = RULE
    expected: Expectation | None
    """What the first look will be able to tell; None where too few networks ran to say."""
    openings_before: int
    """How often this user had opened the test set before, whatever the study."""
    verdicts_before: Annotated[int, Field(exclude_if=lambda count: not count)] = 0
    """How many verdicts of this study had opened the test set before this one, as far as they are kept."""
    left_out: Mapping[str, str] = Field(default_factory=dict, exclude_if=lambda left_out: not left_out)
    """Why a hand-designed network was neither trained nor compared, by name."""
    deployed: Annotated[Form | None, Field(exclude_if=lambda form: form is None)] = None
    """What the networks are compared as; None for networks as they were trained, whose plans have no such key."""
    picked: Annotated[bool, Field(exclude_if=lambda picked: not picked)] = False
    """Whether the user named the network, so that no race was run; plans that follow from a race have no such key."""
    named: Annotated[tuple[str, ...], Field(exclude_if=lambda named: not named)] = ()
    """Networks to compare with that the question named, in alphabetical order; left out where it named none."""
    own_plan: Annotated[TrainingPlan | None, Field(exclude_if=lambda plan: plan is None)] = None
    """The plan that the question brought for the user's own networks, if it brought one."""

    @property
    def winner(self) -> Entrant:
        """The network that won the race, or that the user named."""
        return next(one for one in self.race if one.name == self.network)

    @property
    def judged(self) -> tuple[Entrant, ...]:
        """The networks that will see the test set: the winner first."""
        return (self.winner, *self.comparators)

    @property
    def again_in_words(self) -> tuple[str, ...]:
        """A sentence where the study was judged before."""
        told = (
            f"This is verdict number {self.verdicts_before + 1} on this study: the intervals of each hold for itself, not those"
            " of all of them together."
        )
        return (told,) if self.verdicts_before else ()

    @property
    def left_out_in_words(self) -> tuple[str, ...]:
        """A sentence for each hand-designed network that is not compared."""
        return in_words(self.left_out, fate="not compared")

    def recipe_of(self, one: Entrant) -> TrainingPlan:
        """How a network is trained for the confirmation."""
        return one.plan or self.recipe

    @property
    def kind(self) -> str:
        """What stands before a figure: `int8 `, or nothing for networks as they were trained."""
        return "int8 " if self.deployed else ""

    @property
    def where(self) -> str:
        """How a sentence begins that compares: `In int8, `, or nothing for networks as they were trained."""
        return "In int8, " if self.deployed else ""

    @property
    def key(self) -> str:
        """SHA-256 of its canonical spelling."""
        return sha256(self.model_dump_json().encode()).hexdigest()


def looks_for(count: int, *, seeds: int) -> tuple[int, ...]:
    """Seeds a network at each of up to three looks, doubling.

    >>> looks_for(3, seeds=8)
    (8, 16, 32)
    """
    return tuple(seeds * 2**index for index in range(count))


def level_of_a_look(looks: Sequence[int]) -> float:
    """The level of each look at which all looks together hold with 95 %."""
    return pocock_level(looks, level=LEVEL)


def expectation(network: Correct, hand: Correct, *, seeds: int, test_images: int, comparators: int, level: float) -> Expectation:
    """What the confirmation will be able to tell, from the race's two best on validation images.

    Args:
        network: The winner's correct answers on validation images as (selection seeds, images).
        hand: Those of the best network of the other side.
        seeds: Confirmation seeds a network.
        test_images: Number of test images.
        comparators: How many comparisons share the level.
        level: Of the simultaneous intervals.
    """
    parts = variance_parts(network, (hand,))
    of_seeds = (parts.network * len(network) + parts.others[0] * len(hand)) / seeds
    of_images = parts.images[0] * network.shape[1] / test_images
    error = sqrt(of_seeds + of_images)
    together = np.full((comparators, comparators), 0.5) + 0.5 * np.eye(comparators)
    quantile = simultaneous_quantile(together, freedom=2 * (seeds - 1), level=level)
    return Expectation(seed_error=100 * sqrt(of_seeds), image_error=100 * sqrt(of_images), reach=100 * quantile * error)


def usual_margin(expected: Expectation | None) -> float:
    """The default margin: three times the images' standard error (if known), rounded up to 0.05 points; at least 0.15."""
    if expected is None:
        return LEAST_MARGIN
    return max(LEAST_MARGIN, round(ceil(3 * expected.image_error / 0.05 - 1e-9) * 0.05, 2))
