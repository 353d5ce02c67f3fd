"""Who is compared with whom, and what a plan can be asked."""

import re
from pathlib import Path

import pytest
from judged import made_plan
from made_records import record
from planned import MODEL_1, MODEL_2, MODEL_3, MODEL_5, STUDY, planned, trained_by_arithmetic

from nas.architecture import layers_of
from nas.baselines import NAMES
from nas.data import find
from nas.data.sealed import record_opening
from nas.engine.folder import RunFolder
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord, tally
from nas.engine.seeds import derive_seed
from nas.engine.settings import Resolved, SearchSettings
from nas.errors import StudyError
from nas.evaluation.picking import comparators
from nas.evaluation.question import Question, asks_for, field_of, require_same_question
from nas.evaluation.race import Runner
from nas.evaluation.verdict_plan import Expectation, level_of_a_look, looks_for, usual_margin
from nas.training.plan_files import find_plan
from nas.training.work import Segment, Work

HAND = ("basic", "model-2", "model-5")
RUNNERS = (
    Runner("trial 7", "search", 0.987, (0.986, 0.985, 0.986)),
    Runner("trial 8", "search", 0.986, (0.984,)),
    Runner("model-2", "hand", 0.986, (0.985, 0.985, 0.985)),
    Runner("model-5", "hand", 0.982, (0.981,)),
)


@pytest.mark.parametrize(
    ("against", "own", "chosen", "expected"),
    [
        (None, (), "trial 7", ("model-5", "model-2")),
        (None, ("mine",), "trial 7", ("model-5", "model-2", "mine")),
        (("basic",), (), "trial 7", ("basic",)),
        (("basic",), ("mine",), "trial 7", ("basic", "mine")),
        (None, (), "model-2", ("model-5", "trial 7")),
        (("model-2",), (), "model-2", ("trial 7",)),
    ],
)
def test_the_declared_best_and_the_best_of_the_race_unless_others_are_named(
    against: tuple[str, ...] | None, own: tuple[str, ...], chosen: str, expected: tuple[str, ...]
) -> None:
    assert comparators(against, RUNNERS, hand=HAND, own=own, chosen=chosen) == expected


def test_a_declared_best_that_is_over_the_budget_is_no_comparator() -> None:
    assert comparators(None, RUNNERS[:3], hand=("basic", "model-2"), own=(), chosen="trial 7") == ("model-2",)


def _view(tmp_path: Path, *records: TrialRecord) -> StudyView:
    data = find("mnist:200")
    resolved = Resolved(space_sha256="0" * 64, data_sha256=data.sha256, plan_key="", nas_version="0.1")
    settings = SearchSettings(data="mnist:200")
    return StudyView(RunFolder(tmp_path / "made"), settings, resolved, tally(records), running=0, waiting=0)


@pytest.mark.parametrize(
    ("trained", "question", "hand"),
    [
        ((), Question(), set(NAMES)),
        (("model-2", "of the space"), Question(), {"model-2", "of the space"}),
        (("of the space",), Question(against=("model-5",)), {"model-5", "of the space"}),
    ],
    ids=["none was trained", "a space of its own", "another is named"],
)
def test_hand_designed_networks_are_those_that_the_search_trained_or_the_user_names(
    trained: tuple[str, ...], question: Question, hand: set[str], tmp_path: Path
) -> None:
    by_hand = [record(number, "completed", 0.9, units=5, baseline=name) for number, name in enumerate(trained)]
    field = field_of(_view(tmp_path, *by_hand, record(9, "completed", 0.8)), question)
    assert set(field.hand) == hand
    assert field.hand.keys() | field.others.keys() == {*NAMES, *trained}


@pytest.mark.parametrize(
    ("question", "flag"),
    [
        (Question(against=("model-1",)), "--against"),
        (Question(seeds=4), "--seeds"),
        (Question(looks=2), "--looks"),
        (Question(margin=0.2), "--margin"),
        (Question(deployed="litert-int8"), "--deployed"),
        (Question(trial=2), "--trial"),
        (Question(own={"mine": layers_of(made_plan("trial 1", "model-5").winner.network)}), "--baseline"),
    ],
)
def test_a_plan_is_not_changed_after_the_fact(question: Question, flag: str) -> None:
    with pytest.raises(StudyError, match=f"^The verdict of made was planned with another {re.escape(flag)}, and"):
        require_same_question(question, made_plan("trial 1", "model-5", seeds=3))


def test_the_same_question_is_answered() -> None:
    plan = made_plan("trial 1", "model-5", "model-2", seeds=3)
    for question in (
        Question(),
        Question(against=("model-2",), seeds=3, looks=1, margin=0.15, robustness=True),
        Question(trial=1),
    ):
        require_same_question(question, plan)


def test_a_recipe_of_the_users_own_is_that_of_the_plan_where_none_had_to_be_chosen() -> None:
    plan = made_plan("trial 1", "model-5", "model-2", seeds=3)
    own = {"model-5": layers_of(plan.comparators[0].network)}
    require_same_question(Question(own=own, own_plan=plan.recipe), plan)
    other = made_plan("model-2", "model-5", seeds=3)
    won = {"sequential_1": layers_of(other.winner.network)}  # however it is called today
    require_same_question(Question(own=won, own_plan=find_plan("modern")), other)  # from before winners were tried by it
    with pytest.raises(StudyError, match="planned with another --plan, and"):
        require_same_question(Question(own=own, own_plan=find_plan("modern")), plan)


def test_a_plan_on_files_decides_where_no_flag_does() -> None:
    plan = made_plan("trial 1", "model-5").model_copy(update={"deployed": "litert-int8"})
    for question in (Question(), Question(deployed="litert-int8")):
        require_same_question(question, plan)


