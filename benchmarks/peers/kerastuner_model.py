"""The plain space as a model of KerasTuner's."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras_tuner
import numpy as np
from keras_peer import begin_training, compiled
from searching import BUDGET, TASK, Order

from nas.architecture import Architecture, Fixed, measure
from search_spaces.plain import MAX_DEPTH, space

if TYPE_CHECKING:
    import keras

STEPS_PER_EXECUTION = 75
GUESSING = 0.1
"""What an oversized network is told to be worth: KerasTuner then goes on, and learns to avoid it."""


class PlainModel(keras_tuner.HyperModel):  # type: ignore[misc]  # an untyped class
    """Builds and trains what KerasTuner has chosen.

    Args:
        order: The search.
        folder: Where trainings are noted.
        seed: Gives the first weights of the networks, one after the other.
    """

    def __init__(self, order: Order, folder: Path, *, seed: int) -> None:
        super().__init__()
        self._order, self._folder = order, folder
        self._generator = np.random.default_rng(seed)

    def build(self, hp: Any) -> "keras.Model":
        """A compiled network of the choices made."""
        declare(hp)
        seed = int(self._generator.integers(2**31))
        return compiled(network_of(hp), seed=seed, steps_per_execution=STEPS_PER_EXECUTION)

    def fit(self, hp: Any, model: "keras.Model", *args: Any, callbacks: list[Any], **kwargs: Any) -> Any:
        """The history of a training, or a low mark without one for a network over the budget."""
        network = network_of(hp)
        if measure(network).parameters > BUDGET:
            return {"val_accuracy": GUESSING}
        training = begin_training(self._order, self._folder, network, seed=None)
        history = model.fit(*args, callbacks=[*callbacks, training.callback], **kwargs)
        curve = [float(value) for value in history.history["val_accuracy"]]
        training.note(curve, value=max(curve), completed=True)
        return history


def network_of(hp: Any) -> Architecture:
    """The network of the choices made."""
    return space(Fixed(hp.values), TASK)


def declare(hp: Any) -> None:
    """The choices of the plain space, each active only where the space asks for it."""
    hp.Int("conv_depth", 0, MAX_DEPTH)
    hp.Choice("pool_type", ["max", "average"])
    with hp.conditional_scope("conv_depth", [0]):
        hp.Int("input_pool", 1, 28)
    for index in range(1, MAX_DEPTH + 1):
        with hp.conditional_scope("conv_depth", list(range(index, MAX_DEPTH + 1))):
            hp.Int(f"filters_{index}", 1, 32)
            hp.Int(f"kernel_{index}", 1, 7)
            hp.Int(f"pool_{index}", 1, 4)
    hp.Int("dense_units", 0, 64)
