"""What a few seeds can tell: intervals over them, by Student's t, also for several comparisons at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, sqrt
from statistics import fmean, linear_regression, stdev, variance

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, fdtr, ndtr, ndtri, stdtrit  # scipy.stats has them too but takes a second to import


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


def share_interval(count: int, of: int, *, level: float) -> Interval:
    """Where the true share lies, given `count` hits among `of` independent tries; it holds at least as often as its level.

    Source: C. Clopper and E. Pearson, The use of confidence or fiducial limits, Biometrika 26 (1934).

    Raises:
        ValueError: If there was no try, or the count is not among them.

    >>> share_interval(0, 10, level=0.95).high.__round__(4)
    0.3085
    """
    if not 0 <= count <= of or of < 1:
        raise ValueError(f"A share is of one try at least, not {count} of {of}.")
    tail = (1 - level) / 2
    low = float(betaincinv(count, of - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1 - tail)) if count < of else 1.0
    return Interval(low=low, high=high)


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


def simultaneous_quantile(correlations: NDArray[np.float64], *, freedom: float, level: float) -> float:
    """The c for which all of several t-distributed statistics lie within ±c with this probability.

    For one statistic that is Student's quantile; a freedom of infinity means the normal distribution. Right to 0.001 for up to
    eight statistics. In each direction, how far statistics of that direction come is distributed as the root of an F, so
    the probability is a mean of F's distribution over directions.

    Source: P. N. Somerville, Journal of Computational and Graphical Statistics 7 (1998).

    Args:
        correlations: Of the statistics, as (statistics, statistics).
        freedom: Their common degrees of freedom.
        level: Probability between 0 and 1.

    Raises:
        ValueError: If the level is not between 0 and 1.

    >>> round(simultaneous_quantile(np.array([[1.0, 0.5], [0.5, 1.0]]), freedom=20, level=0.95), 2)  # Dunnett's table has 2.38
    2.38
    """
    freedom = min(freedom, 1e6)
    alone = _quantile(level, freedom=freedom)
    count = len(correlations)
    if count == 1:
        return alone
    from scipy.optimize import brentq

    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    largest = np.abs(_directions(count) @ root.T).max(axis=1)

    def excess(c: float) -> float:
        return float(fdtr(count, freedom, (c / largest) ** 2 / count).mean()) - level

    union = _quantile(1 - (1 - level) / count, freedom=freedom)  # Bonferroni's, which is never too small
    return float(brentq(excess, alone - 0.02, union + 0.05, xtol=1e-4))


def pocock_level(seeds: Sequence[int], *, level: float) -> float:
    """The level of each look, alike for all, if somebody looks after so many seeds and may stop at each look.

    Source: S. J. Pocock, Group sequential methods in the design and analysis of clinical trials, Biometrika 64 (1977).
    Between two looks the statistics correlate by the root of the ratio of their seeds; what they share beyond that, the
    images, makes the true level higher than this one.

    Args:
        seeds: Seeds a network at each look, rising.
        level: Confidence over all looks together.

    >>> pocock_level((8,), level=0.95)
    0.95
    >>> round(1 - pocock_level((10, 20, 30), level=0.95), 3)  # Pocock's table has 0.0221
    0.022
    """
    if len(seeds) == 1:
        return level
    counts = np.asarray(seeds, dtype=float)
    ratio = np.sqrt(np.minimum.outer(counts, counts) / np.maximum.outer(counts, counts))
    critical = simultaneous_quantile(ratio, freedom=inf, level=level)
    return float(2 * ndtr(critical) - 1)


@cache
def _directions(count: int) -> NDArray[np.float64]:
    """Evenly spread directions in so many dimensions, as (directions, dimensions), by the multiples of irrational numbers.

    Source: M. Roberts, The unreasonable effectiveness of quasirandom sequences (2018): the numbers are powers of the root
    of x^(count + 1) = x + 1.
    """
    ratio = 2.0
    for _ in range(60):
        ratio = (1 + ratio) ** (1 / (count + 1))
    many = np.arange(1, min(2_048 * 8 ** (count - 2), 65_536) + 1)
    normal = ndtri((0.5 + np.outer(many, ratio ** -np.arange(1.0, count + 1))) % 1)
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True))


def _around(centre: float, *, reach: float) -> Interval:
    return Interval(low=centre - reach, high=centre + reach)


def _quantile(level: float, *, freedom: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"The level {level} is not between 0 and 1; 0.95 means 95 %.")
    return float(stdtrit(freedom, (1 + level) / 2))


def _require_two(values: Sequence[float]) -> None:
    if len(values) < 2:
        raise ValueError(f"{len(values)} values say nothing about their spread; at least 2 are needed.")
