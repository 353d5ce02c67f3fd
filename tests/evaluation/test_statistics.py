from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import binomtest, norm, ttest_ind
from scipy.stats import t as student

from nas.evaluation.statistics import (
    Interval,
    difference_interval,
    mean_interval,
    pocock_level,
    prediction_interval,
    share_interval,
    simultaneous_quantile,
    slope,
)

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20)
# Darwin's maize (Fisher, The Design of Experiments, 1935): heights in eighths of an inch, crossed less self-fertilised.
DARWIN = (49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48)


def test_the_interval_of_a_mean_is_fishers_for_darwins_maize() -> None:
    interval = mean_interval(DARWIN, level=0.95)
    assert (interval.low, interval.high) == pytest.approx((0.03, 41.84), abs=0.01)


def test_a_prediction_interval_is_mean_plus_minus_t_sd_root_one_plus_one_over_n() -> None:
    interval = prediction_interval([1.0, 2.0, 3.0, 4.0, 5.0], level=0.95)
    reach = 2.776445 * 1.581139 * 1.095445  # t of a table at 4 degrees of freedom; sd; √(1 + 1/5)
    assert (interval.low, interval.high) == pytest.approx((3 - reach, 3 + reach), abs=1e-4)


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_a_prediction_interval_holds_the_next_value_as_often_as_it_says(level: float) -> None:
    random = np.random.default_rng(7)
    draws = random.normal(loc=0.98, scale=0.001, size=(4000, 9))
    held = np.mean([prediction_interval(row[:8].tolist(), level=level).contains(row[8]) for row in draws])
    assert held == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 4000))


def test_an_interval_of_a_difference_is_welchs() -> None:
    a, b = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9], [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0]
    theirs = ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    ours = difference_interval(a, b, level=0.95)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))


@given(a=VALUES, b=VALUES)
def test_turning_a_difference_round_turns_its_interval_round(a: list[float], b: list[float]) -> None:
    there, back = difference_interval(a, b, level=0.9), difference_interval(b, a, level=0.9)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


@given(values=VALUES)
def test_a_wider_level_is_a_wider_interval_and_a_prediction_is_wider_than_a_mean(values: list[float]) -> None:
    narrow, wide = prediction_interval(values, level=0.95), prediction_interval(values, level=0.99)
    mean = mean_interval(values, level=0.95)
    assert wide.low <= narrow.low <= mean.low <= mean.high <= narrow.high <= wide.high


@pytest.mark.parametrize("n", [2, 3, 8])
def test_equal_values_give_an_interval_without_width(n: int) -> None:
    for interval in (
        prediction_interval([2.3] * n, level=0.99),
        mean_interval([2.3] * n, level=0.99),
        difference_interval([4.6] * n, [2.3] * n, level=0.99),
    ):
        assert interval.low == interval.high == pytest.approx(2.3)


def test_one_sample_without_spread_still_has_a_difference() -> None:
    interval = difference_interval([1.0, 1.0], [0.0, 0.1, 0.2], level=0.95)
    assert interval.low < 0.9 < interval.high


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([1.0, 1.0, 1.0], 0.0, id="level"),
        pytest.param([0.3, 0.2, 0.1], -0.1, id="falling"),
        pytest.param([0.0, 3.0, 0.0], 0.0, id="a bump"),
        pytest.param([0.0, 1.0, 4.0], 2.0, id="least squares, not the last step"),
        pytest.param([5.0, 7.0], 2.0, id="two epochs"),
    ],
)
def test_a_slope_is_the_change_an_epoch(values: list[float], expected: float) -> None:
    assert slope(values) == pytest.approx(expected)


@pytest.mark.parametrize("values", [[], [0.5]], ids=["none", "one"])
def test_fewer_than_two_values_have_no_spread(values: list[float]) -> None:
    message = f"^{len(values)} values say nothing about their spread; at least 2 are needed.$"
    with pytest.raises(ValueError, match=message):
        prediction_interval(values, level=0.95)
    with pytest.raises(ValueError, match=message):
        mean_interval(values, level=0.95)
    with pytest.raises(ValueError, match=message):
        difference_interval([1.0, 2.0], values, level=0.95)
    with pytest.raises(ValueError, match=message):
        difference_interval(values, [1.0, 2.0], level=0.95)
    with pytest.raises(ValueError, match=message):
        slope(values)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_is_between_zero_and_one(level: float) -> None:
    with pytest.raises(ValueError, match=r"is not between 0 and 1; 0\.95 means 95 %"):
        prediction_interval([1.0, 2.0], level=level)


def test_an_interval_holds_its_ends_and_nothing_beyond() -> None:
    interval = Interval(low=-1.0, high=2.0)
    assert [interval.contains(value) for value in (-1.1, -1.0, 0.0, 2.0, 2.1)] == [False, True, True, True, False]
    assert interval.widened(0.5) == Interval(low=-1.5, high=2.5)
    assert interval.scaled(100) == Interval(low=-100, high=200)


@pytest.mark.parametrize(("low", "high"), [(1.0, 0.0), (float("nan"), 1.0)], ids=["turned round", "NaN"])
def test_an_impossible_interval_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="An interval runs from low to high"):
        Interval(low=low, high=high)


