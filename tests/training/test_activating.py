"""The faster activations are Keras's own up to rounding, and never part of a model that is shipped."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from nas.architecture import Activation, Architecture, Conv2D, Dense, DepthwiseConv2D, Flatten
from nas.training.activating import FASTEST
from nas.training.build import build

pytestmark = pytest.mark.keras

NETWORK = Architecture(
    input_shape=(6, 6, 1),
    layers=(
        Conv2D(filters=3, kernel_size=(3, 3), activation="silu"),
        DepthwiseConv2D(kernel_size=(3, 3), activation="silu"),
        Activation(activation="silu"),
        Flatten(),
        Dense(units=4, activation="silu"),
        Dense(units=2, activation="softmax"),
    ),
)


@pytest.mark.parametrize("name", FASTEST)
@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16], ids=["float32", "bfloat16"])
def test_outputs_and_gradients_are_those_of_keras(name: str, dtype: tf.DType) -> None:
    inputs = tf.cast(tf.linspace(-30.0, 30.0, 2_001), dtype)
    found = []
    for activation in (keras.activations.get(name), FASTEST[name]):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = activation(inputs)
        found.append((outputs, tape.gradient(outputs, inputs)))
        assert outputs.dtype == dtype
    for keras_figure, ours in zip(*found, strict=True):
        exactness = 1e-5 if dtype == tf.float32 else 0.02
        np.testing.assert_allclose(tf.cast(ours, tf.float32), tf.cast(keras_figure, tf.float32), rtol=exactness, atol=exactness)


def test_a_model_trains_by_it_and_ships_without_it() -> None:
    trained, shipped = build(NETWORK, logits=True), build(NETWORK)
    silus = [index for index, layer in enumerate(NETWORK.layers) if getattr(layer, "activation", "") == "silu"]
    assert {trained.layers[index].activation for index in silus} == {FASTEST["silu"]}
    assert {shipped.layers[index].activation for index in silus} == {keras.activations.silu}
    images = np.random.default_rng(0).random((3, 6, 6, 1), np.float32)
    logits = np.asarray(trained(images))
    np.testing.assert_allclose(np.asarray(shipped(images)), np.asarray(tf.nn.softmax(logits)), atol=1e-6)
