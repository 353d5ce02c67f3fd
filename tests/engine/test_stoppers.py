"""When a training is given up."""

import pytest

from nas.engine.pruners import PRUNERS, OptunaStopper
from nas.engine.stoppers import NeverStop, Promising, SuccessiveHalving, expected_epochs, find_stopper
from nas.training.curve import Curve, EpochRow, level
from nas.training.plan import NOTEBOOK, TrainingPlan
from nas.training.plan_files import find_plan


def curve(*accuracies: float) -> Curve:
    return tuple(
        EpochRow(epoch=epoch, train_loss=1, train_accuracy=0.5, val_loss=1, val_accuracy=accuracy, seconds=1)
        for epoch, accuracy in enumerate(accuracies, 1)
    )


@pytest.mark.parametrize(
    ("own", "others", "goes_on"),
    [
        pytest.param(curve(0.1), [], True, id="the first always goes on"),
        pytest.param(curve(0.8), [curve(0.9)], False, id="the worse of two stops"),
        pytest.param(curve(0.9), [curve(0.8)], True, id="the better of two goes on"),
        pytest.param(curve(0.9), [curve(0.9)], True, id="a tie goes on"),
        pytest.param(curve(0.7), [curve(0.9), curve(0.6)], True, id="the second of three goes on"),
        pytest.param(curve(0.5), [curve(0.9), curve(0.6), curve(0.4)], False, id="the third of four stops"),
        pytest.param(curve(0.9, 0.9, 0.5), [curve(0.9), curve(0.9, 0.9)], True, id="rivals that are not that far do not count"),
        pytest.param(curve(0.9, 0.9, 0.5), [curve(0.1, 0.1, 0.6, 0.1)], False, id="the same epoch is compared, not the last"),
        pytest.param(curve(0.9, 0.1), [curve(0.9, 0.9)], True, id="between rungs nothing is decided"),
    ],
)
def test_halving_goes_on_with_the_better_half_at_a_rung(own: Curve, others: list[Curve], goes_on: bool) -> None:
    decision = SuccessiveHalving().decide(own, others, epochs=15)
    assert decision.goes_on is goes_on
    assert (decision.reason is None) is goes_on


def test_a_stopped_training_is_told_its_rank() -> None:
    decision = SuccessiveHalving().decide(curve(0.5), [curve(0.9), curve(0.6), curve(0.4)], epochs=15)
    assert decision.reason == "number 3 of 4 after epoch 1; the best 2 went on"


@pytest.mark.parametrize(
    ("epochs", "rungs"),
    [pytest.param(15, (1, 3, 5, 15), id="notebook"), pytest.param(3, (1, 3), id="three"), pytest.param(1, (1,), id="one")],
)
def test_halving_cuts_a_training_at_its_rungs_and_at_its_end(epochs: int, rungs: tuple[int, ...]) -> None:
    assert SuccessiveHalving().rungs(epochs) == rungs


@pytest.mark.parametrize(
    ("plan", "rungs"),
    [
        pytest.param(NOTEBOOK, (1, 2, 3, 5, 8, 11, 15), id="the notebook's stay"),
        pytest.param(TrainingPlan(name="short", epochs=5), (1, 2, 3, 5), id="a shorter one keeps them"),
        pytest.param(TrainingPlan(name="long", epochs=30), (2, 4, 6, 10, 16, 22, 30), id="a longer one has the same shares"),
        pytest.param(find_plan("modern"), (4, 6, 8, 11, 17, 23, 30), id="counted from the end of a warm-up"),
        pytest.param(TrainingPlan(name="falling", schedule="cosine"), (1, 2, 3, 5, 8, 11, 15), id="a schedule of fifteen"),
        pytest.param(TrainingPlan(name="quick", epochs=3, schedule="cosine", warmup_epochs=2.5), (3,), id="nothing but warm-up"),
    ],
)
def test_a_plan_with_a_schedule_or_more_epochs_has_rungs_of_its_own(plan: TrainingPlan, rungs: tuple[int, ...]) -> None:
    stopper = find_stopper("promising", plan)
    assert stopper.rungs(plan.epochs) == rungs


def test_halving_decides_at_the_rungs_of_its_plan() -> None:
    worse, better = curve(*[0.5] * 4), curve(*[0.9] * 4)
    for name in ("halving", "promising"):  # which begins with halving
        stopper = find_stopper(name, find_plan("modern"))
        assert stopper.decide(worse[:1], [better], epochs=30).goes_on
        assert not stopper.decide(worse, [better], epochs=30).goes_on


