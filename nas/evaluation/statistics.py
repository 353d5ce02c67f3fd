"""What a few seeds can tell: intervals over them, all by Student's t."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, linear_regression, stdev, variance

from scipy.special import stdtrit  # Student's t quantile; scipy.stats has it too but takes a second to import


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """All numbers from low to high, both included.

    Raises:
        ValueError: If low is above high, or either is NaN.
    """

    low: float
    """The smallest number inside."""
    high: float
    """The largest number inside."""

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"An interval runs from low to high, not from {self.low} to {self.high}.")

    def contains(self, value: float) -> bool:
        """Whether a number lies inside.

        >>> Interval(low=0.2, high=0.5).contains(0.5)
        True
        """
        return self.low <= value <= self.high

    def scaled(self, factor: float) -> "Interval":
        """The same interval in a smaller unit, such as percentage points for shares; the factor is positive."""
        return Interval(low=self.low * factor, high=self.high * factor)

    def widened(self, margin: float) -> "Interval":
        """The interval with a margin added on either side."""
        return Interval(low=self.low - margin, high=self.high + margin)


def prediction_interval(values: Sequence[float], *, level: float) -> Interval:
    """Where one more value of the same kind falls with this probability: mean ± t·sd·√(1 + 1/n).

    Equal values give an interval of width zero.

    Args:
        values: What was seen, one for each seed.
        level: Probability between 0 and 1, such as 0.95.

    Raises:
        ValueError: If there are fewer than two values, or the level is not between 0 and 1.
    """
    _require_two(values)
    n = len(values)
    return _around(fmean(values), reach=_quantile(level, freedom=n - 1) * stdev(values) * sqrt(1 + 1 / n))


def mean_interval(values: Sequence[float], *, level: float) -> Interval:
    """Where the mean over all seeds lies with this confidence: mean ± t·sd/√n.

    Args:
        values: What was seen, one for each seed.
        level: Confidence between 0 and 1, such as 0.95.

    Raises:
        ValueError: If there are fewer than two values, or the level is not between 0 and 1.
    """
    _require_two(values)
    n = len(values)
    return _around(fmean(values), reach=_quantile(level, freedom=n - 1) * stdev(values) / sqrt(n))


def difference_interval(a: Sequence[float], b: Sequence[float], *, level: float) -> Interval:
    """Where the mean of a minus the mean of b lies with this confidence, by Welch's unpaired t.

    Source: B. L. Welch, The generalization of "Student's" problem, Biometrika 34 (1947).

    Args:
        a: What was seen of the first, one for each seed.
        b: What was seen of the second; their variances and numbers may differ.
        level: Confidence between 0 and 1, such as 0.95.

    Raises:
        ValueError: If either has fewer than two values, or the level is not between 0 and 1.
    """
    _require_two(a)
    _require_two(b)
    difference = fmean(a) - fmean(b)
    from_a, from_b = variance(a) / len(a), variance(b) / len(b)
    squared_error = from_a + from_b
    if squared_error == 0:
        return Interval(low=difference, high=difference)
    share = from_a / squared_error
    freedom = 1 / (share**2 / (len(a) - 1) + (1 - share) ** 2 / (len(b) - 1))
    return _around(difference, reach=_quantile(level, freedom=freedom) * sqrt(squared_error))


def slope(values: Sequence[float]) -> float:
    """Change from one epoch to the next, by the least-squares line through values of consecutive epochs.

    Raises:
        ValueError: If there are fewer than two values.

    >>> slope([0.5, 0.25, 0.0])
    -0.25
    """
    _require_two(values)
    return linear_regression(range(len(values)), values).slope


def _around(centre: float, *, reach: float) -> Interval:
    return Interval(low=centre - reach, high=centre + reach)


def _quantile(level: float, *, freedom: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"The level {level} is not between 0 and 1; 0.95 means 95 %.")
    return float(stdtrit(freedom, (1 + level) / 2))


def _require_two(values: Sequence[float]) -> None:
    if len(values) < 2:
        raise ValueError(f"{len(values)} values say nothing about their spread; at least 2 are needed.")
