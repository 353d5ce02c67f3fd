"""`nas report` on a study with a verdict and on one without."""

from pathlib import Path

import pytest
from command_line import Here
from reported import make_judged, make_searched

from nas.engine.reading import StudyView
from nas.evaluation.verdict import headline

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> StudyView:
    return make_searched(tmp_path_factory.mktemp("runs"), trials=4)


@pytest.fixture
def nas(view: StudyView, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.setenv("NAS_RUNS", str(view.folder.path.parent))
    monkeypatch.delenv("NAS_STORAGE", raising=False)
    return Here(monkeypatch, capsys)


def test_a_report_without_a_verdict_is_written_where_it_is_asked_for(nas: Here, tmp_path: Path) -> None:
    ended = nas("report", "--out", tmp_path / "new" / "page").succeeded()
    assert ended.err == "Study fake, the one worked on last.\n"
    assert "There is no verdict on fake yet; `nas verdict --study fake` gives one." in ended.out
    assert "No verdict yet." in (tmp_path / "new" / "page" / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "new" / "page" / "report.md").is_file()


def test_a_report_with_a_verdict_lies_in_the_studys_folder_and_answers_programs(nas: Here, view: StudyView) -> None:
    judged = make_judged(view)
    told = nas("report", "--study", "fake", "--json").succeeded().json
    folder = view.folder.path
    assert told["schema"] == 1
    assert (told["study"], told["headline"]) == ("fake", headline(judged.plan, judged.verdict))
    assert (told["html"], told["markdown"]) == (str(folder / "report.html"), str(folder / "report.md"))
    assert {Path(path).parent for path in told["figures"]} == {folder / "figures"}
    assert all(Path(path).stat().st_size > 0 for path in (told["html"], told["markdown"], *told["figures"]))


def test_a_study_that_is_not_there_is_told_in_a_sentence(nas: Here) -> None:
    ended = nas("report", "--study", "other")
    assert ended.code == 2
    assert ended.err.startswith("nas: There is no study other in ")
    assert ended.err.count("\n") == 1


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(nas: Here, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = nas("report", "--study", "fake", "--out", tmp_path / "file")
    assert ended.code == 2
    assert "cannot be written" in ended.err
    assert ended.err.count("\n") == 1
