"""Numbers as a report writes them."""

from collections.abc import Sequence
from statistics import fmean

NONE = "–"


def percent(share: float | None) -> str:
    """A share between 0 and 1 in per cent, without the sign, which stands above the column.

    >>> percent(0.98765), percent(None)
    ('98.77', '–')
    """
    return NONE if share is None else f"{100 * share:.2f}"


def mean(values: Sequence[float]) -> float | None:
    """The mean, or None of nothing."""
    return fmean(values) if values else None


def probability(value: float) -> str:
    """A probability with three digits, or how small it is.

    >>> probability(0.0312), probability(0.00002)
    ('0.031', 'under 0.001')
    """
    return "under 0.001" if value < 0.001 else f"{value:.3f}"


def correlation(value: float | None) -> str:
    """A correlation coefficient with two digits and a real minus sign.

    >>> correlation(-0.834), correlation(0.5), correlation(None)
    ('−0.83', '0.50', '–')
    """
    return NONE if value is None else f"{value:.2f}".replace("-", "−")


def times(count: int) -> str:
    """How often.

    >>> times(1), times(3)
    ('once', '3 times')
    """
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def counted(count: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "seed"), counted(1200, "seed")
    ('1 seed', '1,200 seeds')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def level(probability: float) -> str:
    """A level in per cent, with a digit only where it is needed.

    >>> level(0.95), level(0.978)
    ('95 %', '97.8 %')
    """
    return f"{100 * probability:.1f}".removesuffix(".0") + " %"
