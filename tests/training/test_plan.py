"""Recipes as data."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from nas.engine.records import TrialRecord
from nas.errors import StudyError
from nas.training.plan import NOTEBOOK, Augmentation, TrainingPlan
from nas.training.plan_files import find_plan, plan_file, plan_names, read_plan

MODERN = find_plan("modern")
PAGE = (Path(__file__).parents[2] / "docs" / "plans.md").read_text(encoding="utf-8")


def test_the_notebooks_plan_is_that_of_the_notebook() -> None:
    assert find_plan("notebook") == NOTEBOOK
    assert NOTEBOOK.model_dump() == {
        "name": "notebook",
        "optimizer": "adam",
        "learning_rate": 0.001,
        "batch_size": 128,
        "epochs": 15,
        "loss": "categorical_crossentropy",
        "precision": "float32",
    }


def test_the_notebooks_plan_has_the_key_that_trainings_are_kept_under() -> None:
    assert NOTEBOOK.key == "92847c5a35c446d5189044cf4eb75aa39fbe928938625f0f62be50a53ecd0406"


def test_plans_of_older_records_are_read_as_what_they_were() -> None:
    spelled = '{"name":"notebook","optimizer":"adam","learning_rate":0.001,"batch_size":128,"epochs":15,"loss":"categorical_crossentropy","precision":"float32"}'  # noqa: E501 - as it stands in a file
    assert TrainingPlan.model_validate_json(spelled) == NOTEBOOK
    assert spelled == NOTEBOOK.model_dump_json()
    assert TrialRecord.model_fields["plan"].annotation is TrainingPlan


def test_equal_recipes_have_equal_keys() -> None:
    for plan in (NOTEBOOK, MODERN):
        assert TrainingPlan.model_validate_json(plan.model_dump_json()) == plan
        assert TrainingPlan.model_validate_json(plan.model_dump_json()).key == plan.key
    assert TrainingPlan(name="notebook", learning_rate=1e-3, weight_decay=0, ema_momentum=None).key == NOTEBOOK.key
    assert len(NOTEBOOK.key) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"learning_rate": 0.002},
        {"batch_size": 127},
        {"epochs": 14},
        {"precision": "bfloat16"},
        {"optimizer": "adamw", "weight_decay": 0.004},
        {"schedule": "cosine"},
        {"warmup_epochs": 0.5},
        {"label_smoothing": 0.1},
        {"ema_momentum": 0.9},
        {"augmentation": {}},
        {"augmentation": {"strength": 0.5}},
    ],
    ids="-".join,
)
def test_everything_a_recipe_says_changes_its_key(change: dict[str, Any]) -> None:
    changed = TrainingPlan.model_validate({**NOTEBOOK.model_dump(), **change})
    assert changed.key not in {NOTEBOOK.key, TrainingPlan(name="notebook", augmentation=Augmentation(strength=2)).key}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0}, "learning_rate\n  Input should be greater than 0"),
        ({"learning_rate": float("nan")}, "learning_rate\n  Input should be "),
        ({"learning_rate": float("inf")}, "learning_rate\n  Input should be a finite number"),
        ({"batch_size": 0}, "batch_size\n  Input should be greater than or equal to 1"),
        ({"epochs": 0}, "epochs\n  Input should be greater than or equal to 1"),
        ({"optimizer": "sgd"}, "optimizer\n  Input should be 'adam', 'adamw' or 'compiled'"),
        ({"loss": "hinge"}, "loss\n  Input should be 'categorical_crossentropy'"),
        ({"precision": "float16"}, "precision\n  Input should be 'float32' or 'bfloat16'"),
        ({"momentum": 0.9}, "momentum\n  Extra inputs are not permitted"),
        ({"optimizer": "compiled", "schedule": "cosine"}, "the optimizer compiled brings its schedule"),
        ({"optimizer": "adamw"}, "the optimizer adamw needs a weight_decay above 0"),
        ({"weight_decay": 0.1}, r"weight_decay = 0\.1 needs the optimizer adamw"),
        ({"warmup_epochs": 15}, "warmup_epochs = 15 has to be less than epochs = 15"),
        ({"label_smoothing": 1}, "label_smoothing\n  Input should be less than 1"),
        ({"ema_momentum": 1}, "ema_momentum\n  Input should be less than 1"),
        ({"augmentation": {"strength": 0}}, "augmentation.strength\n  Input should be greater than 0"),
        ({"augmentation": {"strength": 9, "zoom": 0.2}}, "an augmentation of strength 9 goes beyond the image"),
    ],
    ids=lambda case: "-".join(f"{name} {value}" for name, value in case.items()) if isinstance(case, dict) else "",
)
def test_an_impossible_recipe_cannot_be_made(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TrainingPlan.model_validate({**NOTEBOOK.model_dump(), **change})


def test_a_recipe_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        NOTEBOOK.epochs = 3  # type: ignore[misc]


def test_a_recipe_is_told_in_a_line() -> None:
    assert MODERN.words == (
        "adamw, learning rate 0.004, batch 128, 30 epochs, weight decay 0.004, warm-up 1.5 epochs, cosine to zero,"
        " label smoothing 0.05, weights averaged (0.99), augmentation of strength 1"
    )


def test_every_line_of_the_modern_plan_says_what_it_does() -> None:
    lines = plan_file("modern").read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if line and not line.startswith("#")]
    assert all("  # " in line for line in told)
    named = {line.split()[0].strip("[]") for line in told}
    assert named == TrainingPlan.model_fields.keys() - {"name", "loss"} | Augmentation.model_fields.keys()


def test_the_pages_table_has_every_key_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+|\[\w+\])` \| ([^|]+) \|", PAGE, re.MULTILINE)
    fields = {**TrainingPlan.model_fields, **Augmentation.model_fields}
    assert {name.strip("[]") for name, _ in rows} == fields.keys() - {"name", "loss"}
    for name, default in rows:
        told = default.strip("`")
        field = fields[name.strip("[]")].default
        assert told == ("none" if field is None else f'"{field}"' if isinstance(field, str) else f"{field:g}"), name


def test_a_copied_plan_is_called_by_its_file(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(plan_file("modern").read_text(encoding="utf-8"), encoding="utf-8")
    assert find_plan(str(mine)) == MODERN.model_copy(update={"name": "mine"})


def test_the_notebooks_plan_comes_first() -> None:
    assert plan_names() == ("notebook", "compiled", "modern")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("notebok", "There is no training plan 'notebok'; did you mean 'notebook'? Or give a file, such as mine.toml."),
        (
            "swish",
            "There is no training plan 'swish'; there are notebook, compiled and modern. Or give a file, such as mine.toml.",
        ),
        ("no/such.toml", "The plan file no/such.toml cannot be read (No such file or directory)."),
    ],
)
def test_a_plan_that_is_not_there_is_told_in_a_sentence(name: str, message: str) -> None:
    with pytest.raises(StudyError) as raised:
        find_plan(name)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rte = 1", "has an unknown key 'learning_rte'; did you mean 'learning_rate'?"),
        ("name = 'x'", "has an unknown key 'name'; a plan is called by its file's name."),
        ("[augmentation]\nshift = 1", "has an unknown key 'shift' in its table [augmentation]; there are strength, translation,"),
        ("augmentation = 1", "has augmentation = 1, but it must be a table [augmentation]."),
        ("epochs = '3'", "has epochs = '3', but it must be a whole number."),
        ("epochs = 0", "has epochs = 0, but it must be at least 1."),
        ("learning_rate = nan", "has learning_rate = nan, but it must be "),
        ("schedule = 'step'", "has schedule = 'step', but it must be 'constant' or 'cosine'."),
        ("[augmentation]\nrotation = 181", "has augmentation.rotation = 181, but it must be at most 180."),
        ("warmup_epochs = 20", "cannot be used: warmup_epochs = 20 has to be less than epochs = 15."),
        ("epochs = 10000000000000000000000000", "has epochs = 10000000000000000000000000, but it must be at most 100000."),
        ("loss = 'mse'", "has an unknown key 'loss'; there are optimizer, "),
        ("epochs", "is not valid TOML ("),
    ],
    ids=lambda text: text.split("\n")[-1],
)
def test_a_wrong_line_of_a_file_is_told_in_a_sentence(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as raised:
        read_plan(path)
    assert str(raised.value).startswith(f"The plan file {path} {message}")
    assert "\n" not in str(raised.value)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("epochs = 3", encoding="utf-8-sig")
    assert read_plan(path).epochs == 3


def test_another_plan_must_not_be_called_like_ours(tmp_path: Path) -> None:
    path = tmp_path / "notebook.toml"
    path.write_text("epochs = 15", encoding="utf-8")
    assert read_plan(path) == NOTEBOOK
    path.write_text("epochs = 14", encoding="utf-8")
    with pytest.raises(StudyError, match="is called like a plan that comes with nas, but is another; rename it"):
        read_plan(path)
