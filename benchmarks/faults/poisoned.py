"""A space of which some networks kill the process that trains them, hang in it, or lose their numbers."""

import os
import signal
import time
from typing import Any

import keras
import tensorflow as tf

POISONS = {0: "kills", 1: "hangs", 2: "NaN"}
"""What a network does, by its hyperparameter `poison`; the others are healthy."""
REASONS = {"kills": "its worker process died 2 times", "hangs": "it took more than", "NaN": "loss"}
"""What stands in the reason of a trial that failed so."""


def build(hp: Any) -> keras.Model:
    """A small network with a layer that passes images on, or does not."""
    poison = POISONS.get(hp.Int("poison", 0, 11), "none")
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(hp.Int("filters", 2, 30), hp.Int("size", 2, 5), activation="relu"),
            keras.layers.MaxPooling2D(hp.Int("pool", 2, 4)),
            keras.layers.Flatten(),
            Poisoned(poison),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


class Poisoned(keras.layers.Layer):  # type: ignore[misc]
    """Strikes in the middle of a training step: not while a network is built, which is done beside the search."""

    def __init__(self, poison: str) -> None:
        super().__init__()
        self.poison = poison

    def call(self, inputs: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002 - Keras's
        """The same inputs, if there is still somebody to take them."""
        if self.poison == "NaN":
            return inputs * float("nan")
        if not training or self.poison == "none":
            return inputs
        struck = tf.py_function(self._strike, [inputs], tf.float32)
        return tf.reshape(struck, tf.shape(inputs))

    def compute_output_shape(self, shape: Any) -> Any:
        """The inputs' own."""
        return shape

    def _strike(self, inputs: Any) -> Any:
        if self.poison == "kills":
            os.kill(os.getpid(), signal.SIGKILL)  # as the system does where memory runs out
        time.sleep(3_600)
        return inputs
