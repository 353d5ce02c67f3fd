"""Intervals are Welch's over seeds and paired over images, hold together, and allow exactly one word."""

from collections.abc import Sequence
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from nas.evaluation.comparison import Comparison, Correct, compare_networks, seeds_needed, variance_parts, word_for
from nas.evaluation.statistics import difference_interval


def answers(*, seeds: int, images: int, wrong: Sequence[tuple[int, int]]) -> Correct:
    """All right but for these (seed, image) pairs."""
    correct = np.ones((seeds, images), dtype=np.bool_)
    for seed, image in wrong:
        correct[seed, image] = False
    return correct


def apart(*wrong: int) -> Correct:
    """Seeds with so many wrong images each, no image twice, and none without: so images play no part."""
    owners = [seed for seed, count in enumerate(wrong) for _ in range(count)]
    return answers(seeds=len(wrong), images=len(owners), wrong=[(seed, image) for image, seed in enumerate(owners)])


def noisy(seed: int, *, seeds: int = 8, images: int = 400, accuracy: float = 0.9) -> Correct:
    generator = np.random.default_rng(seed)
    hardness = np.random.default_rng(0).random(images)  # images are as hard for one network as for another
    return np.asarray(generator.random((seeds, images)) < accuracy - 0.5 * (hardness > 0.8))


def only(comparisons: tuple[Comparison, ...]) -> Comparison:
    (comparison,) = comparisons
    return comparison


@pytest.mark.parametrize("level", [0.95, 0.98])
@pytest.mark.parametrize(
    ("network", "other"),
    [
        pytest.param(apart(1, 2, 3, 6), apart(2, 2, 4, 4), id="as many seeds"),
        pytest.param(apart(1, 2, 3, 6), apart(3, 9), id="fewer seeds of the comparator"),
    ],
)
def test_where_images_play_no_part_the_interval_is_welchs(network: Correct, other: Correct, level: float) -> None:
    found = only(compare_networks(network, {"other": other}, level=level, margin=0.15))
    welch = difference_interval(network.mean(axis=1).tolist(), other.mean(axis=1).tolist(), level=level).scaled(100)
    assert (found.low, found.high) == pytest.approx((welch.low, welch.high))
    assert found.image_error == 0.0


def test_where_seeds_play_no_part_the_error_is_that_of_a_paired_difference() -> None:
    network = answers(seeds=3, images=100, wrong=[(seed, 0) for seed in range(3)])
    other = answers(seeds=2, images=100, wrong=[(seed, image) for seed in range(2) for image in (0, 1, 2, 3, 4)])
    found = only(compare_networks(network, {"other": other}, level=0.95, margin=0.15))
    error = sqrt(0.04 * 0.96 / 99)  # four of a hundred images differ
    assert found.points == pytest.approx(4.0)
    assert found.seed_error == 0.0
    assert found.image_error == pytest.approx(100 * error)
    assert (found.low, found.high) == pytest.approx((4 - 196 * error, 4 + 196 * error), rel=1e-3)


def test_what_images_have_in_common_for_both_networks_cancels() -> None:
    both = [(seed, image) for seed in range(2) for image in range(30)]
    hard, easy = (answers(seeds=2, images=100, wrong=[*shared, (0, 50), (1, 51)]) for shared in (both, []))
    assert variance_parts(hard, [hard]).images == (0.0,)
    assert variance_parts(hard, [easy]).images[0] > 0.001


def test_variances_and_freedom_are_those_counted_by_hand() -> None:
    network = answers(seeds=2, images=4, wrong=[(0, 0), (0, 1), (1, 0)])  # accuracies 1/2 and 3/4
    other = answers(seeds=2, images=4, wrong=[(1, 3)])  # accuracies 1 and 3/4
    parts = variance_parts(network, [other])
    # Differences of image means: -1, -1/2, 0, 1/2: their variance is 5/12. Chance: 1/16 for either network, over two seeds.
    assert parts.network == parts.others[0] == pytest.approx(1 / 64)
    assert parts.images[0] == pytest.approx((5 / 12 - 1 / 16 - 1 / 16) / 4)
    assert parts.freedoms[0] == pytest.approx((2 / 64 + parts.images[0]) ** 2 / (2 / 64**2))


def test_comparators_correlate_by_the_network_that_they_share() -> None:
    network, others = apart(1, 2, 3, 6), (apart(2, 2, 4, 4), apart(1, 1, 5, 5))
    own, *of_others = (correct.mean(axis=1).var(ddof=1) / 4 for correct in (network, *others))
    parts = variance_parts(network, others)
    # What is left of the images is negative, and is not taken off the variances; off the covariance it is.
    chance = float((network.mean(axis=0) * (1 - network.mean(axis=0))).mean()) / 3 / 12
    expected = (own - chance) / sqrt((own + of_others[0]) * (own + of_others[1]))
    assert parts.correlations[0, 1] == pytest.approx(max(expected, 0.0), abs=1e-6)


def test_a_second_comparator_widens_the_interval() -> None:
    network, other, third = noisy(1), noisy(2), noisy(3)
    single = only(compare_networks(network, {"a": other}, level=0.95, margin=0.15))
    first, _ = compare_networks(network, {"a": other, "b": third}, level=0.95, margin=0.15)
    assert 1.05 < (first.high - first.low) / (single.high - single.low) < 1.25
    assert first.points == single.points


@given(seed=st.integers(0, 1000), seeds=st.integers(2, 9))
def test_turning_a_comparison_round_turns_its_interval_round(seed: int, seeds: int) -> None:
    one, other = noisy(seed, seeds=seeds), noisy(seed + 1)
    there, back = (only(compare_networks(a, {"b": b}, level=0.95, margin=0.15)) for a, b in ((one, other), (other, one)))
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert {there.word, back.word} in ({"beats", "loses"}, {"ties"}, {"undecided"})


