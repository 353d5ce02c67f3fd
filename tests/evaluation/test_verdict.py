"""From predictions to words."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from judged import made_plan, made_predictions

from nas.errors import StudyError
from nas.evaluation.holdout import Openings
from nas.evaluation.json_file import read_json, write_json
from nas.evaluation.statistics import Interval, difference_interval
from nas.evaluation.verdict import Verdict, headline, make_verdict, order_holds, sentence
from nas.evaluation.verdict_plan import VerdictPlan

OPENINGS = Openings(study=1, in_all=3)
PLAN = made_plan("trial 4", "model-5", "model-2")


def test_a_verdict_follows_from_plan_and_predictions_alone() -> None:
    predictions = made_predictions({"trial 4": (10, 11, 12), "model-5": (30, 31, 32), "model-2": (10, 12, 11)})
    verdict = make_verdict(PLAN, predictions, openings=OPENINGS)
    assert verdict == make_verdict(PLAN, predictions, openings=OPENINGS)
    assert [one.comparator for one in verdict.comparisons] == ["model-5", "model-2"]
    assert [one.word for one in verdict.comparisons] == ["beats", "undecided"]
    assert verdict.standing("model-5").test_accuracies == (0.97, 0.969, 0.968)
    assert verdict.standing("trial 4").released_seed == 101  # of accuracies 0.990, 0.989, 0.988 the one in the middle
    assert (verdict.openings_of_study, verdict.openings_in_all) == (1, 3)
    assert verdict.comparisons[0].points == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ((30, 31, 32), "trial 4 beats model-5 by 2.00 points ("),
        ((1, 2, 3), "trial 4 loses to model-5 by 0.90 points ("),
        ((10, 12, 11), "trial 4 is undecided against model-5: +0.00 points (−0.2"),
    ],
)
def test_the_sentence_says_the_word_the_interval_and_the_costs(wrong: tuple[int, ...], words: str) -> None:
    plan = made_plan("trial 4", "model-5")
    verdict = make_verdict(plan, made_predictions({"trial 4": (10, 11, 12), "model-5": wrong}), openings=OPENINGS)
    told = sentence(plan, verdict.comparisons[0])
    assert told.startswith(words)
    assert told.endswith(", with 1.1 times its parameters, 0.015 times its MACs and 0.092 times its int8 memory.")


def test_a_network_that_costs_very_much_more_has_a_ratio_that_people_read() -> None:
    plan = made_plan("trial 4", "basic")  # 7,840 multiply-accumulate operations against 10
    verdict = make_verdict(plan, made_predictions({"trial 4": (10, 11, 12), "basic": (30, 31, 32)}), openings=OPENINGS)
    assert sentence(plan, verdict.comparisons[0]).endswith(
        ", with 392 times its parameters, 784 times its MACs and about as much int8 memory."
    )


def test_parameters_are_told_where_they_differ_by_a_tenth() -> None:
    plan = made_plan("trial 4", "model-2")
    alike = plan.model_copy(update={"comparators": (plan.comparators[0].model_copy(update={"network": plan.winner.network}),)})
    verdict = make_verdict(alike, made_predictions({"trial 4": (10, 11, 12), "model-2": (30, 31, 32)}), openings=OPENINGS)
    assert sentence(alike, verdict.comparisons[0]).endswith(", with as many MACs and as much int8 memory.")


def test_where_nobody_would_train_so_many_seeds_their_number_is_not_told() -> None:
    plan = made_plan("trial 4", "model-5")
    verdict = make_verdict(plan, made_predictions({"trial 4": (10, 11, 12), "model-5": (10, 12, 11)}), openings=OPENINGS)
    (comparison,) = verdict.comparisons
    for needed, words in (
        (None, " (more seeds would not decide it: there are too few test images for so small a difference), with"),
        (18, " (about 18 seeds a network would decide it), with"),
        (1_720, " (it would take more than 1,000 seeds a network to decide it), with"),
    ):
        assert words in sentence(plan, comparison.model_copy(update={"seeds_needed": needed}))


def test_equal_networks_tie_when_seeds_and_images_allow_it() -> None:
    plan = made_plan("trial 4", "model-5", margin=0.5)
    wrong = (10, 11, 12)
    verdict = make_verdict(plan, made_predictions({"trial 4": wrong, "model-5": wrong}), openings=OPENINGS)
    assert sentence(plan, verdict.comparisons[0]).startswith("trial 4 ties with model-5: +0.00 points (−0.2")
    assert headline(plan, verdict) == "The search's network (trial 4, 7,850 parameters) ties with model-5."


def test_less_than_matters_is_said() -> None:
    plan = made_plan("trial 4", "model-5", margin=5.0)
    verdict = make_verdict(plan, made_predictions({"trial 4": (10, 11, 12), "model-5": (30, 31, 32)}), openings=OPENINGS)
    assert ", by less than matters (5.00), with" in sentence(plan, verdict.comparisons[0])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ((1, 2, 3), "beats trial 4; ties with model-5."),
        ((30, 31, 32), "beats trial 4; loses to model-5."),
        ((160, 161, 162), "loses to trial 4 and model-5."),
    ],
    ids=["as in the race", "not as good as another", "not even as good as what the search found"],
)
def test_a_network_by_hand_that_nothing_passed_in_the_race_is_told_with_what_the_test_images_say(
    wrong: tuple[int, ...], words: str
) -> None:
    plan = made_plan("model-2", "trial 4", "model-5", margin=0.5)
    every = {"model-2": wrong, "trial 4": (60, 61, 62), "model-5": (1, 2, 3)}
    verdict = make_verdict(plan, made_predictions(every), openings=OPENINGS)
    race = "The search found nothing that passed model-2, which a person designed, in the race; on the test images model-2 "
    assert headline(plan, verdict) == race + words


def test_predictions_know_the_plan_that_they_are_of() -> None:
    wrong = {"trial 4": (10, 11, 12), "model-5": (30, 31, 32), "model-2": (1, 2, 3)}
    theirs = replace(made_predictions(wrong), plan_key=PLAN.key)
    assert make_verdict(PLAN, theirs, openings=OPENINGS).plan_key == PLAN.key
    with pytest.raises(StudyError, match=r"^The predictions are not those of the verdict plan"):
        make_verdict(PLAN.model_copy(update={"margin": 0.5}), theirs, openings=OPENINGS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"trial 4": (10, 11, 12), "model-5": (30, 31, 32)},
        {"trial 4": (10, 11), "model-5": (30, 31), "model-2": (1, 2)},
    ],
    ids=["a network is missing", "a seed is missing"],
)
def test_predictions_of_another_plan_are_refused(wrong: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(StudyError, match=r"^The predictions are not those of the verdict plan"):
        make_verdict(PLAN, made_predictions(wrong), openings=OPENINGS)


def test_order_holds_where_the_longer_training_says_so() -> None:
    ahead, behind = (0.99, 0.98), (0.97, 0.96)
    clear = difference_interval((0.995, 0.994), (0.98, 0.981), level=0.95)
    assert order_holds(ahead, behind, clear) == "yes"
    assert order_holds(behind, ahead, clear) == "no"
    assert order_holds(ahead, behind, Interval(low=-0.1, high=0.1)) == "undecided"


def test_plan_and_verdict_are_read_as_they_were_written(tmp_path: Path) -> None:
    verdict = make_verdict(
        made_plan("trial 4", "model-5"),
        made_predictions({"trial 4": (10, 11, 12), "model-5": (30, 31, 32)}),
        openings=OPENINGS,
    )
    write_json(tmp_path / "plan.json", PLAN)
    write_json(tmp_path / "verdict.json", verdict)
    read = read_json(tmp_path / "plan.json", VerdictPlan)
    assert (read, read.key) == (PLAN, PLAN.key)
    assert read_json(tmp_path / "verdict.json", Verdict) == verdict


def test_a_plan_on_networks_as_they_were_trained_is_spelled_as_it_ever_was() -> None:
    assert "deployed" not in PLAN.model_dump_json()
    on_files = PLAN.model_copy(update={"deployed": "litert-int8"})
    assert json.loads(on_files.model_dump_json())["deployed"] == "litert-int8"
    assert on_files.key != PLAN.key


def test_a_verdict_on_networks_as_they_were_trained_has_no_drops() -> None:
    wrong = {"trial 4": (10, 11, 12), "model-5": (30, 31, 32), "model-2": (10, 12, 11)}
    verdict = make_verdict(PLAN, made_predictions(wrong), openings=OPENINGS)
    assert verdict.drops == ()
    assert "drops" not in verdict.model_dump_json()


def test_a_plan_and_a_verdict_on_files_are_read_as_they_were_written(tmp_path: Path) -> None:
    plan = made_plan("trial 4", "model-5").model_copy(update={"deployed": "litert-int8"})
    predictions = made_predictions({"trial 4": (10, 11, 12), "model-5": (30, 31, 32)})
    networks = {name: replace(one, trained_accuracies=one.val_accuracies + 0.002) for name, one in predictions.networks.items()}
    verdict = make_verdict(plan, replace(predictions, networks=networks), openings=OPENINGS)
    assert [one.points for one in verdict.drops] == pytest.approx([0.2, 0.2])
    write_json(tmp_path / "plan.json", plan)
    write_json(tmp_path / "verdict.json", verdict)
    read = read_json(tmp_path / "plan.json", VerdictPlan)
    assert (read, read.key) == (plan, plan.key)
    assert read_json(tmp_path / "verdict.json", Verdict) == verdict


def test_a_file_that_is_newer_or_damaged_or_missing_ends_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "verdict-plan.json"
    with pytest.raises(StudyError, match=r"does not exist; `nas verdict` writes it\.$"):
        read_json(path, VerdictPlan)
    path.write_text(json.dumps({"format": 2}))
    with pytest.raises(StudyError, match=r"has format 2, newer than the 1 that this version reads; update nas\.$"):
        read_json(path, VerdictPlan)
    for text in ("{", "[]", json.dumps({"format": 1})):
        path.write_text(text)
        with pytest.raises(StudyError, match=r"is damaged; move it away, and `nas verdict --again` makes another\.$"):
            read_json(path, VerdictPlan)
