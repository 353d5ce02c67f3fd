"""Which plan comparators are trained by: the study's or the winner's, whichever validation prefers."""

from dataclasses import replace
from pathlib import Path

import pytest
from judged import made_plan
from planned import MINE, MODEL_1, MODEL_2, MODEL_4, STUDY, TUNED, planned, trained_by_arithmetic

from nas.errors import StudyError
from nas.evaluation.question import Question, require_same_question
from nas.evaluation.recipes import plans_in_words
from nas.evaluation.verdict_plan import TriedPlan, VerdictPlan
from nas.training.plan import TrainingPlan
from nas.training.work import Segment, Work


def tried(plan: VerdictPlan) -> dict[str, list[TrainingPlan]]:
    return {one.name: [its.plan for its in one.tried] for one in plan.comparators}


def test_comparators_are_trained_by_both_plans_and_the_better_one_counts(tmp_path: Path) -> None:
    plan = planned(tmp_path, Question())
    assert (plan.network, plan.recipe, plan.recipe_of(plan.winner)) == ("trial 9", STUDY, TUNED)
    assert tried(plan) == {"model-5": [STUDY, TUNED], "model-2": [STUDY, TUNED]}
    counts = {one.name: plan.recipe_of(one) for one in plan.comparators}
    assert counts == {"model-5": TUNED, "model-2": STUDY}
    for one in plan.comparators:
        best = max(one.tried, key=lambda its: its.mean)
        assert one.selection_scores == best.scores
        assert len(best.scores) == len(plan.selection_seeds) == 3


def test_where_the_winner_has_the_studys_plan_nothing_else_is_trained(tmp_path: Path) -> None:
    plan = planned(tmp_path, Question(), by=STUDY)
    assert tried(plan) == {"model-5": [], "model-2": []}
    assert {plan.recipe_of(one) for one in plan.judged} == {STUDY}
    assert "tried" not in plan.model_dump_json()
    assert plans_in_words(plan) == ()


def test_a_network_of_the_users_own_may_bring_its_plan(tmp_path: Path) -> None:
    question = Question(own={"my own": MODEL_1}, own_plan=MINE)
    plan = planned(tmp_path, question, by=STUDY)
    assert tried(plan) == {"model-5": [], "model-2": [], "my own": [STUDY, MINE]}
    assert plan.recipe_of(plan.comparators[-1]) == MINE
    require_same_question(question, plan)
    with pytest.raises(StudyError, match="was planned with another --plan, and a plan is not changed"):
        require_same_question(replace(question, own_plan=TUNED), plan)


def test_a_network_of_the_users_own_that_wins_the_race_may_bring_its_plan_too(tmp_path: Path) -> None:
    question = Question(own={"my own": MODEL_4}, own_plan=MINE)
    plan = planned(tmp_path, question, by=STUDY, train=_best_by_its_own_plan)
    assert (plan.network, plan.recipe_of(plan.winner)) == ("my own", MINE)
    assert {one.name: its for one in plan.race if (its := [tried.plan for tried in one.tried])} == {"my own": [STUDY, MINE]}
    assert tried(plan)["model-5"] == [STUDY, MINE]  # the winner's plan is everybody's
    assert any(told.startswith("my own was trained by the study's plan (quick, 97.0") for told in plans_in_words(plan))
    with pytest.raises(StudyError, match="was planned with another --plan, and a plan is not changed"):
        require_same_question(replace(question, own_plan=TUNED), plan)


def _best_by_its_own_plan(work: Work) -> Segment:
    """Trainings in which model-4 is the best by the study's plan, and better by another."""
    segment = trained_by_arithmetic(work)
    if work.network != MODEL_4:
        return segment
    level = {STUDY: 0.97, MINE: 0.98}[work.plan]
    return Segment(tuple(row.model_copy(update={"val_accuracy": level}) for row in segment.curve), segment.checkpoint)


def test_the_study_and_what_counts_are_told(tmp_path: Path) -> None:
    told = plans_in_words(planned(tmp_path, Question()))
    assert told[0] == "trial 9 is trained by quick, tuned: adam, learning rate 0.003, batch 64, 3 epochs."
    assert "model-2 was trained by the study's plan (quick, 95.0" in told[2]
    assert "%, which counts) and the winner's plan (quick, tuned, 94.0" in told[2]
    assert told[2].endswith("%): mean validation accuracy on 3 selection seeds.")


def test_networks_that_are_not_compared_are_listed_with_the_reason(tmp_path: Path) -> None:
    plan = planned(tmp_path, Question(), budget=6_000)
    assert [one.name for one in plan.comparators] == ["model-1"]
    assert plan.left_out["model-2"] == "has 6,831 parameters, over the budget"
    assert plan.left_out["model-3"] == "was not trained by the search"
    assert "model-4 was not compared: it has 6,505 parameters, over the budget." in plan.left_out_in_words
    assert "model-1" not in plan.left_out
    asked = planned(tmp_path, Question(against=("model-2",)), budget=6_000)
    assert "model-2" in {one.name for one in asked.comparators}
    assert "model-2" not in asked.left_out


def test_a_network_of_the_users_own_that_is_over_the_budget_is_not_compared_unless_the_verdict_is_asked(tmp_path: Path) -> None:
    own = {"my own": MODEL_2}
    plan = planned(tmp_path, Question(), budget=6_000, own=own)
    assert plan.left_out["my own"] == "has 6,831 parameters, over the budget"
    assert "my own" in {one.name for one in planned(tmp_path, Question(own=own), budget=6_000).comparators}


def test_what_is_judged_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = planned(tmp_path, Question())
    again = VerdictPlan.model_validate_json(plan.model_dump_json())
    assert again == plan
    assert again.key == plan.key


def test_a_plan_of_a_verdict_in_which_all_have_the_studys_plan_is_spelled_as_it_ever_was() -> None:
    plan = made_plan("trial 1", "model-5")
    assert set(plan.winner.model_dump()) == {"name", "side", "trial", "network", "search_score", "selection_scores"}
    one = plan.comparators[0].model_copy(update={"tried": (TriedPlan(plan=STUDY, scores=(0.5,)),)})
    assert plan.model_copy(update={"comparators": (one,)}).key != plan.key