def equal_correlations(count: int, correlation: float) -> NDArray[np.float64]:
    return np.full((count, count), correlation) + (1 - correlation) * np.eye(count)


@pytest.mark.parametrize(
    ("count", "freedom", "published"),
    [
        pytest.param(2, 10, 2.57, id="2 comparisons, 10 degrees of freedom"),
        pytest.param(2, 20, 2.38, id="2 comparisons, 20 degrees of freedom"),
        pytest.param(2, inf, 2.21, id="2 comparisons, normal"),
        pytest.param(3, 20, 2.54, id="3 comparisons, 20 degrees of freedom"),
        pytest.param(5, 10, 2.99, id="5 comparisons, 10 degrees of freedom"),
        pytest.param(5, inf, 2.51, id="5 comparisons, normal"),
    ],
)
def test_several_comparisons_with_one_network_have_dunnetts_quantile(count: int, freedom: float, published: float) -> None:
    """C. W. Dunnett, New tables for multiple comparisons with a control, Biometrics 20 (1964): two-sided, 5 %."""
    found = simultaneous_quantile(equal_correlations(count, 0.5), freedom=freedom, level=0.95)
    assert found == pytest.approx(published, abs=0.006)


@pytest.mark.parametrize("level", [0.95, 0.978])
@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("count", range(2, 7))
def test_a_simultaneous_quantile_is_right_to_a_thousandth(count: int, correlation: float, level: float) -> None:
    """By integration over what equally correlated normal statistics share: given that, they are independent."""
    c = simultaneous_quantile(equal_correlations(count, correlation), freedom=inf, level=level)
    shared, weights = np.polynomial.hermite_e.hermegauss(150)

    def inside(c: float) -> float:
        own = sqrt(1 - correlation)
        alone = ndtr((c - sqrt(correlation) * shared) / own) - ndtr((-c - sqrt(correlation) * shared) / own)
        return float(weights @ alone**count / weights.sum())

    assert inside(c - 0.001) < level < inside(c + 0.001)


@pytest.mark.parametrize("freedom", [3.0, 14.0, inf])
def test_one_comparison_has_students_quantile(freedom: float) -> None:
    expected = norm.ppf(0.975) if freedom == inf else student.ppf(0.975, freedom)
    assert simultaneous_quantile(np.eye(1), freedom=freedom, level=0.95) == pytest.approx(expected, abs=1e-4)


@given(correlation=st.floats(-0.99, 0.99), freedom=st.floats(2, 200), level=st.floats(0.8, 0.99))
def test_a_simultaneous_quantile_lies_between_students_and_bonferronis(correlation: float, freedom: float, level: float) -> None:
    found = simultaneous_quantile(equal_correlations(2, correlation), freedom=freedom, level=level)
    alone, union = student.ppf((1 + level) / 2, freedom), student.ppf(1 - (1 - level) / 4, freedom)
    assert alone - 0.002 < found < union + 0.002
    assert found == pytest.approx(
        simultaneous_quantile(equal_correlations(2, -correlation), freedom=freedom, level=level), abs=2e-3
    )


def test_statistics_that_are_the_same_count_as_one() -> None:
    assert simultaneous_quantile(np.ones((3, 3)), freedom=14, level=0.95) == pytest.approx(student.ppf(0.975, 14), abs=1e-3)


def test_a_simultaneous_level_is_between_zero_and_one() -> None:
    with pytest.raises(ValueError, match=r"is not between 0 and 1; 0\.95 means 95 %"):
        simultaneous_quantile(np.eye(2), freedom=14, level=95)


@pytest.mark.parametrize(
    ("looks", "critical"),
    [
        pytest.param(2, 2.178, id="2 looks"),
        pytest.param(3, 2.289, id="3 looks"),
        pytest.param(4, 2.361, id="4 looks"),
        pytest.param(5, 2.413, id="5 looks"),
    ],
)
def test_equal_looks_have_pococks_constants(looks: int, critical: float) -> None:
    """S. J. Pocock, Biometrika 64 (1977), table 1, for 5 % in all."""
    level = pocock_level([8 * look for look in range(1, looks + 1)], level=0.95)
    assert norm.ppf((1 + level) / 2) == pytest.approx(critical, abs=0.001)


def test_looks_that_double_need_more_caution_than_equal_ones() -> None:
    doubling, equal = pocock_level((8, 16, 32), level=0.95), pocock_level((8, 16, 24), level=0.95)
    assert 0.95 < equal < doubling < 1 - 0.05 / 3


def test_a_single_look_has_the_whole_level() -> None:
    assert pocock_level((8,), level=0.95) == 0.95


@given(st.integers(1, 500), st.data())
def test_a_shares_interval_is_scipys_exact_one(of: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, of))
    expected = binomtest(count, of).proportion_ci(0.9, "exact")
    ours = share_interval(count, of, level=0.9)
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(("count", "of"), [(0, 0), (-1, 3), (4, 3)])
def test_a_share_of_nothing_has_no_interval(count: int, of: int) -> None:
    with pytest.raises(ValueError, match=r"^A share is of one try at least"):
        share_interval(count, of, level=0.95)
