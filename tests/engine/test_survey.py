"""What random draws show of a space agrees with what can be counted by hand."""

import pytest
from fake_search import TASK

from nas.architecture import Architecture, Budget, Dense, Flatten, Layer, Suggest, Task, measure
from nas.baselines import NAMES
from nas.engine.spaces import Space, designed_by_hand, find_space
from nas.engine.survey import sample, survey
from nas.errors import SpaceError


def tree(trial: Suggest, task: Task) -> Architecture:
    """Ways to choose: one without a hidden layer, and with one 5 widths in two kinds, one of which has a range of its own."""
    layers: list[Layer] = [Flatten()]
    if trial.suggest_categorical("hidden", (False, True)):
        layers.append(Dense(units=trial.suggest_int("units", 2, 10, step=2)))
        if trial.suggest_categorical("more", (False, True)):
            layers.append(Dense(units=round(trial.suggest_float("share", 1.0, 9.0))))
    return Architecture(input_shape=task.input_shape, layers=(*layers, Dense(units=task.classes)))


MINE = Space(name="mine", draw=tree, smallest=None, locate=None, sha256="")


def test_the_ways_to_choose_are_counted_through_choices_that_depend_on_each_other() -> None:
    found = survey(MINE, TASK, draws=2_000, seed=0)
    assert found.combinations == pytest.approx(1 + 5 * 2, rel=0.1)
    assert found.continuous == 1


def test_a_survey_counts_what_fits_and_names_the_ends_of_what_was_drawn() -> None:
    found = survey(MINE, TASK.model_copy(update={"budget": Budget(parameters=4_000)}), draws=200, seed=1)
    assert 0 < found.fitting < found.draws == 200
    assert not found.smallest_known
    sizes = [measure(network).parameters for network in (found.smallest, found.largest)]
    assert sizes[0] < 4_000 < sizes[1]
    assert found.distinct < found.draws
    assert found.baselines == {}


def test_the_same_seed_surveys_and_samples_the_same() -> None:
    assert survey(MINE, TASK, draws=20, seed=2) == survey(MINE, TASK, draws=20, seed=2)
    space = find_space("compact")
    assert sample(space, TASK, count=3, seed=2) == sample(space, TASK, count=3, seed=2)
    assert sample(space, TASK, count=3, seed=2) != sample(space, TASK, count=3, seed=3)


def test_a_space_contains_the_notebooks_networks_or_those_that_it_names() -> None:
    plain, compact = (survey(find_space(name), TASK, draws=2, seed=0) for name in ("plain", "compact"))
    assert tuple(plain.baselines) == NAMES
    assert tuple(compact.baselines) == ("valid-squeezed", "same-pooled")
    assert compact.smallest_known


def test_networks_that_a_space_names_stand_behind_the_notebooks_and_not_in_another_space() -> None:
    assert tuple(designed_by_hand(find_space("compact"), TASK)) == (*NAMES, "valid-squeezed", "same-pooled")
    assert tuple(designed_by_hand(find_space("plain"), TASK)) == NAMES


def test_a_name_that_the_notebook_uses_is_refused() -> None:
    twice = Space(
        name="mine",
        draw=tree,
        smallest=None,
        locate=None,
        sha256="",
        baselines=lambda task: {"model-5": Architecture(input_shape=task.input_shape, layers=(Flatten(), Dense(units=10)))},
    )
    with pytest.raises(
        SpaceError, match=r"^The space mine names a network 'model-5' of its own, as another one is called; choose"
    ):
        designed_by_hand(twice, TASK)
