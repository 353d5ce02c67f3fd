"""Recipes as data."""

from typing import Any

import pytest
from pydantic import ValidationError

from nas.errors import StudyError
from nas.training.plan import NOTEBOOK, TrainingPlan, find_plan


def test_the_notebooks_plan_is_that_of_the_notebook() -> None:
    assert find_plan("notebook") is NOTEBOOK
    assert NOTEBOOK.model_dump() == {
        "name": "notebook",
        "optimizer": "adam",
        "learning_rate": 0.001,
        "batch_size": 128,
        "epochs": 15,
        "loss": "categorical_crossentropy",
        "precision": "float32",
    }


def test_equal_recipes_have_equal_keys() -> None:
    assert TrainingPlan.model_validate_json(NOTEBOOK.model_dump_json()).key == NOTEBOOK.key
    assert TrainingPlan(name="notebook", learning_rate=1e-3).key == NOTEBOOK.key
    assert len(NOTEBOOK.key) == 64


@pytest.mark.parametrize(
    "change",
    [{"name": "other"}, {"learning_rate": 0.002}, {"batch_size": 127}, {"epochs": 14}, {"precision": "bfloat16"}],
    ids=lambda change: next(iter(change)),
)
def test_everything_a_recipe_says_changes_its_key(change: dict[str, Any]) -> None:
    assert TrainingPlan.model_validate({**NOTEBOOK.model_dump(), **change}).key != NOTEBOOK.key


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0}, "learning_rate\n  Input should be greater than 0"),
        ({"learning_rate": float("nan")}, "learning_rate\n  Input should be "),
        ({"batch_size": 0}, "batch_size\n  Input should be greater than or equal to 1"),
        ({"epochs": 0}, "epochs\n  Input should be greater than or equal to 1"),
        ({"optimizer": "sgd"}, "optimizer\n  Input should be 'adam'"),
        ({"loss": "hinge"}, "loss\n  Input should be 'categorical_crossentropy'"),
        ({"precision": "float16"}, "precision\n  Input should be 'float32' or 'bfloat16'"),
        ({"momentum": 0.9}, "momentum\n  Extra inputs are not permitted"),
    ],
    ids=["no step", "no number", "no images", "no epochs", "optimizer", "loss", "precision", "unknown"],
)
def test_an_impossible_recipe_cannot_be_made(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TrainingPlan.model_validate({**NOTEBOOK.model_dump(), **change})


def test_a_recipe_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        NOTEBOOK.epochs = 3  # type: ignore[misc]


def test_an_unknown_plan_is_refused_with_the_known_ones() -> None:
    with pytest.raises(StudyError, match=r"^There is no training plan 'notebok'; choose notebook\.$"):
        find_plan("notebok")
