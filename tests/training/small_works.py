"""Trainings of a second, on the first 2,000 real images: 1,600 to train on, so that the last batch of 128 has 64."""

from typing import Any

import numpy as np

from nas.architecture import (
    Activation,
    Architecture,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    MaxPooling2D,
    Network,
    Task,
)
from nas.baselines import baselines
from nas.data import find
from nas.training.curve import Curve
from nas.training.plan import NOTEBOOK
from nas.training.work import Checkpoint, Work

BASELINES = baselines(Task(input_shape=(28, 28, 1), classes=10))

STATEFUL = Architecture(
    input_shape=(28, 28, 1),
    layers=(
        Conv2D(filters=4, kernel_size=(3, 3), strides=(2, 2), padding="same", use_bias=False),
        BatchNormalization(),
        Activation(activation="relu"),
        DepthwiseConv2D(kernel_size=(3, 3), activation="relu"),
        MaxPooling2D(pool_size=(2, 2)),
        Dropout(rate=0.25),
        Conv2D(filters=8, kernel_size=(1, 1), activation="silu"),
        GlobalAveragePooling2D(),
        Dropout(rate=0.25),
        Dense(units=10, activation="softmax"),
    ),
)
"""A network with everything that has a state of its own: moving averages, random numbers, optimizer slots."""


def work(network: Network = STATEFUL, *, until_epoch: int = 1, **changes: Any) -> Work:
    """A work under the notebook's plan with seed 5."""
    given: dict[str, Any] = {"plan": NOTEBOOK, "data": find("mnist:2000"), "seed": 5} | changes
    return Work(network=network, until_epoch=until_epoch, **given)


def untimed(curve: Curve) -> list[dict[str, Any]]:
    """A curve's figures without the seconds, which no two trainings share."""
    return [row.model_dump(exclude={"seconds"}) for row in curve]


def assert_same(one: Checkpoint, other: Checkpoint, *, tolerance: float = 0.0) -> None:
    """Two checkpoints agree in epoch, names and values: bit for bit and in type, unless a tolerance is given."""
    assert one.epoch == other.epoch
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        assert tolerance or array.dtype == other.arrays[name].dtype, name
        ours, theirs = (values.astype(np.float64) for values in (array, other.arrays[name]))  # holds float32 and uint32 exactly
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance, err_msg=name)
