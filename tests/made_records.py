"""Records of trials that never ran, for tests of what is made of them."""

from typing import Any

from nas.architecture import Architecture, Dense, Flatten, MaxPooling2D
from nas.engine.records import Outcome, TrialRecord, costs
from nas.training.curve import Curve, EpochRow
from nas.training.plan import TrainingPlan

PLAN = TrainingPlan(name="quick", epochs=5)


def curve(*accuracies: float) -> Curve:
    """An epoch for each validation accuracy."""
    return tuple(
        EpochRow(epoch=epoch, train_loss=1.0, train_accuracy=0.5, val_loss=1.0, val_accuracy=accuracy, seconds=0.5)
        for epoch, accuracy in enumerate(accuracies, 1)
    )


def network(units: int) -> Architecture:
    """A network with `units` hidden units: the more, the more parameters."""
    layers = (MaxPooling2D(pool_size=(28, 28)), Flatten(), Dense(units=units, activation="relu"), Dense(units=10))
    return Architecture(input_shape=(28, 28, 1), layers=layers)


def record(number: int, outcome: Outcome, *accuracies: float, units: int = 4, **more: Any) -> TrialRecord:
    """A record; what was refused or repeated has no epochs, whatever is given."""
    spent = curve(*accuracies) if outcome in {"completed", "stopped", "failed"} else ()
    made = network(units)
    facts: dict[str, Any] = {"seed": 7 if spent else None, "seconds": 0.5 * len(spent), **costs(made), **more}
    return TrialRecord(number=number, outcome=outcome, network=made, plan=PLAN, curve=spent, **facts)
