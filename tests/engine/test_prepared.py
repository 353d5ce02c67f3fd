"""Which hand-designed networks a search begins with: those that its space contains, its own among them."""

from nas.architecture import Budget, Task
from nas.baselines import NAMES, baselines
from nas.engine.left_out import unfit
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


def test_those_that_the_images_are_too_small_for_are_left_out_with_their_size() -> None:
    small = Task(input_shape=(8, 8, 1), classes=10)
    assert list(baselines(small)) == ["basic", "model-1"]
    assert unfit(baselines(small), small) == dict.fromkeys(NAMES[2:], "does not fit images of 8 × 8 × 1")
    budget = small.model_copy(update={"budget": Budget(parameters=50, macs=10)})
    assert unfit(baselines(small), budget)["model-1"] == "has 298 parameters and has 3,280 MACs, over the budget"


def test_another_space_knows_nothing_of_them() -> None:
    prepared = prepare(SMALL)
    assert {*prepared.baselines, *prepared.left_out} == set(NAMES)


def test_no_baselines_leaves_those_of_the_space_out_as_well() -> None:
    prepared = prepare(SMALL.model_copy(update={"space": "compact", "baselines": False}))
    assert (prepared.baselines, prepared.left_out) == ({}, {})
