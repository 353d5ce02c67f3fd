"""Which network a user may name for a verdict, and what it is compared with."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from fake_search import TASK
from judged import made_plan, made_predictions
from made_records import record

from nas.architecture import Architecture
from nas.baselines import baselines
from nas.engine.folder import RunFolder
from nas.engine.objective import CostAim
from nas.engine.reading import StudyView
from nas.engine.records import tally
from nas.engine.settings import Resolved, SearchSettings
from nas.errors import StudyError
from nas.evaluation.holdout import Openings
from nas.evaluation.picking import beside_pick, find_pick
from nas.evaluation.verdict import headline, make_verdict, sentence
from nas.evaluation.verdict_plan import VerdictPlan

BY_HAND = baselines(TASK)
SCORES = {"basic": 0.1, "model-1": 0.977, "model-2": 0.986, "model-3": 0.956, "model-5": 0.982}
VIEW = StudyView(
    RunFolder(Path("runs/first")),
    SearchSettings(),
    Resolved(space_sha256="", data_sha256="", plan_key="", nas_version="0.1"),
    tally(
        [
            record(0, "completed", 0.9, baseline="model-2"),
            record(1, "completed", 0.8),
            record(2, "stopped", 0.5),
            record(3, "refused"),
        ]
    ),
    running=0,
    waiting=0,
)


def test_a_network_that_the_search_trained_to_the_end_may_be_named() -> None:
    assert find_pick(VIEW, 1) == VIEW.tally.ranking[0]


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (0, "Trial 0 is model-2, which a person designed; a verdict is on a network of the search, and --against model-2"),
        (2, "Trial 2 of first was stopped; a verdict takes a network that the search trained to the end."),
        (3, "Trial 3 of first was refused; a verdict"),
        (9, "The study first has no finished trial 9; `nas status` lists its best ones."),
    ],
)
def test_no_other_may(number: int, sentence: str) -> None:
    with pytest.raises(StudyError, match=f"^{sentence}"):
        find_pick(VIEW, number)


@pytest.mark.parametrize(
    ("parameters", "macs", "aim", "against", "own", "names"),
    [
        (6_831, 0, "parameters", None, (), ("model-5", "model-2")),
        (2_000, 0, "parameters", None, (), ("model-5", "model-2", "model-3")),
        (100, 0, "parameters", None, ("mine",), ("model-5", "model-2", "basic", "mine")),
        (6_831, 130_000, "macs", None, (), ("model-5", "model-2", "model-1")),
        (10, 0, "parameters", None, (), ("model-5", "model-2")),
        (2_000, 0, "parameters", ("model-1",), ("mine",), ("model-1", "mine")),
    ],
    ids=["the largest", "a small one", "a tiny one", "by MACs", "none is cheaper", "named by the user"],
)
def test_it_is_compared_with_the_best_and_with_the_best_that_cost_no_more(
    parameters: int, macs: int, aim: CostAim, against: Sequence[str] | None, own: Sequence[str], names: tuple[str, ...]
) -> None:
    pick = record(7, "completed", 0.9).model_copy(update={"parameters": parameters, "macs": macs})
    assert beside_pick(pick, against=against, hand=BY_HAND, scores=SCORES, own=own, aim=aim) == names


@pytest.mark.parametrize(
    ("hand", "names"),
    [(BY_HAND, ("model-5", "model-2", "model-3")), ({"basic": BY_HAND["basic"]}, ("basic",))],
    ids=["all", "one that fits"],
)
def test_of_networks_that_the_search_did_not_train_the_largest_counts_as_the_best(
    hand: Mapping[str, Architecture], names: tuple[str, ...]
) -> None:
    pick = record(7, "completed", 0.9).model_copy(update={"parameters": 2_000})
    assert beside_pick(pick, against=None, hand=hand, scores={}, own=(), aim="parameters") == names


def test_the_words_say_that_a_person_named_it_and_what_it_costs() -> None:
    plan = made_plan("trial 4", "model-5").model_copy(update={"picked": True})
    predictions = made_predictions({"trial 4": (10, 11, 12), "model-5": (30, 31, 32)})
    verdict = make_verdict(plan, predictions, openings=Openings(study=1, in_all=1))
    assert headline(plan, verdict) == (
        "Trial 4 (7,850 parameters), a network of the search that was named by hand and not chosen by a race, beats model-5."
    )
    assert sentence(plan, verdict.comparisons[0]).endswith(
        ", with 1.1 times its parameters, 0.015 times its MACs and 0.092 times its int8 memory."
    )


def test_a_plan_that_follows_from_a_race_is_spelled_as_it_always_was() -> None:
    raced = made_plan("trial 4", "model-5")
    assert "picked" not in raced.model_dump_json()
    picked = raced.model_copy(update={"picked": True})
    assert VerdictPlan.model_validate_json(picked.model_dump_json()) == picked
    assert picked.key != raced.key
