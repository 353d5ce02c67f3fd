"""What is read of a verdict that is there already, and what is said of it."""

import shutil
from pathlib import Path

import pytest
from judged import made_plan, made_predictions
from made_records import record

from nas.data import find
from nas.engine.folder import RunFolder
from nas.engine.reading import StudyView
from nas.engine.records import tally
from nas.engine.settings import Resolved, SearchSettings
from nas.errors import StudyError
from nas.evaluation.deployment import AsTrained, Deployment
from nas.evaluation.json_file import write_json
from nas.evaluation.judging import Judged, put_aside, read_judged, run_verdict
from nas.evaluation.predictions import FILE as PREDICTIONS
from nas.evaluation.predictions import write_predictions
from nas.evaluation.question import Question
from nas.evaluation.verdict import FILE as VERDICT
from nas.evaluation.verdict_plan import FILE as PLAN
from nas.evaluation.verdict_plan import Form, VerdictPlan
from nas.evaluation.written import read_written
from nas.training.crew import Crew


def _asked(folder: RunFolder, question: Question, *, trained: int) -> tuple[Judged | VerdictPlan, list[str]]:
    """A verdict that was made when the search had nine networks, asked for when it has so many; and what is said."""
    data = find("mnist:200")
    plan = made_plan("trial 4", "model-5").model_copy(update={"data": data})
    folder.create()
    write_json(folder.path / PLAN, plan)
    write_predictions(folder.path / PREDICTIONS, made_predictions({"trial 4": (10, 11, 12), "model-5": (30, 31, 32)}))
    resolved = Resolved(space_sha256="0" * 64, data_sha256=data.sha256, plan_key="", nas_version="0.1")
    records = tally([record(number, "completed", 0.9, units=number + 1) for number in range(trained)])
    view = StudyView(folder, SearchSettings(data="mnist:200"), resolved, records, running=0, waiting=0)
    said: list[str] = []
    with Crew(1, log=folder.path / "workers.log") as nobody:
        forms: dict[Form | None, Deployment] = {None: AsTrained()}
        return run_verdict(view, question, deployments=forms, crew=nobody, watch=lambda *_: None, say=said.append), said


GONE_ON = (
    "This verdict is of the search as it was with 9 networks, and it has 12 now; `nas verdict --again` asks anew, and opens the"
    " test set once more."
)


@pytest.mark.parametrize(("trained", "words"), [(9, []), (12, [GONE_ON])], ids=["as it was", "gone on"])
def test_a_verdict_of_a_search_that_has_gone_on_is_read_and_says_so(trained: int, words: list[str], tmp_path: Path) -> None:
    came, said = _asked(RunFolder(tmp_path / "made"), Question(), trained=trained)
    assert isinstance(came, Judged)
    assert came.verdict.seeds == (100, 101, 102)
    assert said == words
    assert not (tmp_path / "made" / "workers.log").exists()  # nobody was started


def test_a_verdict_of_one_question_does_not_answer_another(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="was planned with another --seeds, and a plan is not changed after the fact"):
        _asked(RunFolder(tmp_path / "made"), Question(seeds=16), trained=9)


def test_a_plan_that_was_changed_after_the_fact_is_refused(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "made")
    came, _ = _asked(folder, Question(), trained=9)
    assert isinstance(came, Judged)
    verdict = (folder.path / VERDICT).read_bytes()
    write_json(folder.path / PLAN, came.plan.model_copy(update={"margin": 5.0}))
    for read in (read_judged, read_written):
        with pytest.raises(StudyError, match=r"is not the plan that verdict\.json beside it was made by"):
            read(folder.path)
    assert (folder.path / VERDICT).read_bytes() == verdict


def test_a_verdict_that_is_damaged_is_made_anew_and_opens_nothing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "made")
    came, _ = _asked(folder, Question(), trained=9)
    (folder.path / VERDICT).write_text("{")
    with pytest.raises(StudyError, match=r"move it away, and `nas verdict` makes it anew from plan and predictions"):
        read_judged(folder.path)
    (folder.path / VERDICT).unlink()
    again = read_judged(folder.path)
    assert isinstance(came, Judged)
    assert again is not None
    assert again.verdict == came.verdict


def test_another_look_at_another_verdict_is_no_question(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="give one of --add-seeds and --again"):
        _asked(RunFolder(tmp_path / "made"), Question(again=True, another_look=True), trained=9)


def test_a_verdict_that_is_put_aside_has_a_folder_of_its_own_though_one_was_removed(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "made")
    for _ in range(3):
        _asked(folder, Question(), trained=9)
        put_aside(folder.path)
    shutil.rmtree(folder.path / "earlier-verdicts" / "1")
    _asked(folder, Question(), trained=9)
    put_aside(folder.path)
    assert {path.name for path in (folder.path / "earlier-verdicts").iterdir()} == {"2", "3", "4"}


def test_what_was_put_aside_in_part_is_completed(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "made")
    _asked(folder, Question(), trained=9)
    aside = folder.path / "earlier-verdicts" / "1"
    aside.mkdir(parents=True)
    (folder.path / PLAN).replace(aside / PLAN)  # where it was killed
    put_aside(folder.path)
    assert {path.name for path in aside.iterdir()} == {PLAN, PREDICTIONS, VERDICT}
    assert [path.name for path in aside.parent.iterdir()] == ["1"]
