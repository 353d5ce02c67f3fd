"""How a cost stands to a budget."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nas.architecture import Architecture, Budget, Cost, Dense, Flatten, fits, measure, require_fit, violations
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


@pytest.mark.parametrize("limit", [0, -1, 1.5, "many"], ids=str)
def test_a_limit_is_a_whole_number_from_one(limit: object) -> None:
    with pytest.raises(ValidationError, match="parameters\n  Input should be "):
        Budget.model_validate({"parameters": limit})
