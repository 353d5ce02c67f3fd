"""What stands beside a verdict agrees with counts by hand."""

import numpy as np
import pytest

from nas.evaluation.details import details, seed_correlation
from nas.evaluation.predictions import Confirmed, Predictions


def network(correct: list[list[int]], *, validation: list[float] | None = None) -> Confirmed:
    """A network whose answers are right (1) or wrong (0); the truth is class 1 throughout."""
    accuracies = np.array(validation or [0.9] * len(correct))
    return Confirmed(predicted=np.array(correct, np.uint16), scores=accuracies, val_accuracies=accuracies)


def said(ours: Confirmed, theirs: Confirmed) -> Predictions:
    images = ours.predicted.shape[1]
    return Predictions(truth=np.ones(images, np.uint16), seeds=(1, 2, 3), networks={"ours": ours, "theirs": theirs})


def right(*counts: int, images: int = 10) -> list[list[int]]:
    return [[1] * count + [0] * (images - count) for count in counts]


@pytest.mark.parametrize(
    ("ours", "theirs", "p"),
    [
        pytest.param((8, 9, 10), (5, 6, 7), 2 / 20, id="the most extreme of twenty deals, and its mirror image"),
        pytest.param((8, 9, 7), (5, 6, 10), 14 / 20, id="three more on the one side, of ten"),
        pytest.param((5, 6, 7), (5, 6, 7), 1.0, id="equal"),
        pytest.param((10, 10), (5, 6), 2 / 6, id="two seeds"),
    ],
)
def test_the_permutation_test_counts_deals(ours: tuple[int, ...], theirs: tuple[int, ...], p: float) -> None:
    found = details(said(network(right(*ours)), network(right(*theirs))), "ours", "theirs")
    assert found.permutation_p == pytest.approx(p)


@pytest.mark.parametrize(
    ("ours", "theirs", "probability"),
    [
        pytest.param((8, 9, 10), (5, 6, 7), 1.0, id="always"),
        pytest.param((5, 6, 7), (8, 9, 10), 0.0, id="never"),
        pytest.param((5, 9, 9), (5, 7, 10), 4.5 / 9, id="a tie counts half"),
    ],
)
def test_superiority_is_the_share_of_pairs_won(ours: tuple[int, ...], theirs: tuple[int, ...], probability: float) -> None:
    found = details(said(network(right(*ours)), network(right(*theirs))), "ours", "theirs")
    assert found.superiority == pytest.approx(probability)


def test_mcnemar_compares_the_released_networks_and_counts_where_they_differ() -> None:
    nothing, validation = [0] * 8, [0.7, 0.8, 0.9]  # the second seed is released
    ours = network([nothing, [1, 1, 1, 1, 1, 0, 1, 0], nothing], validation=validation)
    theirs = network([nothing, [0, 0, 0, 0, 0, 1, 1, 0], nothing], validation=validation)
    found = details(said(ours, theirs), "ours", "theirs")
    assert (found.only_network_correct, found.only_comparator_correct) == (5, 1)
    assert found.mcnemar_p == pytest.approx(2 * (1 + 6) / 64)
    assert found.comparator == "theirs"


def test_released_networks_that_never_differ_are_no_evidence() -> None:
    same = network(right(9, 9, 9))
    assert details(said(same, same), "ours", "theirs").mcnemar_p == 1.0


def test_with_many_seeds_the_permutations_are_drawn_the_same_each_time() -> None:
    generator = np.random.default_rng(0)
    ours, theirs = (network(right(*generator.integers(90, 100, 16), images=100)) for _ in range(2))
    first, second = (details(said(ours, theirs), "ours", "theirs") for _ in range(2))
    assert first == second
    assert 0 < first.permutation_p <= 1


@pytest.mark.parametrize(
    ("validation", "correlation"),
    [
        pytest.param([0.7, 0.8, 0.9], 1.0, id="hand in hand"),
        pytest.param([0.9, 0.8, 0.7], -1.0, id="the other way round"),
        pytest.param([0.8, 0.8, 0.8], None, id="no spread"),
    ],
)
def test_the_correlation_is_that_of_validation_with_test_over_seeds(validation: list[float], correlation: float | None) -> None:
    ours = network(right(7, 8, 9), validation=validation)
    assert seed_correlation(said(ours, ours), "ours") == (correlation and pytest.approx(correlation))


def test_two_seeds_have_no_correlation() -> None:
    ours = network(right(7, 8), validation=[0.7, 0.8])
    assert seed_correlation(said(ours, ours), "ours") is None