def test_without_a_stopper_segments_are_short_and_nothing_stops() -> None:
    assert NeverStop().rungs(12) == (5, 10, 12)
    assert NeverStop().decide(curve(0.1), [curve(0.9)], epochs=12).goes_on


def test_names_find_their_stoppers() -> None:
    assert find_stopper("halving") == SuccessiveHalving()
    assert find_stopper("none") == NeverStop()
    assert find_stopper("promising") == Promising()
    assert isinstance(find_stopper("optuna:median"), OptunaStopper)


def test_expected_epochs_are_all_of_them_without_a_stopper_and_a_quarter_with_halving() -> None:
    assert expected_epochs(NeverStop(), trials=100, epochs=15) == 1_500
    assert expected_epochs(SuccessiveHalving(), trials=100, epochs=15) == 100 + 2 * 50 + 2 * 25 + 10 * 12.5


ENDED = [curve(0.90, 0.95, final) for final in (0.960, 0.962, 0.964, 0.966, 0.968)]
"""Trainings that gained about as much from each epoch on."""


@pytest.mark.parametrize(
    ("own", "goes_on"),
    [
        pytest.param(curve(0.90), True, id="as good as the others were"),
        pytest.param(curve(0.95), True, id="better"),
        pytest.param(curve(0.80), False, id="far behind"),
        pytest.param(curve(0.90, 0.92), False, id="fallen behind since"),
    ],
)
def test_a_training_is_promising_while_gains_like_the_others_would_make_it_the_best(own: Curve, goes_on: bool) -> None:
    decision = Promising().decide(own, ENDED, epochs=3)
    assert decision.goes_on is goes_on
    assert (decision.reason is None) is goes_on


def test_an_unpromising_training_is_told_its_chance() -> None:
    assert Promising().decide(curve(0.80), ENDED, epochs=3).reason == "a chance of 0% to become the best, after epoch 1"


def test_until_enough_trainings_have_ended_halving_decides() -> None:
    few, running = ENDED[:4], [curve(0.90, 0.95)] * 4
    for own in (curve(0.89), curve(0.91)):
        assert Promising().decide(own, few + running, epochs=3) == SuccessiveHalving().decide(own, few + running, epochs=3)


def test_more_than_the_noise_between_seeds_is_never_read_off_gains() -> None:
    same = [curve(0.90, 0.96)] * 5  # all gains are equal, so that their own spread is nothing
    assert Promising().decide(curve(0.898), same, epochs=2).goes_on
    assert not Promising().decide(curve(0.88), same, epochs=2).goes_on


@pytest.mark.parametrize(("behind", "goes_on"), [(1.0, True), (2.0, False)])
def test_what_the_luck_of_a_seed_explains_stops_nobody(behind: float, goes_on: bool) -> None:
    ahead = [curve(0.90, 0.96)] * 5
    least = level(0.90) - behind * Promising.luck
    (accuracy,) = [one / 10_000 for one in range(8_000, 9_000) if level(one / 10_000) <= least < level((one + 1) / 10_000)]
    assert Promising().decide(curve(accuracy), ahead, epochs=2).goes_on is goes_on


@pytest.mark.parametrize("name", PRUNERS)
def test_a_pruner_of_optuna_stops_the_worst_and_not_the_best(name: str) -> None:
    stopper = OptunaStopper(PRUNERS[name]())
    others = [curve(*(0.5 + number / 20 + epoch / 100 for epoch in range(5))) for number in range(8)]
    assert stopper.decide(curve(0.99, 0.99), others, epochs=5).goes_on
    worst = stopper.decide(curve(0.1), others, epochs=5)
    assert worst.reason == f"pruned by Optuna's {type(stopper.pruner).__name__} after epoch 1"


def test_the_median_pruner_waits_for_five_trials_that_ended() -> None:
    stopper = OptunaStopper(PRUNERS["optuna:median"]())
    others = [curve(0.5, 0.6)] * 4
    assert stopper.decide(curve(0.1), others, epochs=2).goes_on
    assert stopper.decide(curve(0.1), [*others, curve(0.5)], epochs=2).goes_on
    assert not stopper.decide(curve(0.1), [*others, curve(0.5, 0.6)], epochs=2).goes_on


def test_a_pruner_is_asked_after_each_epoch() -> None:
    assert OptunaStopper(PRUNERS["optuna:median"]()).rungs(4) == (1, 2, 3, 4)
