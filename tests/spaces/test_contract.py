"""Every space that is installed keeps the contract; a space that does not is told what it breaks."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from nas.architecture import Architecture, Dense, Flatten, Suggest, Task
from nas.engine.spaces import Space, space_names
from nas.errors import SpaceError
from nas.testing import TASKS, check_space

ONE = TASKS[:1]
Draw = Callable[[Suggest, Task], Architecture]


@pytest.mark.parametrize("name", space_names())
def test_an_installed_space_keeps_its_promises(name: str) -> None:
    check_space(name, samples=4, built=0)


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.parametrize("name", space_names())
def test_an_installed_space_is_measured_as_keras_builds_it(name: str) -> None:
    check_space(name, samples=30, built=4, seed=1)


def space_of(draw: Draw, **more: object) -> Space:
    parts: dict[str, object] = {"smallest": None, "locate": None, **more}
    return Space(name="mine", draw=draw, sha256=sha256(b"").hexdigest(), **parts)  # type: ignore[arg-type]


def ends(trial: Suggest, task: Task, *, units: int | None = None, hidden: int = 0) -> Architecture:
    middle = (Dense(units=hidden),) if hidden else ()
    return Architecture(input_shape=task.input_shape, layers=(Flatten(), *middle, Dense(units=units or task.classes)))


def hidden(trial: Suggest, task: Task) -> Architecture:
    return ends(trial, task, hidden=trial.suggest_int("units", 1, 9))


def forgets() -> Draw:
    made: list[int] = []

    def draw(trial: Suggest, task: Task) -> Architecture:
        made.append(1)
        return ends(trial, task, hidden=len(made))

    return draw


def ranges_by_image(trial: Suggest, task: Task) -> Architecture:
    return ends(trial, task, hidden=trial.suggest_int("units", 1, task.input_shape[0]))


def other_images(trial: Suggest, task: Task) -> Architecture:
    return Architecture(input_shape=(5, 5, 1), layers=(Flatten(), Dense(units=task.classes)))


def fails(trial: Suggest, task: Task) -> Architecture:
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("space", "message"),
    [
        pytest.param(
            space_of(other_images), r"a network takes \(5, 5, 1\) images, and these are .*; use task\.input_shape\.$", id="images"
        ),
        pytest.param(
            space_of(lambda trial, task: ends(trial, task, units=3)),
            r"a network ends in shape \(3,\), and there are .* classes; end in Dense\(units=task\.classes\)\.$",
            id="classes",
        ),
        pytest.param(space_of(forgets()), r"the same choices gave two different networks; use nothing but", id="memory"),
        pytest.param(
            space_of(ranges_by_image),
            r"32×32×3 .*units is drawn from .*32, 1, False\) here and from .*28, 1, False\) elsewhere; clip",
            id="ranges",
        ),
        pytest.param(space_of(fails), r"it raised ZeroDivisionError: division by zero\.$", id="an error"),
        pytest.param(
            space_of(lambda trial, task: Architecture(input_shape=task.input_shape, layers=(Dense(units=10),))),
            r"A dense layer takes a vector, but shape \(28, 28, 1\) came",
            id="impossible layers",
        ),
        pytest.param(
            space_of(hidden, smallest=lambda task: ends(None, task, hidden=99)),  # type: ignore[arg-type]
            r"parameters, fewer than the 78,715 of `smallest`\.$",
            id="smallest",
        ),
        pytest.param(
            space_of(hidden, locate=lambda architecture, task: None),
            r"`locate` does not find a network that was drawn \(flatten, dense, dense\)\.$",
            id="not located",
        ),
        pytest.param(
            space_of(hidden, locate=lambda architecture, task: {"units": 10 - architecture.layers[1].units}),
            r"`locate` gives choices of another network",
            id="located elsewhere",
        ),
        pytest.param(
            space_of(ends, baselines=lambda task: {"by-hand": ends(None, Task(input_shape=(2, 2, 1), classes=3))}),  # type: ignore[arg-type]
            r"`baselines` names by-hand, which `locate` does not find\.$",
            id="baselines",
        ),
    ],
)
def test_a_broken_promise_is_named_with_the_images_it_was_broken_for(space: Space, message: str) -> None:
    with pytest.raises(SpaceError, match=message) as told:
        check_space(space, tasks=TASKS[:2], samples=3, built=0)
    assert str(told.value).startswith("The space mine breaks its contract for ")
    assert "\n" not in str(told.value)


def test_a_space_that_is_only_a_function_can_keep_the_contract() -> None:
    check_space(space_of(hidden), samples=2, built=0)


@pytest.mark.keras
def test_a_cost_that_keras_does_not_share_breaks_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    import nas.training.build

    built = nas.training.build.build
    larger = ends(None, ONE[0], hidden=5)  # type: ignore[arg-type]
    monkeypatch.setattr(nas.training.build, "build", lambda network: built(larger))
    with pytest.raises(SpaceError, match=r"Keras counts other parameters, 3,?985 instead of 7,?850\.$"):
        check_space(space_of(ends), tasks=ONE, samples=1)
