"""When a search had which pick, and how two searchers compare; no file and no clock is looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean, median

from rows import Row

Rule = Callable[[Sequence[Row]], str | None]
"""The network that a tool would hand over, given the trainings that it may pick from; None if there is none."""


def pick_by_value(rows: Sequence[Row]) -> str | None:
    """The network of the best single training; of equals the first."""
    best = max(rows, key=lambda row: row.value or 0.0, default=None)
    return best.network if best else None


def pick_by_mean(rows: Sequence[Row]) -> str | None:
    """The network with the highest mean over its trainings, each with a seed of its own; of equals the first."""
    values: dict[str, list[float]] = {}
    for row in rows:
        values.setdefault(row.network, []).append(row.value or 0.0)
    return max(values, key=lambda network: fmean(values[network]), default=None)


RULES: dict[str, Rule] = {"nas": pick_by_mean}
"""The rule of each searcher that does not pick by value."""


def picks(rows: Sequence[Row], *, marks: Sequence[float], rule: Rule) -> tuple[str | None, ...]:
    """What the search would have handed over at each mark, in seconds since its start."""
    return tuple(rule([row for row in rows if row.completed and row.seconds <= mark]) for mark in marks)


def marks_until(seconds: float, *, every: float) -> tuple[float, ...]:
    """Every so many seconds, up to the end.

    >>> marks_until(180, every=60)
    (60, 120, 180)
    """
    return tuple(every * number for number in range(1, int(seconds // every) + 1))


def medians(lines: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The median of several searches at each mark."""
    return tuple(median(values) for values in zip(*lines, strict=True))


def time_to_match(qualities: Sequence[float], *, marks: Sequence[float], goal: float) -> float | None:
    """The first mark from which on a quality never falls below the goal again; None if there is none."""
    matched = None
    for mark, quality in zip(marks, qualities, strict=True):
        if quality < goal:
            matched = None
        elif matched is None:
            matched = mark
    return matched


@dataclass(frozen=True)
class Pairings:
    """Each search of ours against each of theirs, by final quality."""

    better: int
    """Pairings in which ours is better."""
    equal: int
    """Pairings in which neither is."""
    total: int
    """All of them."""


def pair(ours: Sequence[float], theirs: Sequence[float]) -> Pairings:
    """How often ours is better."""
    both = list(product(ours, theirs))
    return Pairings(better=sum(a > b for a, b in both), equal=sum(a == b for a, b in both), total=len(both))
