"""The plain space as a model of KerasTuner's."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras_tuner
import numpy as np
from keras_peer import begin_training, compiled
from kerastuner_space import GUESSING, declare, network_of
from searching import BUDGET, Order

from nas.architecture import measure

if TYPE_CHECKING:
    import keras

STEPS_PER_EXECUTION = 75


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
