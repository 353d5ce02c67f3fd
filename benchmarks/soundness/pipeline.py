"""One simulated study: from a hundred noisy scores through the race and the confirmation to the words, all by the package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from noise import Noise
from numpy.typing import NDArray

from nas.evaluation.comparison import Word, compare_networks
from nas.evaluation.picking import comparators
from nas.evaluation.race import line_up, race, winner
from nas.evaluation.statistics import pocock_level

LOOKS = (8, 16, 32)
LEVEL = 0.95
MARGIN = 0.15
LEVEL_OF_A_LOOK = pocock_level(LOOKS, level=LEVEL)


@dataclass(frozen=True)
class World:
    """True accuracies over all seeds and images, in percent, by name."""

    found: Mapping[str, float]
    hand: Mapping[str, float]


@dataclass(frozen=True)
class Said:
    """What was said of the winner and one comparator; in percentage points."""

    word: Word
    truth: float
    """By how much the winner is better in truth."""
    points: float
    """By how much it was better on the test images."""
    covered: bool
    """Whether the interval holds the truth."""

    @property
    def false_beats(self) -> bool:
        """Whether it beats what it is not better than."""
        return self.word == "beats" and self.truth <= 0


@dataclass(frozen=True)
class Study:
    """What one study came to."""

    better_found: bool
    """Whether the search had a network better than every hand-designed one in truth."""
    better_chosen: bool
    """Whether such a network won the race."""
    searched_chosen: bool
    """Whether a network that the search found won the race."""
    once: tuple[Said, ...]
    """One look; of each comparator."""
    looks: tuple[tuple[Said, ...], ...]
    """Up to three looks, until nothing is undecided."""


def run_study(world: World, *, noise: Noise, generator: np.random.Generator) -> Study:
    """One study in a world of true accuracies."""
    truth = {**world.found, **world.hand}
    fixed = noise.on_validation(np.array(list(truth.values())), generator)
    on_validation = dict(zip(truth, fixed, strict=True))

    def train(names: Sequence[str]) -> list[float]:
        return [(on_validation[name] + noise.validation * generator.standard_normal()) / 100 for name in names]

    found, hand = (dict(zip(names, train(list(names)), strict=True)) for names in (world.found, world.hand))
    runners = race(line_up(found, hand), run=lambda entering: train([name for name, _ in entering]))
    chosen = winner(runners)
    names = [chosen.name, *comparators(None, runners, hand=tuple(hand), own=(), chosen=chosen.name)]
    correct = noise.answers([truth[name] for name in names], seeds=LOOKS[-1], generator=generator)
    answers = dict(zip(names, correct, strict=True))
    return Study(
        better_found=max(world.found.values()) > max(world.hand.values()),
        better_chosen=truth[chosen.name] > max(world.hand.values()),
        searched_chosen=chosen.side == "search",
        once=judge(answers, truth, seeds=LOOKS[0], level=LEVEL),
        looks=look_repeatedly(answers, truth),
    )


def look_repeatedly(answers: Mapping[str, NDArray[np.bool_]], truth: Mapping[str, float]) -> tuple[tuple[Said, ...], ...]:
    """What is said at each look, until nothing is undecided."""
    looks: list[tuple[Said, ...]] = []
    for seeds in LOOKS:
        if not looks or any(said.word == "undecided" for said in looks[-1]):
            looks.append(judge(answers, truth, seeds=seeds, level=LEVEL_OF_A_LOOK))
    return tuple(looks)


def judge(answers: Mapping[str, NDArray[np.bool_]], truth: Mapping[str, float], *, seeds: int, level: float) -> tuple[Said, ...]:
    """What is said of the first network and each of the others, after so many seeds a network."""
    (name, network), *others = ((name, correct[:seeds]) for name, correct in answers.items())
    return tuple(
        Said(
            word=comparison.word,
            truth=(difference := truth[name] - truth[comparison.comparator]),
            points=comparison.points,
            covered=comparison.interval.contains(difference),
        )
        for comparison in compare_networks(network, dict(others), level=level, margin=MARGIN)
    )
