"""What runs one epoch, whichever backend Keras has."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from nas.data import TrainingData

if TYPE_CHECKING:
    import keras

    from nas.training.objective import Criterion

EVALUATION_BATCH = 1_000


class Figures(NamedTuple):
    """Mean loss and accuracy over a pass."""

    loss: float
    """Mean of what is minimised: cross-entropy, in nats, unless a model brings a loss of its own."""
    accuracy: float
    """Share of images classified correctly."""


class EpochRunner(Protocol):
    """Runs whole passes over the data inside the backend's graph, changing the variables it was made with."""

    def train_epoch(self, order: NDArray[np.int32]) -> Figures:
        """One pass over the training images in the given order, a step each batch."""

    def validate(self) -> Figures:
        """One pass over the validation images, changing nothing."""


@dataclass(frozen=True)
class Recipe:
    """What of a plan is in the graph of an epoch."""

    batch_size: int
    """Images a step."""
    label_smoothing: float = 0.0
    """Share of each label that is spread over all classes."""
    augmenter: "keras.Layer | None" = None
    """From a batch of scaled images to their variations, or None."""
    criterion: "Criterion | None" = None
    """What says how wrong outputs are; None for cross-entropy of logits."""


def make_runner(model: "keras.Model", optimizer: "keras.optimizers.Optimizer", data: TrainingData, recipe: Recipe) -> EpochRunner:
    """The runner for the backend that Keras was started with.

    Args:
        model: From images to logits (batch, classes), or to what the recipe's criterion takes.
        optimizer: Built on the model's trainable variables.
        data: Images and labels; pixels are divided by 255 inside the graph.
        recipe: How batches are made and what is minimised.
    """
    import keras

    if keras.backend.backend() == "jax":
        from nas.training.jax_runner import JaxRunner

        return JaxRunner(model, optimizer, data, recipe)
    from nas.training.tensorflow_runner import TensorFlowRunner

    return TensorFlowRunner(model, optimizer, data, recipe)
