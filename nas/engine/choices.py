"""A space's choices made outside of a study: at random, or near choices that are there already."""

from collections.abc import Mapping, Sequence

import numpy as np

from nas.architecture.suggest import Value

NEAR = 0.15
"""Standard deviation of a small step, as a share of a choice's range."""


class Drawing:
    """What a space may draw from, outside of a study; it remembers what was chosen.

    >>> Drawing(np.random.default_rng(0), given={"filters": 8}).suggest_int("filters", 1, 32)
    8

    Args:
        generator: Where chance comes from.
        given: Choices that hold where the space asks for them; the rest is drawn uniformly.
        moved: Names among the given whose value is changed: a number by a small step, a category to any other.
    """

    def __init__(
        self, generator: np.random.Generator, *, given: Mapping[str, Value] | None = None, moved: frozenset[str] = frozenset()
    ) -> None:
        self._generator, self._given, self._moved = generator, dict(given or {}), moved
        self.chosen: dict[str, Value] = {}

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """An integer from low to high, both included."""
        given = self._given.get(name)
        steps = (high - low) // step
        if isinstance(given, int) and name not in self._moved:
            value = min(max(given, low), high)
        elif isinstance(given, int):
            at = _moved(_share(given, low, high, log=log), self._generator)
            value = _nearest_other(_value(at, low, high, log=log), given, low=low, step=step, steps=steps)
        elif log:
            value = low + step * round((_value(self._generator.random(), low, high, log=True) - low) / step)
        else:
            value = low + step * int(self._generator.integers(steps + 1))
        self.chosen[name] = value
        return value

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        """A number from low to high."""
        given = self._given.get(name)
        if isinstance(given, int | float) and name not in self._moved:
            value = float(given)
        else:
            share = self._generator.random()
            if isinstance(given, int | float):
                share = _moved(_share(given, low, high, log=log), self._generator)
            value = _value(share, low, high, log=log)
            if step:
                value = low + step * round((value - low) / step)
        self.chosen[name] = min(max(value, low), high)
        return min(max(value, low), high)

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        """One of the choices."""
        given = self._given.get(name)
        possible = list(choices) if name not in self._given or given not in choices else [given]
        if name in self._moved and len(choices) > 1:
            possible = [choice for choice in choices if choice != given]
        value = possible[int(self._generator.integers(len(possible)))]
        self.chosen[name] = value
        return value


def _share(value: float, low: float, high: float, *, log: bool) -> float:
    """Where a value lies in its range, from 0 to 1."""
    if high == low:
        return 0.0
    if log:
        return float(np.log(value / low) / np.log(high / low))
    return (value - low) / (high - low)


def _value(share: float, low: float, high: float, *, log: bool) -> float:
    return float(low * (high / low) ** share) if log else low + share * (high - low)


def _moved(share: float, generator: np.random.Generator) -> float:
    return float(np.clip(share + NEAR * generator.standard_normal(), 0.0, 1.0))


def _nearest_other(value: float, given: int, *, low: int, step: int, steps: int) -> int:
    """The value on the grid of steps, or its neighbour if the step was too small to leave the place."""
    at, before = round((value - low) / step), round((given - low) / step)
    if at == before and steps:
        at = before + 1 if value >= given else before - 1
        at = before - 1 if at > steps else before + 1 if at < 0 else at
    return low + step * min(max(at, 0), steps)
