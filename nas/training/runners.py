"""What runs one epoch, whichever backend Keras has."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from nas.data import TrainingData

if TYPE_CHECKING:
    import keras

EVALUATION_BATCH = 1_000


class Figures(NamedTuple):
    """Mean loss and accuracy over a pass."""

    loss: float
    """Mean cross-entropy, in nats."""
    accuracy: float
    """Share of images classified correctly."""


class EpochRunner(Protocol):
    """Runs whole passes over the data inside the backend's graph, changing the variables it was made with."""

    def train_epoch(self, order: NDArray[np.int32]) -> Figures:
        """One pass over the training images in the given order, a step each batch."""

    def validate(self) -> Figures:
        """One pass over the validation images, changing nothing."""


def make_runner(
    model: "keras.Model", optimizer: "keras.optimizers.Optimizer", data: TrainingData, *, batch_size: int
) -> EpochRunner:
    """The runner for the backend that Keras was started with.

    Args:
        model: From images to logits (batch, classes).
        optimizer: Built on the model's trainable variables.
        data: Images and labels; pixels are divided by 255 inside the graph.
        batch_size: Images a step.
    """
    import keras

    if keras.backend.backend() == "jax":
        from nas.training.jax_runner import JaxRunner

        return JaxRunner(model, optimizer, data, batch_size=batch_size)
    from nas.training.tensorflow_runner import TensorFlowRunner

    return TensorFlowRunner(model, optimizer, data, batch_size=batch_size)
