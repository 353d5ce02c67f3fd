"""What a search is after, and which networks no other surpasses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import record

from nas.engine.objective import cost_aim, front_of, pareto_front, place_beside, surpassed_by_none
from nas.engine.records import TrialRecord, tally

SMALL = record(0, "completed", 0.6, units=4, baseline="model-3")
GOOD = record(1, "completed", 0.9, units=9)
BEHIND = record(2, "completed", 0.8, units=12)
STOPPED = record(3, "stopped", 0.99, units=1)


def test_an_objective_names_the_cost_that_is_to_be_small() -> None:
    assert [cost_aim(one) for one in ("accuracy", "accuracy,parameters", "accuracy,macs")] == [None, "parameters", "macs"]


@given(st.lists(st.tuples(st.integers(0, 9).map(float), st.integers(0, 9).map(float)), max_size=25))
def test_what_is_on_the_front_is_surpassed_by_none_and_all_else_by_one(pairs: list[tuple[float, float]]) -> None:
    def surpassed(one: tuple[float, float]) -> bool:
        return any(other != one and other[0] >= one[0] and other[1] <= one[1] for other in pairs)

    assert set(surpassed_by_none(tuple(pairs))) == {place for place, pair in enumerate(pairs) if not surpassed(pair)}


def test_the_front_has_networks_trained_to_the_end_those_of_people_too_the_cheapest_first() -> None:
    assert front_of(tally([GOOD, BEHIND, STOPPED, SMALL]), aim="parameters") == (SMALL, GOOD)


def test_by_another_cost_another_network_is_on_the_front() -> None:
    quick = BEHIND.model_copy(update={"macs": 1})
    assert pareto_front([GOOD, quick], aim="parameters") == (GOOD,)
    assert pareto_front([GOOD, quick], aim="macs") == (quick, GOOD)


@pytest.mark.parametrize(("one", "place"), [(GOOD, "on it"), (BEHIND, "behind trial 1")], ids=["on it", "behind another"])
def test_a_network_is_on_the_front_or_behind_one_of_it(one: TrialRecord, place: str) -> None:
    front = front_of(tally([GOOD, BEHIND, SMALL]), aim="parameters")
    assert place_beside(front, one, aim="parameters") == place