def test_where_the_search_trained_none_by_hand_the_largest_race(tmp_path: Path) -> None:
    plan = planned(tmp_path, Question(), by=STUDY, trained={})
    assert {one.name for one in plan.race if one.side == "hand"} == {"model-2", "model-5"}
    assert [one.name for one in plan.comparators] == ["model-5", "model-2"]


def test_a_network_of_the_users_own_that_has_changed_since_the_search_has_no_score(tmp_path: Path) -> None:
    by_search = {"model-2": MODEL_2, "mine": MODEL_5}
    same = planned(tmp_path, Question(own={"mine": MODEL_5}), by=STUDY, trained=by_search)
    other = planned(tmp_path / "other", Question(own={"mine": MODEL_1}), by=STUDY, trained=by_search)
    scores = [next(one.search_score for one in plan.comparators if one.name == "mine") for plan in (same, other)]
    assert scores[0] is not None
    assert scores[1] is None


def test_a_finalist_whose_loss_is_not_finite_loses_its_race(tmp_path: Path) -> None:
    def train(work: Work) -> Segment:
        segment = trained_by_arithmetic(work)
        if work.network != MODEL_3:  # the search's own
            return segment
        return Segment(segment.curve[:1], segment.checkpoint, failure="the loss was no longer finite in epoch 2")

    plan = planned(tmp_path, Question(), by=STUDY, train=train)
    assert plan.network == "model-2"


@pytest.mark.parametrize("named", [(), ("model-2",)])
def test_whoever_names_nobody_to_compare_with_is_told_so(tmp_path: Path, named: tuple[str, ...]) -> None:
    view = _view(tmp_path, record(1, "completed", 0.8))
    if named:
        assert field_of(view, Question(against=named))
        return
    with pytest.raises(StudyError, match=r"^Nothing is named to compare with; name a hand-designed network with --against"):
        field_of(view, Question(against=named))


def test_a_plan_that_was_begun_is_that_of_the_same_question_alone() -> None:
    plan = made_plan("trial 1", "model-5", seeds=8)
    assert asks_for(Question(again=True), plan)
    assert asks_for(Question(again=True, seeds=8, against=("model-5",)), plan)
    others = (
        Question(seeds=4),
        Question(looks=2),
        Question(trial=1),
        Question(deployed="litert-int8"),
        Question(against=("basic",)),
    )
    assert not [question for question in others if asks_for(question, plan)]
    named = plan.model_copy(update={"named": ("model-5",)})
    assert asks_for(Question(against=("model-5",)), named)
    assert not asks_for(Question(), named)
    assert not asks_for(Question(), plan.model_copy(update={"margin": 1.0}))
    assert not asks_for(Question(against=("model-5",)), made_plan("trial 1", "model-5", "model-2", seeds=8))
    assert asks_for(Question(trial=1), plan.model_copy(update={"picked": True}))


def test_looks_double_and_each_is_stricter_than_one_look_alone() -> None:
    assert looks_for(3, seeds=8) == (8, 16, 32)
    assert level_of_a_look((8,)) == 0.95
    levels = [level_of_a_look(looks_for(count, seeds=8)) for count in (1, 2, 3)]
    assert levels == sorted(levels)
    assert 0.977 < levels[-1] < 0.981


@pytest.mark.parametrize(("image_error", "margin"), [(0.01, 0.15), (0.05, 0.15), (0.051, 0.2), (0.4, 1.2)])
def test_the_margin_is_three_times_what_the_images_leave_open(image_error: float, margin: float) -> None:
    assert usual_margin(Expectation(seed_error=0.1, image_error=image_error, reach=0.3)) == margin


def test_a_margin_that_is_spelled_otherwise_is_the_same() -> None:
    plan = made_plan("trial 1", "model-5", seeds=8, margin=3 * 0.05)  # 0.15000000000000002, as older plans have it
    require_same_question(Question(margin=0.15), plan)
    assert asks_for(Question(margin=0.15), plan)


@pytest.mark.parametrize(("kept", "opened", "first"), [((), 0, 0), ((1, 2), 2, 2_000), ((2,), 0, 2_000), ((), 2, 2_000)])
def test_no_confirmation_seed_is_used_again_whatever_was_tidied_away(
    kept: tuple[int, ...], opened: int, first: int, tmp_path: Path
) -> None:
    folder = tmp_path / "made"
    for number in kept:
        (folder / "earlier-verdicts" / str(number)).mkdir(parents=True)
    folder.mkdir(exist_ok=True)
    for number in range(opened):
        record_opening(find("mnist:200"), reason="verdict", networks=("one",), weights=str(number), study_folder=folder)
    plan = planned(tmp_path, Question())
    assert plan.confirmation_seeds[0] == derive_seed(0, "confirmation", first)


def test_a_study_that_was_judged_before_says_so(tmp_path: Path) -> None:
    assert planned(tmp_path, Question()).again_in_words == ()
    for number, file in ((1, "predictions.npz"), (2, "verdict-plan.json"), (3, "predictions.npz")):
        aside = tmp_path / "made" / "earlier-verdicts" / str(number)
        aside.mkdir(parents=True)
        (aside / file).touch()
    (told,) = planned(tmp_path, Question()).again_in_words
    assert told.startswith("This is verdict number 3 on this study: ")


@pytest.mark.parametrize(
    ("reach", "words"), [(0.1, "could be told to tie (within ±0.15)."), (0.2, "cannot be reached, so equal")]
)
def test_the_words_that_can_be_reached_are_said_beforehand(reach: float, words: str) -> None:
    told = Expectation(seed_error=0.06, image_error=0.04, reach=reach).in_words(seeds=8, margin=0.15)
    assert words in told
    assert f"about ±{reach:.2f} points" in told
