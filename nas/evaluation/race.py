"""The race: which of the best networks of a search goes to confirmation, by validation on seeds of its own.

In the manner of irace (M. López-Ibáñez and others, Operations Research Perspectives 3, 2016) and of SMAC's intensification:
all run on a first seed, the better ones on a second, the best on a third, so that trainings go where they decide something.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

Side = Literal["search", "hand"]

ROUNDS: Mapping[Side, tuple[int, ...]] = {"search": (5, 2, 1), "hand": (2, 1, 1)}
"""How many networks that the search found, and how many hand-designed ones, run in each round: twelve trainings in all."""


@dataclass(frozen=True)
class Runner:
    """A network in the race."""

    name: str
    side: Side
    """Who found it."""
    search_score: float | None
    """Its validation score in the search, with one seed; None if it was not trained there."""
    scores: tuple[float, ...] = ()
    """Its validation scores on the selection seeds, in their order."""

    @property
    def standing(self) -> float:
        """Mean of all its validation scores: what decides who runs on."""
        return fmean((*self.scores, *(() if self.search_score is None else (self.search_score,))))

    @property
    def mean(self) -> float:
        """Mean over the selection seeds: no luck of the search is in it, though some of the race, which chose by it."""
        return fmean(self.scores)


def line_up(found: Mapping[str, float], hand: Mapping[str, float | None]) -> tuple[Runner, ...]:
    """Who runs in the first round: the best by search score; hand-designed networks without one come first.

    However many have none, the best of those that have one runs: others are compared with it.

    Args:
        found: Search scores of the networks that the search found, by name.
        hand: Those of the hand-designed networks, None where one was not trained in the search; of these the first ones run.
    """
    best = sorted(found, key=lambda name: -found[name])[: ROUNDS["search"][0]]
    places = ROUNDS["hand"][0]
    scored = sorted((name for name in hand if hand[name] is not None), key=lambda name: -(hand[name] or 0.0))
    untried = [name for name in hand if hand[name] is None][: places - 1 if scored else places]
    known = (*untried, *scored)[:places]
    return (*(Runner(name, "search", found[name]) for name in best), *(Runner(name, "hand", hand[name]) for name in known))


def race(runners: Sequence[Runner], *, run: Callable[[Sequence[tuple[str, int]]], Sequence[float]]) -> tuple[Runner, ...]:
    """All runners with the scores that they have reached.

    Args:
        runners: Who is in the first round.
        run: Validation scores of networks by name, each on the selection seed of that index. A race that was interrupted is
            run again from its beginning: whoever trains knows what is trained already.
    """
    for index in range(len(ROUNDS["search"])):
        entering = [runner.name for side in ROUNDS for runner in _entering(runners, side, index)]
        reached = dict(zip(entering, run([(name, index) for name in entering]), strict=True))
        runners = [
            replace(runner, scores=(*runner.scores, reached[runner.name])) if runner.name in reached else runner
            for runner in runners
        ]
    return tuple(runners)


def _entering(runners: Sequence[Runner], side: Side, index: int) -> list[Runner]:
    ready = [runner for runner in runners if runner.side == side and len(runner.scores) == index]
    return sorted(ready, key=lambda runner: -runner.standing)[: ROUNDS[side][index]] if index else ready


def best_of(runners: Sequence[Runner], side: Side) -> Runner | None:
    """The network that has come furthest on a side; of those the one with the best standing."""
    there = [runner for runner in runners if runner.side == side and runner.scores]
    return max(there, key=lambda runner: (len(runner.scores), runner.standing), default=None)


def winner(runners: Sequence[Runner]) -> Runner:
    """Who goes to confirmation: the best that the search found, unless the best hand-designed one ran at least as well.

    Raises:
        ValueError: If nobody has run.
    """
    found, hand = best_of(runners, "search"), best_of(runners, "hand")
    if found is None or hand is None:
        alone = found or hand
        if alone is None:
            raise ValueError("Nobody has run in this race.")
        return alone
    return found if found.mean > hand.mean else hand