def test_the_order_of_images_does_not_matter_but_that_it_is_the_same_does() -> None:
    one, other = noisy(1, accuracy=0.95), noisy(2, accuracy=0.95)
    order = np.random.default_rng(1).permutation(one.shape[1])
    usual = only(compare_networks(one, {"b": other}, level=0.95, margin=0.15))
    assert only(compare_networks(one[:, order], {"b": other[:, order]}, level=0.95, margin=0.15)) == pytest.approx(usual)
    assert only(compare_networks(one, {"b": other[:, order]}, level=0.95, margin=0.15)).image_error > 2 * usual.image_error


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        pytest.param(0.01, 0.5, "beats", id="above zero"),
        pytest.param(0.01, 0.1, "beats", id="above zero and within the margin"),
        pytest.param(-0.5, -0.01, "loses", id="below zero"),
        pytest.param(-0.15, 0.15, "ties", id="just the margin"),
        pytest.param(0.0, 0.1, "ties", id="zero is not above zero"),
        pytest.param(-0.1, 0.16, "undecided", id="beyond the margin above"),
        pytest.param(-0.16, 0.1, "undecided", id="beyond the margin below"),
    ],
)
def test_an_interval_allows_one_word(low: float, high: float, word: str) -> None:
    assert word_for(low, high, margin=0.15) == word


@pytest.mark.parametrize(("margin", "less"), [(10.0, True), (5.0, False)])
def test_beating_by_less_than_matters_takes_the_whole_interval(margin: float, less: bool) -> None:
    network = answers(seeds=2, images=100, wrong=[])
    other = answers(seeds=2, images=100, wrong=[(seed, image) for seed in range(2) for image in range(5)])  # 0.7 to 9.3
    ahead = only(compare_networks(network, {"b": other}, level=0.95, margin=margin))
    behind = only(compare_networks(other, {"b": network}, level=0.95, margin=margin))
    assert (ahead.word, ahead.by_less_than_matters) == ("beats", less)
    assert (behind.word, behind.by_less_than_matters) == ("loses", less)


@given(
    difference=st.floats(-0.004, 0.004),
    variance=st.floats(1e-8, 1e-5),
    images=st.floats(0, 1e-6),
    quantile=st.floats(1.96, 3.0),
)
def test_the_seeds_needed_decide_and_fewer_do_not(difference: float, variance: float, images: float, quantile: float) -> None:
    def decided(seeds: float) -> bool:
        reach = quantile * sqrt(2 * variance / seeds + images)
        return word_for(difference - reach, difference + reach, margin=0.0015) != "undecided"

    needed = seeds_needed(difference, seeds=(variance, variance), images=images, margin=0.0015, quantile=quantile)
    if needed is None:
        assert not decided(999)
    else:
        assert decided(needed + 1e-6)
        assert needed == 1 or not decided(needed - 1 - 1e-6)


def test_more_seeds_do_not_help_where_the_images_are_too_few() -> None:
    assert seeds_needed(0.001, seeds=(1e-6, 1e-6), images=1e-6, margin=0.0015, quantile=2.0) is None
    assert seeds_needed(0.001, seeds=(1e-6, 1e-6), images=0.0, margin=0.0015, quantile=2.0) in (8, 9)


def test_an_undecided_comparison_says_how_many_seeds_it_needs_and_no_other_does() -> None:
    near, far = noisy(2), noisy(3, accuracy=0.6)
    undecided, beaten = compare_networks(noisy(1), {"near": near, "far": far}, level=0.95, margin=1.5)
    assert undecided.word == "undecided"
    assert undecided.seeds_needed is None or undecided.seeds_needed > 8
    assert (beaten.word, beaten.seeds_needed) == ("beats", None)


def test_networks_that_never_differ_tie() -> None:
    same = answers(seeds=2, images=10, wrong=[(0, 0), (1, 0)])
    found = only(compare_networks(same, {"twin": same.copy()}, level=0.95, margin=0.15))
    assert (found.points, found.low, found.high, found.word) == (0.0, 0.0, 0.0, "ties")
    assert variance_parts(same, [same]).freedoms == (inf,)


def test_the_quantile_of_two_independent_comparators_is_sidaks() -> None:
    network = answers(seeds=2, images=200, wrong=[])
    first, second = (
        answers(seeds=2, images=200, wrong=[(seed, image) for seed in range(2) for image in range(begin, begin + 4)])
        for begin in (0, 4)
    )
    found, _ = compare_networks(network, {"a": first, "b": second}, level=0.95, margin=0.15)
    assert (found.high - found.points) / found.image_error == pytest.approx(norm.ppf((1 + sqrt(0.95)) / 2), abs=2e-3)


@pytest.mark.parametrize(
    ("network", "others", "message"),
    [
        pytest.param(noisy(1), {}, "needs a comparator, and two seeds", id="nobody to compare with"),
        pytest.param(noisy(1)[:1], {"b": noisy(2)}, "needs a comparator, and two seeds", id="one seed"),
        pytest.param(noisy(1), {"b": noisy(2)[0]}, "needs a comparator, and two seeds", id="no seeds' axis"),
        pytest.param(noisy(1), {"b": noisy(2, images=399)}, "different images", id="other images"),
    ],
)
def test_what_cannot_be_compared_is_refused(network: Correct, others: dict[str, Correct], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare_networks(network, others, level=0.95, margin=0.15)
