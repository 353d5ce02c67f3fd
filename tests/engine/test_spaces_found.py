"""Spaces are found by name, or as module:function from where the person stands."""

import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from fake_search import TASK

from nas.architecture import Architecture, Budget, Fixed, measure
from nas.engine.choices import Drawing
from nas.engine.spaces import find_space, require_room, space_names
from nas.errors import BudgetError, SpaceError

SPACE = """
from nas.architecture import Architecture, Dense, Flatten

def tiny(trial, task):
    units = trial.suggest_int("units", 1, 4)
    return Architecture(input_shape=task.input_shape, layers=(Flatten(), Dense(units=units), Dense(units=task.classes)))

answer = 42
"""
Write = Callable[[str, str], Path]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a module into the folder where the test now stands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(name: str, source: str) -> Path:
        monkeypatch.delitem(sys.modules, name, raising=False)
        path = tmp_path / f"{name}.py"
        path.write_text(source)
        return path

    return write


def test_an_installed_space_is_found_by_its_name() -> None:
    space = find_space("plain")
    assert "plain" in space_names()
    assert space.smallest is not None
    assert space.locate is not None
    assert isinstance(space.smallest(TASK), Architecture)


def test_a_function_is_found_in_the_current_folder(module: Write) -> None:
    path = module("spaces_here", SPACE)
    space = find_space("spaces_here:tiny")
    assert (space.name, space.smallest, space.locate) == ("spaces_here:tiny", None, None)
    assert space.draw(Fixed({"units": 3}), TASK).layers[1].model_dump()["units"] == 3
    assert space.sha256 == sha256(path.read_bytes()).hexdigest()


def test_a_changed_source_is_another_space(module: Write) -> None:
    module("spaces_before", SPACE)
    module("spaces_after", f"{SPACE}# a remark\n")
    assert find_space("spaces_before:tiny").sha256 != find_space("spaces_after:tiny").sha256


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param(
            "plan", r"^There is no search space 'plan'; did you mean 'plain'\? Or give module:function\.$", id="misspelt"
        ),
        pytest.param("", r"^There is no search space ''; there are compact and plain\. Or give module:function\.$", id="empty"),
        pytest.param(
            "no_such:space", r"^The module 'no_such' of the search space cannot be imported \(.*No module named", id="no module"
        ),
        pytest.param("./here:space", r"^The module './here' of the search space cannot be imported", id="a path"),
        pytest.param(":space", r"^The module '' of the search space cannot be imported", id="no module's name"),
        pytest.param(
            "json:space",
            r"^The module json has no function 'space'; a space is a function of \(trial, task\)\.$",
            id="no function",
        ),
    ],
)
def test_a_space_that_cannot_be_found_is_refused_in_one_sentence(module: Write, name: str, message: str) -> None:
    with pytest.raises(SpaceError, match=message) as refused:
        find_space(name)
    assert "\n" not in str(refused.value)


def test_something_that_is_no_function_is_no_space(module: Write) -> None:
    module("spaces_answer", SPACE)
    with pytest.raises(SpaceError, match=r"^The module spaces_answer has no function 'answer'; a space is a function"):
        find_space("spaces_answer:answer")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("import no_such_package", r"\(ModuleNotFoundError: No module named 'no_such_package'\)\.$", id="an import"),
        pytest.param("def space(:", r"\(SyntaxError: .+\)\.$", id="its syntax"),
        pytest.param("import sys\nsys.exit(3)", r"\(SystemExit: 3\)\.$", id="an end"),
        pytest.param("raise ValueError('first\\nsecond')", r"\(ValueError: first\)\.$", id="an error of its own"),
    ],
)
def test_a_module_that_fails_when_imported_says_why_in_one_sentence(module: Write, source: str, message: str) -> None:
    module("spaces_broken", source)
    with pytest.raises(SpaceError, match=message):
        find_space("spaces_broken:space")


