"""Recipes as TOML files: those that come with the package, and anybody's own."""

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from nas.errors import StudyError, wanted
from nas.training.plan import NOTEBOOK, Augmentation, TrainingPlan

_SHIPPED = Path(__file__).parent / "plans"
_TABLE = "augmentation"
_NOT_IN_FILES = ("name", "loss")
"""What nobody chooses: a plan is called by its file's name, and there is one loss but for those that models bring."""


def plan_names() -> tuple[str, ...]:
    """The plans that come with the package: the notebook's, which is the default, and then the others by name."""
    others = sorted(path.stem for path in _SHIPPED.glob("*.toml") if path.stem != NOTEBOOK.name)
    return (NOTEBOOK.name, *others)


def find_plan(name: str) -> TrainingPlan:
    """The recipe of that name, or the one in that file.

    Args:
        name: Of a plan that comes with the package; what ends in .toml, or has a folder in it, is the path of a file.

    Raises:
        StudyError: If there is none, or the file cannot be used.
    """
    return read_plan(plan_file(name))


def plan_name(name: str) -> str:
    """What a plan is called that is given by name or by file.

    >>> plan_name("plans/mine.toml"), plan_name("modern")
    ('mine', 'modern')
    """
    return Path(name).stem if _is_path(name) else name


def plan_file(name: str) -> Path:
    """The file that holds a plan.

    Args:
        name: Of a plan that comes with the package, or the path of a file.

    Raises:
        StudyError: If there is no plan of that name.
    """
    if _is_path(name):
        return Path(name)
    if name in plan_names():
        return _SHIPPED / f"{name}.toml"
    nearest = get_close_matches(name, plan_names(), n=1)
    *others, last = plan_names()
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are {', '.join(others)} and {last}."
    raise StudyError(f"There is no training plan {name!r}; {hint} Or give a file, such as mine.toml.")


def read_plan(path: Path) -> TrainingPlan:
    """The recipe that a file holds, called by the file's name.

    Raises:
        StudyError: If the file cannot be read, is no TOML, has an unknown key or a value that is not allowed, or is called
            like a plan that comes with the package and is another one.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise StudyError(f"The plan file {path} cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"The plan file {path} is not valid TOML ({error}).") from None
    _require_known(table, path=path)
    try:
        plan = TrainingPlan.model_validate({"name": path.stem, **table}, strict=True)
    except ValidationError as error:
        raise StudyError(f"The plan file {path} {_mistake(error.errors()[0])}.") from None
    if path.parent != _SHIPPED and path.stem in plan_names() and plan != find_plan(path.stem):
        raise StudyError(f"The plan file {path} is called like a plan that comes with nas, but is another; rename it.")
    return plan


def _is_path(name: str) -> bool:
    return name.endswith(".toml") or "/" in name


def _require_known(table: dict[str, Any], *, path: Path) -> None:
    own = [name for name in TrainingPlan.model_fields if name not in _NOT_IN_FILES]
    fields = {"": own, _TABLE: list(Augmentation.model_fields)}
    inner = table.get(_TABLE)
    given = [("", name) for name in table] + [(_TABLE, name) for name in (inner if isinstance(inner, dict) else ())]
    for where, name in given:
        if name in fields[where]:
            continue
        nearest = get_close_matches(name, fields[where], n=1)
        others = f"there are {', '.join(fields[where])}" if name != "name" else "a plan is called by its file's name"
        hint = f"did you mean {nearest[0]!r}?" if nearest and name != "name" else f"{others}."
        table_name = f" in its table [{where}]" if where else ""
        raise StudyError(f"The plan file {path} has an unknown key {name!r}{table_name}; {hint}")


def _mistake(error: ErrorDetails) -> str:
    """What is wrong with a file, as the end of a sentence."""
    if error["type"] == "value_error":
        return f"cannot be used: {error['ctx']['error']}"
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "model_type":
        return f"has {name} = {error['input']!r}, but it must be a table [{name}]"
    return f"has {name} = {error['input']!r}, but it must be {wanted(error)}"
