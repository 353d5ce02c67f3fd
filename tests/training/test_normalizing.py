"""The faster batch normalization is Keras's own up to rounding, and never part of a model that is shipped."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from nas.architecture import Architecture, BatchNormalization, Conv2D, Dense, Flatten
from nas.training.build import build
from nas.training.normalizing import FusedBatchNormalization

pytestmark = pytest.mark.keras

NETWORK = Architecture(
    input_shape=(6, 6, 1),
    layers=(
        Conv2D(filters=3, kernel_size=(3, 3), use_bias=False),
        BatchNormalization(),
        Flatten(),
        Dense(units=2, activation="softmax"),
    ),
)


@pytest.mark.parametrize("shape", [(5, 4, 3, 2), (1, 1, 1, 2), (7, 2)], ids=["images", "one pixel", "vectors"])
def test_outputs_gradients_and_statistics_are_those_of_keras(shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    inputs = tf.constant(random.normal(2.0, 3.0, shape).astype(np.float32))
    weights = tf.constant(random.normal(size=shape).astype(np.float32))
    found = []
    for kind in (keras.layers.BatchNormalization, FusedBatchNormalization):
        layer = kind(gamma_initializer=keras.initializers.RandomNormal(seed=1), beta_initializer="ones")
        layer.build(shape)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs, training=True)
            loss = tf.reduce_sum(outputs * weights)
        gradients = tape.gradient(loss, [inputs, *(weight.value for weight in layer.trainable_variables)])
        figures = [outputs, *gradients, *layer.variables, layer(inputs, training=False)]
        found.append([np.asarray(figure) for figure in figures])
    for keras_figure, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, keras_figure, rtol=2e-5, atol=2e-5)


def test_half_precision_is_normalized_in_single_precision_as_by_keras() -> None:
    images = tf.constant(np.random.default_rng(0).normal(100.0, 1.0, (8, 5, 5, 2)), tf.bfloat16)
    ours, its = (
        kind(dtype="mixed_bfloat16")(images, training=True) for kind in (FusedBatchNormalization, keras.layers.BatchNormalization)
    )
    assert ours.dtype == its.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(ours, tf.float32), tf.cast(its, tf.float32), atol=0.02)


def test_a_model_trains_by_it_and_ships_without_it() -> None:
    trained, shipped = build(NETWORK, logits=True), build(NETWORK)
    assert type(trained.layers[1]) is FusedBatchNormalization
    assert type(shipped.layers[1]) is keras.layers.BatchNormalization
    assert [one.shape for one in trained.variables] == [one.shape for one in shipped.variables]
