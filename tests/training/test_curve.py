"""Curves and their scores."""

from math import inf, nan

import pytest

from nas.training.curve import Curve, EpochRow, is_finite, score


def _curve(*val_accuracies: float, **last: float) -> Curve:
    """A curve with these validation accuracies and other figures in its last epoch where they are given."""
    figures = {"train_loss": 0.5, "train_accuracy": 0.8, "val_loss": 0.6, "seconds": 1.0}
    rows = [EpochRow(epoch=epoch, val_accuracy=accuracy, **figures) for epoch, accuracy in enumerate(val_accuracies, start=1)]
    return (*rows[:-1], rows[-1].model_copy(update=last))


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [((0.9,), 0.9), ((0.9, 0.5), 0.7), ((0.9, 0.6, 0.3), 0.6), ((0.1, 0.2, 0.9, 0.8, 0.7), 0.8)],
    ids=["one epoch", "two", "three", "more"],
)
def test_the_score_is_the_mean_of_the_last_three_validation_accuracies(accuracies: tuple[float, ...], expected: float) -> None:
    assert score(_curve(*accuracies)) == pytest.approx(expected)


def test_a_curve_without_epochs_has_no_score() -> None:
    with pytest.raises(ValueError, match="at least one"):
        score(())


@pytest.mark.parametrize(
    ("last", "finite"),
    [({}, True), ({"train_loss": nan}, False), ({"val_loss": inf}, False), ({"val_loss": 1e300}, True)],
    ids=["losses as usual", "not a number", "infinite", "large"],
)
def test_a_curve_is_finite_if_every_loss_is(last: dict[str, float], finite: bool) -> None:
    assert is_finite(_curve(0.5, 0.6, **last)) is finite
    assert is_finite(()) is True
