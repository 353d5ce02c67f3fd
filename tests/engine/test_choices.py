"""Choices outside of a study: uniform, as given, or a small step away."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.engine.choices import Drawing


def drawing(seed: int = 0, **choices: int | float | str) -> Drawing:
    return Drawing(np.random.default_rng(seed), given=choices)


def moving(seed: int = 0, **choices: int | float | str) -> Drawing:
    return Drawing(np.random.default_rng(seed), given=choices, moved=frozenset(choices))


@given(seed=st.integers(0, 10_000), low=st.integers(-5, 5), width=st.integers(0, 40), step=st.integers(1, 4))
def test_integers_lie_on_the_grid_of_their_range(seed: int, low: int, width: int, step: int) -> None:
    high = low + width * step
    for value in (
        drawing(seed).suggest_int("n", low, high, step=step),
        moving(seed, n=low).suggest_int("n", low, high, step=step),
    ):
        assert low <= value <= high
        assert (value - low) % step == 0


def test_what_is_given_is_chosen_and_the_rest_is_drawn_and_remembered() -> None:
    one = drawing(filters=8, pool="max", rate=0.25)
    assert one.suggest_int("filters", 1, 32) == 8
    assert one.suggest_categorical("pool", ("max", "average")) == "max"
    assert one.suggest_float("rate", 0.0, 1.0) == 0.25
    units = one.suggest_int("units", 1, 64)
    assert one.chosen == {"filters": 8, "pool": "max", "rate": 0.25, "units": units}


def test_a_given_value_outside_its_range_is_brought_inside() -> None:
    assert drawing(filters=50).suggest_int("filters", 1, 32) == 32
    assert drawing(pool="none").suggest_categorical("pool", ("max",)) == "max"


@given(seed=st.integers(0, 10_000), value=st.integers(1, 32))
def test_a_moved_integer_is_another_one(seed: int, value: int) -> None:
    assert moving(seed, filters=value).suggest_int("filters", 1, 32) != value


def test_moved_integers_stay_near() -> None:
    steps = [abs(moving(seed, filters=16).suggest_int("filters", 1, 32) - 16) for seed in range(500)]
    assert np.mean(steps) < 6  # drawn anew they would be 8 away
    assert max(steps) > 8


def test_a_moved_category_is_another_one() -> None:
    counts = Counter(moving(seed, pool="b").suggest_categorical("pool", ("a", "b", "c")) for seed in range(100))
    assert set(counts) == {"a", "c"}
    assert min(counts.values()) > 30


def test_a_range_of_one_value_can_be_moved_nowhere() -> None:
    assert moving(filters=4).suggest_int("filters", 4, 4) == 4
    assert moving(pool="max").suggest_categorical("pool", ("max",)) == "max"


@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
def test_floats_stay_in_their_range_and_on_a_log_scale_are_even_by_decades(log: bool) -> None:
    values = [drawing(seed).suggest_float("rate", 0.001, 1.0, log=log) for seed in range(600)]
    assert all(0.001 <= value <= 1.0 for value in values)
    below = sum(value < 0.0316 for value in values)
    assert (250 < below < 350) is log


def test_all_integers_are_drawn_about_equally_often() -> None:
    one = drawing()
    counts = Counter(one.suggest_int("n", 1, 4) for _ in range(4_000))
    assert set(counts) == {1, 2, 3, 4}
    assert min(counts.values()) > 850
