from statistics import fmean, stdev

import pytest
from pydantic import ValidationError
from replayed import replay, run

from nas.baselines import NAMES, printed
from nas.errors import TrainingError
from nas.evaluation.replay import ReplayRow, ReplayRun, by_model, compare, lead, parameters, reached, scores
from nas.training.curve import score


def row_of(runs: tuple[ReplayRun, ...], model: str, quantity: str) -> ReplayRow:
    (row,) = [row for row in compare(runs).rows if (row.model, row.quantity) == (model, quantity)]
    return row


def shifted(one: ReplayRun, by: float) -> ReplayRun:
    rows = [row.model_copy(update={"val_accuracy": row.val_accuracy + by}) for row in one.curve]
    return ReplayRun.model_validate({**dict(one), "curve": tuple(rows)})


def test_each_network_has_a_row_for_each_of_its_seven_figures_in_the_notebooks_order() -> None:
    rows = compare(tuple(reversed(replay(seeds=2)))).rows
    assert [row.model for row in rows] == [name for name in NAMES for _ in range(7)]
    assert [row.quantity for row in rows[:7]] == [
        "parameters",
        "train_accuracy",
        "train_loss",
        "val_accuracy",
        "val_loss",
        "test_loss",
        "test_accuracy",
    ]


def test_the_parameters_are_counted_and_equal_the_notebooks() -> None:
    rows = [row for row in compare(replay(seeds=1)).rows if row.quantity == "parameters"]
    assert [row.mean for row in rows] == [20, 5338, 6831, 1818, 6505, 6831]
    assert {(row.agreement_95, row.agreement_99, row.sd) for row in rows} == {("equal", "equal", None)}


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_those_that_the_notebook_prints(name: str) -> None:
    assert parameters(name) == printed()[name].parameters


def test_a_row_holds_mean_and_standard_deviation_of_the_last_epoch() -> None:
    runs = replay("model-2", seeds=8)
    row = row_of(runs, "model-2", "val_loss")
    values = [one.curve[-1].val_loss for one in runs]
    assert (row.mean, row.sd, row.seeds) == (fmean(values), stdev(values), 8)
    assert row.notebook == 0.0451


def test_the_notebooks_figure_is_inside_when_our_seeds_scatter_around_it() -> None:
    row = row_of(replay(), "model-2", "val_accuracy")
    assert row.agreement_95 == row.agreement_99 == "inside"
    assert row.interval_95 is not None
    assert row.interval_99 is not None
    assert row.interval_99.low < row.interval_95.low < row.notebook < row.interval_95.high < row.interval_99.high


def test_the_notebooks_figure_is_outside_when_our_seeds_are_far_from_it() -> None:
    row = row_of(tuple(shifted(one, -0.05) for one in replay("model-2")), "model-2", "val_accuracy")
    assert row.agreement_95 == row.agreement_99 == "outside"


def test_a_figure_between_the_two_intervals_is_outside_the_narrow_and_inside_the_wide_one() -> None:
    exact = run("model-1", spread=0)
    # Two values ±1 around a mean have a prediction interval of ±t·√2·√1.5: 22.0 at 95 % and 110.3 at 99 %, in units of theirs.
    runs = tuple(shifted(one, 0.005 + by) for one, by in ((exact, 1e-4), (exact.model_copy(update={"seed": 2}), -1e-4)))
    row = row_of(runs, "model-1", "val_accuracy")
    assert (row.agreement_95, row.agreement_99) == ("outside", "inside")


def test_one_seed_cannot_tell() -> None:
    rows = [row for row in compare(replay(seeds=1)).rows if row.quantity != "parameters"]
    assert {(row.sd, row.interval_95, row.interval_99, row.agreement_95, row.agreement_99) for row in rows} == {
        (None, None, None, "cannot tell", "cannot tell")
    }


def test_seeds_that_agree_to_the_last_digit_have_no_spread_and_hold_an_equal_figure() -> None:
    rows = [row for row in compare(replay(seeds=8, spread=0)).rows if row.quantity != "parameters"]
    assert {(row.sd, row.agreement_95, row.agreement_99) for row in rows} == {(0.0, "inside", "inside")}


@pytest.mark.parametrize(
    ("by", "agreement"),
    [pytest.param(4e-5, "inside", id="prints the same"), pytest.param(6e-5, "outside", id="prints another digit")],
)
def test_without_spread_a_figure_agrees_as_far_as_the_notebook_printed_it(by: float, agreement: str) -> None:
    runs = tuple(shifted(one, by) for one in replay("basic", seeds=3, spread=0))
    assert row_of(runs, "basic", "val_accuracy").agreement_99 == agreement


