"""Which training plan a search is done by, whatever becomes of the file that it stood in."""

from pathlib import Path

import pytest

from nas.engine.folder import RunFolder
from nas.engine.search import prepare
from nas.engine.settings import Resolved, SearchSettings, kept_plan, read_study_file, write_study_file
from nas.engine.settling import settle, settle_plan
from nas.errors import StudyError
from nas.training.plan import NOTEBOOK, TrainingPlan
from nas.training.plan_files import find_plan

SHORT = TrainingPlan(name="short", epochs=2, schedule="cosine", warmup_epochs=0.5)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "short.toml"
    path.write_text('epochs = 2\nschedule = "cosine"\nwarmup_epochs = 0.5\n', encoding="utf-8")
    return path


def _began(folder: RunFolder, plan: TrainingPlan | None) -> None:
    folder.create()
    settings = SearchSettings(data="mnist:2000", plan=plan.name if plan else "notebook")
    resolved = Resolved(space_sha256="a" * 64, data_sha256="b" * 64, plan_key="c" * 64, nas_version="0.1.0", plan=plan)
    write_study_file(folder.settings, settings, resolved)


def test_a_new_search_has_the_plan_that_was_given_and_is_called_by_it(tmp_path: Path, file: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    settings = settle({"plan": str(file), "data": "mnist:2000"}, config={}, folder=folder)
    plan = settle_plan(str(file), config=None, folder=folder)
    assert (settings.plan, plan) == ("short", SHORT)
    assert settings.default_name == "mnist-2000-plain-7000-short-s0"
    prepared = prepare(settings, plan=plan)
    assert prepared.order.plan == prepared.resolved.plan == SHORT
    assert prepared.resolved.plan_key == SHORT.key


def test_without_a_plan_it_is_the_notebooks(tmp_path: Path) -> None:
    assert settle_plan(None, config=None, folder=RunFolder(tmp_path / "run")) is None
    assert prepare(SearchSettings(data="mnist:2000")).order.plan == NOTEBOOK


@pytest.mark.parametrize("plan", [NOTEBOOK, SHORT, find_plan("modern")], ids=lambda plan: plan.name)
def test_a_study_keeps_its_plan(tmp_path: Path, plan: TrainingPlan) -> None:
    folder = RunFolder(tmp_path / "run")
    _began(folder, plan)
    settings, resolved = read_study_file(folder.settings)
    assert resolved.plan == plan
    assert resolved.recipe(settings.plan).key == plan.key
    assert settle_plan(None, config=None, folder=folder) == plan


def test_a_study_of_a_version_that_kept_no_plan_has_the_notebooks(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    _began(folder, None)
    assert "[resolved.plan]" not in folder.settings.read_text(encoding="utf-8")
    assert settle_plan(None, config=None, folder=folder) == NOTEBOOK


def test_a_study_goes_on_when_its_plans_file_is_gone_and_not_with_another_plan(tmp_path: Path, file: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    _began(folder, SHORT)
    file.unlink()
    assert settle_plan(None, config=None, folder=folder) == SHORT
    with pytest.raises(StudyError, match=r"plan  short then, modern now"):
        settle({"plan": "modern"}, config={}, folder=folder)


def test_the_settings_of_another_study_bring_its_plan_along(tmp_path: Path) -> None:
    other = RunFolder(tmp_path / "other")
    _began(other, SHORT)
    assert settle_plan(None, config=other.settings, folder=RunFolder(tmp_path / "run")) == SHORT


def test_a_settings_file_may_name_a_plan(tmp_path: Path, file: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text(f'plan = "{file}"\n', encoding="utf-8")
    assert settle_plan(None, config=config, folder=RunFolder(tmp_path / "run")) == SHORT
    assert settle_plan("modern", config=config, folder=RunFolder(tmp_path / "run")) == find_plan("modern")


def test_a_damaged_plan_in_a_study_is_told(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text("[resolved.plan]\nepochs = 0\n", encoding="utf-8")
    with pytest.raises(StudyError, match=r"The table \[resolved\.plan\] of .* is damaged"):
        kept_plan(path)
