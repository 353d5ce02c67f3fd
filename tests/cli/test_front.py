"""A study with two aims as every command shows it."""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from wsgiref.util import setup_testing_defaults

import pytest
from browser import show
from command_line import Here, start
from reported import make_judged, make_searched

from nas.cli.judged import conclude
from nas.cli.overlay import Overlay
from nas.cli.serving import HOST, application
from nas.engine.folder import RunFolder
from nas.engine.objective import front_of
from nas.engine.reading import StudyView, read_study
from nas.engine.search import SearchOutcome
from nas.engine.storage import open_storage, sqlite_url
from nas.evaluation.judging import Judged
from nas.evaluation.report.details_sections import details_sections
from nas.evaluation.report.page import Table, Text
from nas.evaluation.report.subject import Subject
from nas.evaluation.report.verdict_sections import networks_section, verdict_section
from nas.library.judging import Attempt
from nas.library.places import Place

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> StudyView:
    return make_searched(tmp_path_factory.mktemp("front"), trials=25, objective="accuracy,macs")


@pytest.fixture
def command(view: StudyView, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.setenv("NAS_RUNS", str(view.folder.path.parent))
    return Here(monkeypatch, capsys)


def test_status_shows_the_front(view: StudyView, command: Here) -> None:
    front = front_of(view.tally, aim="macs")
    assert {one.baseline is None for one in front} == {True, False}
    out = command("status").succeeded().out
    assert "The Pareto front of accuracy and MACs, and the hand-designed networks" in out
    assert f"{len(front)} networks are on the Pareto front" in out
    answer = command("status", "--json").succeeded().json
    assert [one["trial"] for one in answer["front"]] == [one.number for one in front]
    assert [one["macs"] for one in answer["front"]] == sorted(one["macs"] for one in answer["front"])


def test_show_says_whether_a_network_is_on_the_front(view: StudyView, command: Here) -> None:
    front = front_of(view.tally, aim="macs")
    behind = next(one for one in view.tally.ranking if one not in front)
    told = "On the Pareto front of accuracy and MACs: "
    assert command("show", str(front[-1].number)).succeeded().out.rstrip().endswith(f"{told}yes.")
    assert re.search(rf"{told}no, behind (trial \d+|[\w-]+)\.$", command("show", str(behind.number)).succeeded().out.rstrip())


def test_a_report_shows_the_front_by_the_cost_that_was_to_be_small(view: StudyView, command: Here, tmp_path: Path) -> None:
    files = command("report", "--out", str(tmp_path), "--json").succeeded().json
    text = Path(files["markdown"]).read_text(encoding="utf-8")
    front = front_of(view.tally, aim="macs")
    assert text.startswith(
        f"# No verdict yet. The Pareto front of accuracy and MACs has {len(front)} networks; the most accurate"
    )
    assert "Validation accuracy against MACs of 25 networks" in text
    assert "where no network is both of fewer MACs and more accurate" in text
    assert {Path(path).name for path in files["figures"]} >= {"front.png", "networks.png"}
    for one in front:
        assert f"| {one.label} | {100 * (one.score or 0):.2f} | {one.parameters:,} | {one.macs:,} |" in text
    assert re.search(r"nas verdict --study fake --trial \d+\n", text)
    assert "--objective accuracy,macs" in text


def test_a_report_says_that_a_network_was_named_and_not_chosen(view: StudyView) -> None:
    judged = make_judged(view, keep_curves=False)
    for name in ("verdict-plan.json", "verdict.json", "predictions.npz"):
        (view.folder.path / name).unlink()
    picked = Judged(judged.plan.model_copy(update={"picked": True}), judged.predictions, judged.verdict)
    for one, told in ((judged, False), (picked, True)):
        section = verdict_section(Subject(view, one))
        texts = [block.text for block in section.blocks if isinstance(block, Text)]
        assert any(text.startswith("The network was named by a person, not chosen by a race") for text in texts) is told
    assert networks_section(Subject(view, picked)).title == "The network that was named and its comparators"


@pytest.mark.parametrize("verdict", [True, False], ids=["with a verdict", "without"])
def test_a_search_ends_with_a_network_of_its_front_that_nobody_has_judged(
    view: StudyView, tmp_path: Path, verdict: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(RunFolder(Path(copytree(view.folder.path, tmp_path / "fake"))))
    judged = make_judged(place.read(), keep_curves=False) if verdict else None
    outcome = SearchOutcome(place.folder, view.settings, view.tally, "done", 1.0, planned_epochs=1, left_out={})
    conclude(place, outcome, Attempt(judged=judged), json=False)
    asked = re.search(r"for example: nas verdict --study fake --trial (\d+)( --again)?\n", capsys.readouterr().out)
    assert asked is not None
    found = {one.number for one in front_of(view.tally, aim="macs") if one.baseline is None}
    told_of = {one.trial for one in judged.plan.judged} if judged else set()
    assert int(asked[1]) in found - told_of
    assert bool(asked[2]) is verdict


def test_the_details_of_a_verdict_name_the_network_that_was_judged(view: StudyView, tmp_path: Path) -> None:
    judged = make_judged(read_study(RunFolder(Path(copytree(view.folder.path, tmp_path / "fake")))), keep_curves=False)
    (details, *_) = details_sections(judged)
    meanings = " ".join(cell for block in details.blocks if isinstance(block, Table) for row in block.rows for cell in row)
    assert f"one training of {judged.plan.network} is more accurate" in meanings
    assert f"the released training of {judged.plan.network}, and only the other's" in meanings
    assert "the winner" not in meanings


def test_the_dashboard_has_both_objectives_and_our_pictures(view: StudyView) -> None:
    overlay = Overlay(open_storage(sqlite_url(view.folder.database)), view.folder)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/studies/1", "HTTP_HOST": f"{HOST}:8080"}
    setup_testing_defaults(environ)
    answered: list[str] = []
    body = b"".join(application(overlay)(environ, lambda status, _, __=None: answered.append(status)))
    assert answered == ["200 OK"]
    study = json.loads(body)
    assert study["directions"] == ["maximize", "minimize"]
    assert study["objective_names"] == ["validation accuracy", "MACs"]
    assert {plot["id"] for plot in study["plotly_graph_objects"]} == {"costs", "progress"}
    assert "## The Pareto front, by validation" in study["note"]["body"]
    assert {one["number"] for one in study["best_trials"]} >= {one.number for one in front_of(view.tally, aim="macs")}


@pytest.fixture(scope="module")
def page(view: StudyView) -> Iterator[str]:
    """Address of the study in a dashboard that is running."""
    process = start("dashboard", "--port", "0", "--study", "fake", "--runs", view.folder.path.parent)
    try:
        assert process.stdout
        yield process.stdout.readline().split()[0]
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


@pytest.mark.browser
def test_a_browser_shows_the_front_and_has_no_complaint(page: str, tmp_path: Path) -> None:
    shown = show(page, profile=tmp_path)
    words = ("Pareto Front", "Objective X", "MACs", "Accuracy against MACs", "Pareto front of the search")
    assert [word for word in words if word not in shown.text] == []
    assert shown.console == ()