def test_the_best_is_named_with_its_lead_and_its_interval() -> None:
    lead = compare(replay()).lead
    assert (lead.best, lead.runner_up, lead.models) == ("model-2", "model-5", 6)
    assert lead.points is not None
    assert lead.points == pytest.approx(0.31, abs=0.1)
    assert lead.interval is not None
    assert 0 < lead.interval.low < lead.points < lead.interval.high
    assert lead.statement == (
        f"model-2 is best by validation, by {lead.points:.2f} points"
        f" (95 % interval {lead.interval.low:.2f} to {lead.interval.high:.2f}) over model-5."
    )


def test_the_best_is_chosen_by_validation_and_not_by_test() -> None:
    runs = tuple(one.model_copy(update={"test_accuracy": 1.0}) if one.name == "basic" else one for one in replay(seeds=2))
    assert compare(runs).best == "model-2"


def test_the_score_is_the_mean_of_the_last_three_epochs() -> None:
    one = run("model-3")
    assert scores([one]) == (score(one.curve),) == (fmean(row.val_accuracy for row in one.curve[-3:]),)


def test_two_networks_that_seeds_do_not_tell_apart_are_said_not_to_be() -> None:
    statement = compare(replay("model-1", "model-4", seeds=3)).lead.statement
    assert statement.startswith("Of the 2 networks replayed, ")
    assert "but these seeds do not tell the two apart (95 % interval -" in statement


def test_with_one_seed_the_lead_has_no_interval() -> None:
    lead = compare(replay(seeds=1)).lead
    assert lead.interval is None
    assert lead.statement.endswith(" over model-5; one seed gives no interval.")


def test_a_network_replayed_alone_has_nobody_to_be_better_than() -> None:
    replayed = compare(replay("model-5", seeds=2))
    assert {row.model for row in replayed.rows} == {"model-5"}
    assert replayed.lead.runner_up is None
    assert replayed.lead.statement.startswith("Only model-5 was replayed (validation accuracy 0.98")


def test_equal_seeds_of_two_networks_still_have_a_lead() -> None:
    lead = compare(replay("model-2", "model-5", spread=0)).lead
    assert lead.interval is not None
    assert lead.interval.low == lead.interval.high == pytest.approx(100 * (0.98653333 - 0.9837), abs=1e-4)


def test_runs_are_grouped_in_the_notebooks_order_and_by_seed() -> None:
    grouped = by_model([run("model-4", seed=2), run("basic"), run("model-4", seed=1)])
    assert {name: [one.seed for one in seeds] for name, seeds in grouped.items()} == {"basic": [1], "model-4": [1, 2]}
    assert list(grouped) == ["basic", "model-4"]


def test_a_seed_counts_once() -> None:
    with pytest.raises(ValueError, match=r"^Seed 3 of model-1 comes twice; each seed counts once\.$"):
        compare([run("model-1", seed=3), run("model-1", seed=3)])


def test_nothing_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match=r"^There is no run to look at; replay at least one network\.$"):
        compare([])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"name": "model-6"}, "'model-6' is no hand-designed network; they are basic, model-1", id="a stranger"),
        pytest.param({"curve": run("basic").curve[:14]}, "the epochs are not numbered from 1 to 15", id="an epoch is missing"),
        pytest.param({"curve": run("basic").curve[::-1]}, "the epochs are not numbered from 1 to 15", id="turned round"),
        pytest.param({"test_accuracy": 98.6}, "less than or equal to 1", id="per cent for a share"),
    ],
)
def test_an_impossible_run_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ReplayRun.model_validate({**dict(run("basic")), **change})


def test_a_run_that_diverged_is_told_in_a_sentence() -> None:
    one = run("model-2", seed=3)
    curve = (*one.curve[:14], one.curve[14].model_copy(update={"train_loss": float("nan")}))
    with pytest.raises(TrainingError, match=r"^model-2 diverged with seed 3: a loss is not a finite number; take other seeds\.$"):
        ReplayRun.model_validate({**dict(one), "curve": curve})


def _short(name: str, seed: int, accuracy: float) -> ReplayRun:
    rows = tuple(row.model_copy(update={"val_accuracy": accuracy}) for row in run("model-5").curve[:2])
    return ReplayRun(name=name, seed=seed, epochs=2, curve=rows, test_loss=0.5, test_accuracy=0.25, seconds=1)


def test_under_another_plan_networks_stand_beside_each_other_best_first() -> None:
    runs = [_short("model-1", 1, 0.5), _short("model-5", 1, 0.75), _short("model-5", 2, 0.85)]
    best, other = reached(runs)
    assert (best.model, best.seeds, best.test_accuracy) == ("model-5", 2, 0.25)
    assert best.val_accuracy == pytest.approx(0.8)
    assert best.val_sd == pytest.approx(stdev((0.75, 0.85)))
    assert (other.model, other.val_sd) == ("model-1", None)
    assert lead(runs).best == "model-5"
