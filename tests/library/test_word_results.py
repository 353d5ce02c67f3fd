"""What the words return shows itself, as text, as a table, and below a notebook's cell."""

from dataclasses import replace
from pathlib import Path

import pytest
from judged import made_plan, made_predictions
from made_records import record
from replayed import replay as made_replay

import nas
from nas.engine.folder import RunFolder
from nas.engine.reading import StudyView
from nas.engine.records import tally
from nas.engine.search import SearchOutcome
from nas.engine.settings import Resolved, SearchSettings
from nas.evaluation.holdout import Openings
from nas.evaluation.judging import Judged
from nas.evaluation.replay import compare
from nas.evaluation.report.fragment import fragment
from nas.evaluation.report.page import Points, Table, Text
from nas.evaluation.verdict import make_verdict
from nas.library.places import Place
from nas.library.replay import ReplayResult
from nas.library.search_result import SearchResult
from nas.library.verdict_result import PlanResult, VerdictResult

RECORDS = tally(
    (
        record(0, "completed", 0.80, 0.90, 0.96, units=9, baseline="model-5"),
        record(1, "completed", 0.70, 0.80, 0.97, units=8),
        record(2, "stopped", 0.50, units=7, reason="it would need 0.3 more"),
        record(3, "refused", units=600, reason="5,010 parameters over"),
        record(4, "completed", 0.90, 0.95, 0.98, units=12),
    )
)
PLAN = made_plan("trial 4", "model-5")
PREDICTIONS = made_predictions({"trial 4": (10, 11, 12), "model-5": (30, 31, 32)})
JUDGED = Judged(PLAN, PREDICTIONS, make_verdict(PLAN, PREDICTIONS, openings=Openings(study=1, in_all=3)))
COUNTS = (
    "3 tried: 2 to the end, 1 stopped early, 7 of 45 epochs;"
    " 4 proposed, of them 1 refused (over the budget), 0 repeated, 0 failed; 1 hand-designed networks apart."
)
PASSWORD = "postgresql://me:secret@host/db"


@pytest.fixture
def found(tmp_path: Path) -> SearchResult:
    """A search with its verdict, made without a training."""
    folder, settings = RunFolder(tmp_path / "runs" / "first"), SearchSettings(trials=3)
    resolved = Resolved(space_sha256="", data_sha256="0" * 64, plan_key="", nas_version="0.1")
    view = StudyView(folder, settings, resolved, RECORDS, running=0, waiting=0)
    outcome = SearchOutcome(folder, settings, RECORDS, "done", seconds=3.0, planned_epochs=45, left_out={})
    place, report = Place(folder, PASSWORD), folder.path / "report.html"
    answer = VerdictResult(place=place, view=view, judged=JUDGED, report=report)
    return SearchResult(place=place, view=view, outcome=outcome, judged=answer, report=report)


def test_a_search_tells_its_facts_by_name(found: SearchResult) -> None:
    assert (found.study, found.ending, found.counts["trained"], found.counts["refused"]) == ("first", "done", 3, 1)
    assert found.best == RECORDS.records[4]
    assert [one.label for one in found.baselines] == ["model-5"]
    assert found.network == PLAN.winner.network
    assert replace(found, judged=None).network == RECORDS.records[4].network


def test_a_search_is_a_table_of_its_trials(found: SearchResult) -> None:
    frame = found.to_frame()
    assert list(frame.index) == [0, 1, 2, 3, 4]
    assert list(frame.outcome) == ["completed", "completed", "stopped", "refused", "completed"]
    row = frame.to_dict("index")[4]
    assert row["score"] == pytest.approx((0.90 + 0.95 + 0.98) / 3)
    assert row["parameters"] == RECORDS.records[4].parameters
    assert row["layers"] == "max 28×28, dense 12, dense 10"
    nothing = replace(found, view=replace(found.view, tally=tally([]))).to_frame()
    assert (list(nothing.index), list(nothing)) == ([], list(frame))


def test_a_search_in_text_ends_with_its_verdict_and_its_report(found: SearchResult) -> None:
    assert repr(found).splitlines() == [
        "Search first: done.",
        "Best network: trial 4 (94.33% validation accuracy, 154 parameters, 132 MACs).",
        COUNTS,
        "The search's network (trial 4, 7,850 parameters) beats model-5.",
        f"Report: {found.report}",
    ]


