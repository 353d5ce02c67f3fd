"""Layers seen at work: the same counts as by arithmetic, however a model is written."""

from typing import Any

import numpy as np
import pytest
from small_works import BASELINES, STATEFUL

from nas.architecture import Architecture, measure

pytestmark = [pytest.mark.keras, pytest.mark.slow]


def seen(model: Any, *shape: int) -> Any:
    from nas.training.seen_layers import see_layers

    return see_layers(model, np.zeros((2, *shape), np.float32))[0]


@pytest.mark.parametrize("network", [BASELINES["model-5"], STATEFUL], ids=["model-5", "with states"])
def test_what_is_seen_of_our_layers_is_what_is_measured(network: Architecture) -> None:
    from nas.training.build import build

    rows = seen(build(network), *network.input_shape)
    figures = ("output_shape", "parameters", "trainable_parameters", "macs", "activation_bytes")
    assert [[getattr(row, name) for name in figures] for row in rows] == [
        [getattr(row, name) for name in figures] for row in measure(network).rows
    ]


def test_layers_of_classes_and_graphs_are_seen_wherever_they_are_called() -> None:
    import keras
    from keras import layers

    class Twice(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.shared, self.end, self.idle = layers.Dense(4), layers.Dense(3), layers.Dense(2)
            self.idle.build((None, 5))

        def call(self, images: Any) -> Any:
            flat = keras.ops.reshape(images, (-1, 4))
            return self.end(self.shared(self.shared(flat)))

    model = Twice()
    rows = seen(model, 2, 2, 1)
    assert [(row.kind, row.parameters, row.macs) for row in rows] == [
        ("Dense", 20, 16),
        ("Dense", 0, 16),
        ("Dense", 15, 12),
        ("unused", 12, 0),
    ]
    assert sum(row.parameters for row in rows) == model.count_params()


def test_kernels_are_counted_at_each_place_that_they_are_used_at() -> None:
    import keras
    from keras import layers

    image = keras.Input((8, 8, 3))
    wide = layers.SeparableConv2D(5, 3, padding="same", name="separable")(image)
    back = layers.Conv2DTranspose(2, 2, strides=2, name="transposed")(wide)
    both = layers.Concatenate(name="both")([layers.AveragePooling2D(2)(back), image])
    model = keras.Model(image, layers.Dense(4, name="end")(layers.LayerNormalization(name="normal")(both)))
    rows = {row.name: row for row in seen(model, 8, 8, 3)}
    assert rows["separable"].macs == (3 * 9 + 3 * 5) * 64
    assert rows["transposed"].macs == 2 * 2 * 2 * 5 * 64  # at each place of its input
    assert rows["both"].activation_bytes == (2 + 3) * 64 * 2
    assert (rows["normal"].macs, rows["end"].macs) == (0, 5 * 4 * 64)
    assert sum(row.parameters for row in rows.values()) == model.count_params()
