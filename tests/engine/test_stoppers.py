"""When a training is given up."""

import pytest

from nas.engine.stoppers import NeverStop, SuccessiveHalving, expected_epochs, find_stopper
from nas.training.curve import Curve, EpochRow


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
    decision = SuccessiveHalving().decide(own, others)
    assert decision.goes_on is goes_on
    assert (decision.reason is None) is goes_on


def test_a_stopped_training_is_told_its_rank() -> None:
    decision = SuccessiveHalving().decide(curve(0.5), [curve(0.9), curve(0.6), curve(0.4)])
    assert decision.reason == "number 3 of 4 after epoch 1; the best 2 went on"


@pytest.mark.parametrize(
    ("epochs", "rungs"),
    [pytest.param(15, (1, 3, 5, 15), id="notebook"), pytest.param(3, (1, 3), id="three"), pytest.param(1, (1,), id="one")],
)
def test_halving_cuts_a_training_at_its_rungs_and_at_its_end(epochs: int, rungs: tuple[int, ...]) -> None:
    assert SuccessiveHalving().rungs(epochs) == rungs


def test_without_a_stopper_segments_are_short_and_nothing_stops() -> None:
    assert NeverStop().rungs(12) == (5, 10, 12)
    assert NeverStop().decide(curve(0.1), [curve(0.9)]).goes_on


def test_names_find_their_stoppers() -> None:
    assert find_stopper("halving") == SuccessiveHalving()
    assert find_stopper("none") == NeverStop()


def test_expected_epochs_are_all_of_them_without_a_stopper_and_a_quarter_with_halving() -> None:
    assert expected_epochs(NeverStop(), trials=100, epochs=15) == 1_500
    assert expected_epochs(SuccessiveHalving(), trials=100, epochs=15) == 100 + 2 * 50 + 2 * 25 + 10 * 12.5
