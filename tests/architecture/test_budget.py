"""How a cost stands to a budget."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nas.architecture import (
    Architecture,
    Budget,
    Cost,
    Dense,
    Flatten,
    Task,
    describe_excess,
    excesses,
    fits,
    measure,
    require_fit,
    violations,
)
from nas.baselines import baselines
from nas.errors import BudgetError


def _costing(parameters: int) -> Cost:
    """The cost of a network of one dense layer with that many biases and no more."""
    return measure(Architecture(input_shape=(1, 1, 1), layers=(Flatten(), Dense(units=parameters, use_bias=False))))


@pytest.mark.parametrize(
    ("parameters", "excess", "fitting"),
    [(7_000, 0.0, True), (6_999, -1 / 7_000, True), (7_001, 1 / 7_000, False), (14_000, 1.0, False), (3_500, -0.5, True)],
    ids=["just", "one under", "one over", "twice", "half"],
)
def test_an_excess_is_a_share_of_the_limit(parameters: int, excess: float, fitting: bool) -> None:
    budget = Budget(parameters=7_000)
    assert violations(_costing(parameters), budget=budget) == {"parameters": pytest.approx(excess)}
    assert fits(_costing(parameters), budget=budget) is fitting


def test_without_a_limit_everything_fits_and_nothing_is_violated() -> None:
    assert Budget().limits == {}
    assert violations(_costing(10**9), budget=Budget()) == {}
    assert fits(_costing(10**9), budget=Budget())
    require_fit(_costing(10**9), budget=Budget())


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_a_network_fits_exactly_if_it_has_no_more_than_the_limit(parameters: int, limit: int) -> None:
    budget = Budget(parameters=limit)
    assert fits(_costing(parameters), budget=budget) is (parameters <= limit)


def test_a_network_over_budget_is_refused_with_the_excess_and_the_way_out() -> None:
    message = "The architecture has 12,345 parameters, 5,345 over the budget of 7,000; use fewer filters or a smaller kernel."
    with pytest.raises(BudgetError, match=f"^{re.escape(message)}$"):
        require_fit(_costing(12_345), budget=Budget(parameters=7_000))
    require_fit(_costing(7_000), budget=Budget(parameters=7_000))


MODEL_2 = measure(baselines(Task(input_shape=(28, 28, 1), classes=10))["model-2"])
ALL = Budget(parameters=6_831, macs=532_566, ram_bytes=MODEL_2.ram_bytes, flash_bytes=MODEL_2.flash_bytes)


def test_every_limit_is_kept_to_by_a_network_of_just_that_cost() -> None:
    assert fits(MODEL_2, budget=ALL)
    assert set(violations(MODEL_2, budget=ALL).values()) == {0.0}
    assert describe_excess(MODEL_2, budget=ALL) == ""


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("parameters", "The architecture has 6,831 parameters, 1 over the budget of 6,830; use fewer"),
        ("macs", "The architecture has 532,566 MACs, 1 over the budget of 532,565; use fewer"),
        ("ram_bytes", "The architecture needs an estimated 11,252 bytes of RAM, 1 over the budget of 11,251; use fewer"),
        ("flash_bytes", "The architecture needs an estimated 11,617 bytes of flash, 1 over the budget of 11,616; use fewer"),
    ],
)
def test_each_limit_is_refused_in_its_own_unit_and_bytes_as_estimated(limit: str, message: str) -> None:
    budget = Budget(**ALL.limits | {limit: ALL.limits[limit] - 1})
    assert not fits(MODEL_2, budget=budget)
    assert [name for name, share in violations(MODEL_2, budget=budget).items() if share > 0] == [limit]
    assert excesses(MODEL_2, budget=budget) == {limit: 1}
    with pytest.raises(BudgetError, match=f"^{re.escape(message)}"):
        require_fit(MODEL_2, budget=budget)


def test_only_the_limits_that_are_exceeded_are_named_in_an_excess() -> None:
    budget = Budget(parameters=7_000, macs=500_000, ram_bytes=11_000)
    assert describe_excess(MODEL_2, budget=budget) == "32,566 MACs over, 252 bytes of RAM over"


def test_a_budget_says_all_its_limits() -> None:
    assert Budget(parameters=7_000).words == "7,000 parameters"
    every = Budget(parameters=7_000, macs=500_000, ram_bytes=8_000, flash_bytes=9_000).words
    assert every == "7,000 parameters, 500,000 MACs, 8,000 bytes of RAM and 9,000 bytes of flash"


@given(st.builds(Budget, ram_bytes=st.none() | st.integers(1), macs=st.none() | st.integers(1)), st.integers(1))
def test_a_tightened_budget_allows_no_more_than_either(budget: Budget, ram_bytes: int) -> None:
    other = Budget(ram_bytes=ram_bytes, parameters=5)
    tightened = budget.tightened(other)
    for one in (budget, other):
        assert all(tightened.limits[name] <= limit for name, limit in one.limits.items())
    assert set(tightened.limits) == set(budget.limits) | set(other.limits)


@pytest.mark.parametrize("limit", [0, -1, 1.5, "many"], ids=str)
def test_a_limit_is_a_whole_number_from_one(limit: object) -> None:
    with pytest.raises(ValidationError, match="parameters\n  Input should be "):
        Budget.model_validate({"parameters": limit})
