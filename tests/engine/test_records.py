"""What trials came to adds up, and the best is the best."""

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import PLAN, record
from pydantic import ValidationError

from nas.engine.records import Outcome, RunningTally, TrialRecord, tally
from nas.engine.rivals import rival_curves

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@st.composite
def trials(draw: st.DrawFn) -> list[TrialRecord]:
    """Any trials in any order, some of them hand-designed networks."""
    accuracies = st.lists(st.floats(0, 1), min_size=1, max_size=5)
    numbers = draw(st.lists(st.integers(0, 60), unique=True, max_size=20))
    return [
        record(
            number,
            draw(st.sampled_from(OUTCOMES)),
            *draw(accuracies),
            units=draw(st.integers(1, 3)),
            baseline=draw(st.sampled_from([None, None, "model-1"])),
        )
        for number in numbers
    ]


@given(trials())
def test_the_counts_add_up_and_keep_baselines_apart(records: list[TrialRecord]) -> None:
    counts = tally(records).counts
    assert counts["proposed"] == counts["trained"] + counts["refused"] + counts["repeated"] + counts["failed"]
    assert counts["trained"] == counts["completed"] + counts["stopped"] == sum(one.trained for one in records)
    assert counts["proposed"] == sum(one.baseline is None for one in records)
    assert counts["baselines"] == sum(one.baseline is not None and one.outcome == "completed" for one in records)
    assert counts["epochs"] == sum(len(one.curve) for one in records if one.trained)
    assert set(counts) == {"proposed", "trained", "baselines", "epochs", *OUTCOMES}


@given(trials())
def test_the_ranking_holds_the_completed_trials_from_best_to_worst(records: list[TrialRecord]) -> None:
    result = tally(records)
    for ranked, of_baselines in ((result.ranking, False), (result.baselines, True)):
        expected = {one.number for one in records if one.outcome == "completed" and (one.baseline is not None) == of_baselines}
        assert {one.number for one in ranked} == expected
        assert len(ranked) == len(expected)
        for better, worse in pairwise(ranked):
            assert (better.score, -better.parameters) >= (worse.score, -worse.parameters)


@given(trials())
def test_the_best_is_at_least_as_good_as_everything_trained_to_the_end(records: list[TrialRecord]) -> None:
    best = tally(records).best
    scores = [one.score or 0 for one in records if one.outcome == "completed"]
    assert (best is None) == (not scores)
    assert best is None or best.score == max(scores)


@given(trials())
def test_records_stand_by_number_whatever_order_they_come_in(records: list[TrialRecord]) -> None:
    assert tally(records) == tally(reversed(records))
    numbers = [one.number for one in tally(records).records]
    assert numbers == sorted(numbers)


@given(trials())
def test_a_running_tally_is_at_each_moment_what_its_records_add_up_to(records: list[TrialRecord]) -> None:
    running = RunningTally()
    for count, one in enumerate(records, start=1):
        running.add(one)
        assert running.now == tally(records[:count])
        trained = [row.seconds for one in records[:count] if one.trained for row in one.curve]
        assert running.now.seconds == pytest.approx(sum(trained))


def test_of_equal_scores_the_smaller_network_comes_first() -> None:
    large, small = record(1, "completed", 0.9, units=9), record(2, "completed", 0.9, units=2)
    assert tally([large, small]).ranking == (small, large)


def test_the_score_is_the_mean_of_the_last_three_epochs() -> None:
    assert record(1, "completed", 0.1, 0.2, 0.6, 0.7, 0.8).score == pytest.approx(0.7)
    assert record(1, "stopped", 0.4).score == pytest.approx(0.4)
    assert record(1, "refused").score is None


def test_a_stopped_trial_is_never_the_best() -> None:
    result = tally([record(1, "stopped", 0.99), record(2, "completed", 0.5)])
    assert result.best == record(2, "completed", 0.5)
    assert tally([record(1, "stopped", 0.99)]).best is None


def test_a_hand_designed_network_can_be_the_best_but_is_not_in_the_ranking() -> None:
    designed, found = record(0, "completed", 0.9, baseline="model-2"), record(1, "completed", 0.8)
    result = tally([designed, found])
    assert (result.best, result.ranking, result.baselines) == (designed, (found,), (designed,))
    assert (designed.label, found.label) == ("model-2", "trial 1")


@pytest.mark.parametrize(
    ("outcomes", "barren"),
    [
        pytest.param([], 0, id="nothing yet"),
        pytest.param(["refused", "repeated"], 2, id="nothing that fits"),
        pytest.param(["completed", "refused", "refused"], 2, id="since a completed one"),
        pytest.param(["refused", "stopped"], 0, id="a stopped one fits too"),
        pytest.param(["refused", "failed", "repeated"], 1, id="so does a failed one"),
    ],
)
def test_barren_counts_proposals_since_the_last_new_network_that_fits(outcomes: list[Outcome], barren: int) -> None:
    assert tally(record(number, outcome, 0.5) for number, outcome in enumerate(outcomes)).barren == barren


def test_rivals_may_be_those_that_cost_no_more() -> None:
    small, large = record(0, "completed", 0.8, units=4), record(1, "completed", 0.9, units=9)
    assert rival_curves([small, large], within={"parameters": small.parameters}) == [small.curve]
    assert rival_curves([small, large], within={}) == [small.curve, large.curve]


def test_a_record_reads_back_from_its_json() -> None:
    made = record(3, "stopped", 0.25, 0.5, reason="number 2 of 2 after epoch 1", seed=2**32 - 1)
    assert TrialRecord.model_validate_json(made.model_dump_json()) == made
    assert made.plan == PLAN


@pytest.mark.parametrize(
    "change", [{"format": 2}, {"outcome": "lost"}, {"colour": 1}], ids=["newer", "unknown word", "unknown key"]
)
def test_a_record_of_another_make_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TrialRecord.model_validate(record(1, "refused").model_dump() | change)


def test_an_empty_study_adds_up_to_nothing() -> None:
    empty = tally(())
    assert set(empty.counts.values()) == {0}
    assert (empty.best, empty.ranking, empty.barren) == (None, (), 0)
