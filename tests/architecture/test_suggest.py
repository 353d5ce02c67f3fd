"""Choices made beforehand."""

import re

import pytest

from nas.architecture import Fixed, Suggest
from nas.errors import SpaceError

_CHOICES: Suggest = Fixed({"filters": 9, "rate": 0.25, "pool": "max", "whole": 3, "nothing": None})


def test_a_choice_is_given_by_its_name() -> None:
    assert _CHOICES.suggest_int("filters", 1, 32) == 9
    assert _CHOICES.suggest_int("filters", 9, 9) == 9
    assert _CHOICES.suggest_int("filters", 1, 32, step=4) == 9
    assert _CHOICES.suggest_float("rate", 0.25, 0.5) == 0.25
    assert isinstance(_CHOICES.suggest_float("whole", 0, 5, log=True), float)
    assert _CHOICES.suggest_categorical("pool", ("max", "average")) == "max"
    assert _CHOICES.suggest_categorical("nothing", ("max", None)) is None


@pytest.mark.parametrize(
    ("name", "low", "high", "step", "message"),
    [
        ("filters", 1, 8, 1, "The choice filters = 9 is not an integer from 1 to 8 in steps of 1."),
        ("filters", 10, 32, 1, "The choice filters = 9 is not an integer from 10 to 32 in steps of 1."),
        ("filters", 1, 32, 3, "The choice filters = 9 is not an integer from 1 to 32 in steps of 3."),
        ("rate", 0, 1, 1, "The choice rate = 0.25 is not an integer from 0 to 1 in steps of 1."),
        ("pool", 0, 1, 1, "The choice pool = 'max' is not an integer from 0 to 1 in steps of 1."),
        ("kernel", 1, 7, 1, "The space asks for kernel, which was not chosen."),
    ],
    ids=["too many", "too few", "between two steps", "a fraction", "a word", "not chosen"],
)
def test_a_choice_that_is_no_such_integer_is_refused(name: str, low: int, high: int, step: int, message: str) -> None:
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        _CHOICES.suggest_int(name, low, high, step=step)


@pytest.mark.parametrize(
    ("name", "low", "message"),
    [
        ("rate", 0.5, "The choice rate = 0.25 is not a number from 0.5 to 1.0."),
        ("pool", 0.0, "The choice pool = 'max' is not a number from 0.0 to 1.0."),
        ("momentum", 0.0, "The space asks for momentum, which was not chosen."),
    ],
    ids=["too small", "a word", "not chosen"],
)
def test_a_choice_that_is_no_such_number_is_refused(name: str, low: float, message: str) -> None:
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        _CHOICES.suggest_float(name, low, 1.0)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pool", "The choice pool = 'max' is not one of 'average', 'none'."),
        ("activation", "The space asks for activation, which was not chosen."),
    ],
    ids=["not offered", "not chosen"],
)
def test_a_choice_that_is_not_offered_is_refused(name: str, message: str) -> None:
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        _CHOICES.suggest_categorical(name, ("average", "none"))


def test_choices_are_those_at_the_time_they_were_given() -> None:
    choices: dict[str, bool | int | float | str | None] = {"filters": 9}
    fixed = Fixed(choices)
    choices["filters"] = 10
    assert fixed.suggest_int("filters", 1, 32) == 9
