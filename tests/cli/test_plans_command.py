"""Training plans in a table, and one of them as a file to copy."""

import re
from pathlib import Path

import pytest
from command_line import Here

from nas.training.plan_files import find_plan, plan_file


@pytest.fixture
def nas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.chdir(tmp_path)
    return Here(monkeypatch, capsys)


def test_the_plans_stand_in_a_table(nas: Here) -> None:
    out = nas("plans").succeeded().out
    assert re.search(r"^  notebook +adam +0\.001 +constant +128 +15 +– +– +– +$", out, re.MULTILINE)
    assert re.search(r"^  modern +adamw +0\.004 +1\.5 epochs up, cosine to zero +128 +30 +0\.05 +0\.99 +1 +$", out, re.MULTILINE)


def test_a_plan_is_printed_as_the_file_that_it_is(nas: Here) -> None:
    assert nas("plans", "modern").succeeded().out == plan_file("modern").read_text(encoding="utf-8")


def test_a_copy_is_a_plan_of_ones_own(nas: Here, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(nas("plans", "modern").out, encoding="utf-8")
    answer = nas("plans", "mine.toml", "--json").succeeded().json
    assert answer["plan"]["name"] == "mine"
    assert answer["plan"]["augmentation"] == {"strength": 1.0, "translation": 0.08, "rotation": 8.0, "zoom": 0.08}


def test_programs_get_every_plan_with_its_key(nas: Here) -> None:
    plans = nas("plans", "--json").succeeded().json["plans"]
    assert {one["name"]: one["key"] for one in plans} == {
        name: find_plan(name).key for name in ("notebook", "compiled", "modern")
    }


@pytest.mark.parametrize(
    "command",
    [("plans",), ("search", "--data", "mnist:2000", "--plan"), ("replay", "model-5", "--data", "mnist:2000", "--plan")],
    ids=["plans", "search", "replay"],
)
def test_a_plan_that_is_not_there_ends_in_a_sentence(nas: Here, command: tuple[str, ...], tmp_path: Path) -> None:
    ended = nas(*command, "modrn")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "nas: There is no training plan 'modrn'; did you mean 'modern'? Or give a file, such as mine.toml.\n"
    assert not list(tmp_path.iterdir())
