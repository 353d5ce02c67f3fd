"""`nas compare`: several studies in one table and one picture."""

from pathlib import Path

import pytest
from command_line import Here
from PIL import Image
from reported import make_judged, make_searched

from nas.engine.reading import StudyView
from nas.engine.settings import Resolved, SearchSettings, write_study_file
from nas.evaluation.judging import Judged
from nas.evaluation.verdict import headline, signed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyView, Judged]:
    """Runs with a judged study `fake`, one without trials, and one of other data."""
    runs = tmp_path_factory.mktemp("runs")
    view = make_searched(runs, trials=4)
    resolved = {"space_sha256": "a", "plan_key": "c", "nas_version": "0.1.0"}
    write_study_file(runs / "new" / "study.toml", SearchSettings(budget=2_000), Resolved(data_sha256="0" * 64, **resolved))
    odd = SearchSettings(data="mnist:2000")
    write_study_file(runs / "odd" / "study.toml", odd, Resolved(data_sha256="1" * 64, **resolved))
    write_study_file(runs / "later" / "study.toml", SearchSettings(), Resolved(data_sha256="2" * 64, **resolved))
    return view, make_judged(view)


@pytest.fixture
def nas(judged: tuple[StudyView, Judged], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.setenv("NAS_RUNS", str(judged[0].folder.path.parent))
    monkeypatch.delenv("NAS_STORAGE", raising=False)
    return Here(monkeypatch, capsys)


def test_each_study_and_each_comparison_has_a_row(nas: Here, judged: tuple[StudyView, Judged], tmp_path: Path) -> None:
    ended = nas("compare", "fake", "new", "--out", tmp_path).succeeded()
    _, verdict = judged[0], judged[1].verdict
    for one in verdict.comparisons:
        (row,) = [line for line in ended.out.splitlines() if one.word in line and one.comparator in line]
        assert signed(one.points) in row
        assert f"{signed(one.low)} to {signed(one.high)}" in row
    (row,) = [line for line in ended.out.splitlines() if line.strip().startswith("new")]
    assert "2,000" in row
    assert "none yet" in row
    with Image.open(tmp_path / "compare.png") as image:
        assert image.size == (1260, 840)


def test_the_picture_lies_in_the_current_folder_unless_asked_otherwise(
    nas: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    nas("compare", "fake", "new").succeeded()
    assert (tmp_path / "compare.png").is_file()


def test_programs_get_the_same(nas: Here, judged: tuple[StudyView, Judged], tmp_path: Path) -> None:
    told = nas("compare", "new", "fake", "--out", tmp_path, "--json").succeeded().json
    assert told["figure"] == str(tmp_path / "compare.png")
    new, fake = told["studies"]
    assert new == {
        "study": "new",
        "budget": 2_000,
        "limits": {"parameters": 2_000},
        "best": None,
        "headline": None,
        "comparisons": [],
    }
    assert fake["headline"] == headline(judged[1].plan, judged[1].verdict)
    assert fake["best"]["parameters"] == judged[1].plan.winner.cost.parameters
    assert [one["comparator"] for one in fake["comparisons"]] == [one.name for one in judged[1].plan.comparators]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        pytest.param(["fake", "gone"], "There is no study gone in ", id="one that is not there"),
        pytest.param(["fake"], "A comparison takes two or more different studies, not fake.", id="one alone"),
        pytest.param([], "A comparison takes two or more different studies, not none.", id="none"),
        pytest.param(
            ["fake", "fake"], "A comparison takes two or more different studies, not fake and fake.", id="twice the same"
        ),
        pytest.param(
            ["fake", "odd"],
            "fake was searched on mnist and odd on mnist:2000, so their accuracies cannot be compared; name studies of",
            id="other data",
        ),
        pytest.param(
            ["fake", "later"], "fake was searched on mnist and later on another version of mnist, so", id="another version"
        ),
    ],
)
def test_what_cannot_be_compared_is_told_in_a_sentence(nas: Here, tmp_path: Path, names: list[str], told: str) -> None:
    ended = nas("compare", *names, "--out", tmp_path)
    assert ended.code == 2
    assert ended.err.startswith(f"nas: {told}")
    assert ended.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
