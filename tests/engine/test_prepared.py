"""Which hand-designed networks a search begins with: those that its space contains, its own among them."""

from nas.baselines import NAMES
from nas.engine.search import prepare
from nas.engine.settings import SearchSettings

SMALL = SearchSettings(data="mnist:2000")


def test_a_search_begins_with_the_networks_that_its_space_names() -> None:
    prepared = prepare(SMALL.model_copy(update={"space": "compact"}))
    assert tuple(prepared.baselines) == ("valid-squeezed", "same-pooled")
    assert prepared.left_out == dict.fromkeys(NAMES, "is not in the space compact")


def test_those_over_the_budget_are_left_out_with_what_they_have() -> None:
    prepared = prepare(SMALL.model_copy(update={"space": "compact", "budget": 6_900}))
    assert tuple(prepared.baselines) == ("valid-squeezed",)
    assert prepared.left_out["same-pooled"] == "has 6,966 parameters, over the budget"


def test_another_space_knows_nothing_of_them() -> None:
    prepared = prepare(SMALL)
    assert {*prepared.baselines, *prepared.left_out} == set(NAMES)


def test_no_baselines_leaves_those_of_the_space_out_as_well() -> None:
    prepared = prepare(SMALL.model_copy(update={"space": "compact", "baselines": False}))
    assert (prepared.baselines, prepared.left_out) == ({}, {})