def test_a_search_in_a_notebook_has_answer_table_and_pictures(found: SearchResult) -> None:
    html = found._repr_html_()
    for words in ("beats model-5", "<table>", "trial 4", "Pareto front"):
        assert words in html
    assert html.count("<svg") == 3  # intervals, networks, best so far
    unjudged = replace(found, judged=None)._repr_html_()
    assert "No verdict yet" in unjudged
    assert unjudged.count("<svg") == 2


def test_no_result_shows_a_storages_password(found: SearchResult) -> None:
    shown = (repr(found), repr(found.place), found._repr_html_(), repr(found.judged))
    assert not [text for text in shown if "secret" in text]


def test_a_verdict_is_a_sentence_a_table_and_a_picture(found: SearchResult) -> None:
    answer = found.judged
    assert answer is not None
    assert repr(answer).splitlines()[0] == answer.headline == "The search's network (trial 4, 7,850 parameters) beats model-5."
    assert [f"- {told}" for told in answer.sentences] == repr(answer).splitlines()[1:-1]
    frame = answer.to_frame()
    assert list(frame.index) == ["trial 4", "model-5"]
    rows = frame.to_dict("index")
    assert rows["trial 4"]["test"] == pytest.approx(0.989)
    assert (rows["model-5"]["word"], rows["model-5"]["points"]) == ("beats", pytest.approx(2.0))
    assert answer._repr_html_().count("<svg") == 1


def test_a_plan_says_who_will_be_compared(found: SearchResult) -> None:
    plan = PlanResult(place=found.place, plan=PLAN)
    assert repr(plan) == "trial 4 goes to confirmation against model-5, with 3 fresh seeds each."
    assert list(plan.to_frame().index) == ["trial 4", "model-5"]
    in_another_order = replace(plan, plan=PLAN.model_copy(update={"race": PLAN.race[::-1]}))
    assert list(in_another_order.to_frame().index) == ["trial 4", "model-5"]
    assert "<table>" in plan._repr_html_()


def test_a_replay_sets_figures_side_by_side() -> None:
    trainings = made_replay("model-5", "model-2", seeds=3)
    result = ReplayResult(replay=compare(trainings), trainings=trainings, data="mnist:2000", folder=Path("runs/replay"))
    rows = result.to_frame().to_dict("index")
    assert rows["model-5", "parameters"]["mean"] == 6_831
    assert rows["model-5", "val_accuracy"]["low_95"] < rows["model-5", "val_accuracy"]["mean"]
    assert repr(result).splitlines()[:2] == [
        result.statement,
        "These are figures on mnist:2000; the notebook's are on mnist.",
    ]
    assert "6,831" in result._repr_html_()


def test_a_measurement_adds_up_and_knows_whether_it_fits() -> None:
    cost = nas.measure("model-5")
    frame = cost.to_frame()
    assert (frame.parameters.sum(), frame.macs.sum()) == (cost.parameters, cost.macs) == (6_831, 532_566)
    assert cost.fits is None
    assert (nas.measure("model-5", budget=6_830).fits, nas.measure("model-5", budget=6_831).fits) == (False, True)
    assert "over the budget of 6,830 parameters: 1 parameters over." in repr(nas.measure("model-5", budget=6_830))
    assert "<td>6,831</td>" in cost._repr_html_()


def test_what_a_notebook_shows_is_escaped_and_keeps_its_style_to_itself() -> None:
    html = fragment("<b>title</b>", Text("<i>"), Points(("<u>",)), Table(("<a>",), (("<script>",),)))
    assert not [tag for tag in ("<b>", "<i>", "<u>", "<a>", "<script>") if tag in html]
    assert html.count("&lt;") == 8  # the table's label is the title once more
    style = html.partition("<style>")[2].partition("</style>")[0]
    rules = [line for line in style.splitlines() if line.endswith("{") or (line.startswith(".") and "{" in line)]
    assert rules
    assert all(line.startswith(".nas-result") for line in rules)