def test_a_space_that_gives_something_else_than_an_architecture_is_told_so(module: Write) -> None:
    module("spaces_empty", "def space(trial, task): pass")
    space = find_space("spaces_empty:space")
    with pytest.raises(SpaceError, match=r"^The space spaces_empty:space gave None; a space returns an Architecture\.$"):
        space.draw(Fixed({}), TASK)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("trial.suggest_int('a', 5, 1)", r"The space spaces_wrong:space raised ValueError: .+[^.]\.$"),
        ("{}['boom']", r"The space spaces_wrong:space raised KeyError: 'boom'\.$"),
        (
            "Architecture(input_shape=task.input_shape, layers=(Flatten(), Dense(units=7)))",
            r"In the space spaces_wrong:space a network ends in shape \(7,\), and there are 10 classes; end in Dense",
        ),
        (
            "Architecture(input_shape=(5, 5, 1), layers=(Flatten(), Dense(units=10)))",
            r"In the space spaces_wrong:space a network takes \(5, 5, 1\) images, and these are \(28, 28, 1\); use",
        ),
    ],
    ids=["a range", "an error", "classes", "images"],
)
def test_a_space_with_a_mistake_is_told_in_a_sentence(module: Write, body: str, message: str) -> None:
    imports = "from nas.architecture import Architecture, Dense, Flatten"
    module("spaces_wrong", f"{imports}\n\ndef space(trial, task):\n    return {body}\n")
    space = find_space("spaces_wrong:space")
    with pytest.raises(SpaceError, match=f"^{message}") as refused:
        space.draw(Drawing(np.random.default_rng(0)), TASK)
    assert "\n" not in str(refused.value)


def test_a_budget_below_the_smallest_network_names_it() -> None:
    tight = TASK.model_copy(update={"budget": Budget(parameters=19)})
    message = (
        r"^No network of the space plain fits a budget of 19 parameters: its smallest \(max_pooling2d, flatten, dense\) has 20;"
        r" give --budget 20 or more\.$"
    )
    with pytest.raises(BudgetError, match=message):
        require_room(find_space("plain"), tight)


@pytest.mark.parametrize(
    ("limit", "flag"),
    [("macs", "has 10; give --max-macs 10 or more"), ("ram_bytes", "give --max-ram 2324 or more, or --fits a larger device")],
)
def test_another_limit_that_nothing_keeps_to_names_what_comes_nearest(limit: str, flag: str) -> None:
    tight = TASK.model_copy(update={"budget": Budget.model_validate({"parameters": 7_000, limit: 9})})
    with pytest.raises(BudgetError, match=rf"^No network of the space plain fits a budget of 9 .*{flag}\.$"):
        require_room(find_space("plain"), tight)


def test_a_space_whose_smallest_network_fits_not_every_limit_may_have_another_that_does(module: Write) -> None:
    source = """
    def smallest(task):
        return space(Fixed({"units": 0}), task)

    def space(trial, task):
        hidden = (Dense(units=1),) if trial.suggest_int("units", 0, 1) == 0 else ()
        pool = () if hidden else (MaxPooling2D(pool_size=(2, 2)),)
        layers = (*pool, Flatten(), *hidden, Dense(units=task.classes))
        return Architecture(input_shape=task.input_shape, layers=layers)
    """
    module("spaces_crossed", "from nas.architecture import Architecture, Dense, Fixed, Flatten, MaxPooling2D\n" + dedent(source))
    space = find_space("spaces_crossed:space")
    assert space.smallest is not None
    few, light = measure(space.smallest(TASK)), measure(space.draw(Fixed({"units": 1}), TASK))
    assert few.parameters < light.parameters
    assert few.ram_bytes > light.ram_bytes
    require_room(space, TASK.model_copy(update={"budget": Budget(ram_bytes=light.ram_bytes)}))


def test_a_budget_of_exactly_the_smallest_network_has_room() -> None:
    space = find_space("plain")
    assert space.smallest is not None
    least = measure(space.smallest(TASK)).parameters
    require_room(space, TASK.model_copy(update={"budget": Budget(parameters=least)}))


def test_a_space_that_does_not_know_its_smallest_is_given_the_benefit_of_the_doubt(module: Write) -> None:
    module("spaces_unsure", SPACE)
    require_room(find_space("spaces_unsure:tiny"), TASK.model_copy(update={"budget": Budget(parameters=1)}))
