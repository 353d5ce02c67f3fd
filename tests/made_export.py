"""Networks with made-up weights, ready to be exported."""

import numpy as np

from nas.architecture import (
    Activation,
    Architecture,
    AveragePooling2D,
    BatchNormalization,
    Budget,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    MaxPooling2D,
)
from nas.baselines import baselines
from nas.data import find
from nas.evaluation.replay import TASK
from nas.exporting.released import Released
from nas.training.build import build
from nas.training.plan import NOTEBOOK
from nas.training.work import Checkpoint

EVERY_KIND = Architecture(
    input_shape=(28, 28, 1),
    layers=(
        Conv2D(filters=6, kernel_size=(3, 3), use_bias=False, strides=(2, 2), padding="same"),
        BatchNormalization(),
        Activation(activation="relu"),
        DepthwiseConv2D(kernel_size=(3, 3), activation="silu"),
        AveragePooling2D(pool_size=(2, 2)),
        Conv2D(filters=8, kernel_size=(1, 1), activation="hard_silu"),
        BatchNormalization(),
        MaxPooling2D(pool_size=(2, 2)),
        Dropout(rate=0.2),
        GlobalAveragePooling2D(),
        Dense(units=10, activation="softmax"),
    ),
)
"""A layer of each kind but `Flatten`, which the hand-designed networks have."""


def made_release(network: Architecture | None = None, *, seed: int = 0, label: str = "trial 3") -> Released:
    """A network (model-5, if none is given) with weights and moving statistics unlike those of a fresh one."""
    network = network or baselines(TASK)["model-5"]
    drawn = np.random.default_rng(seed)
    variables = build(network, seed=seed).variables
    arrays = [np.asarray(one) + drawn.uniform(0.02, 0.2, one.shape).astype(np.asarray(one).dtype) for one in variables]
    checkpoint = Checkpoint(15, {f"model/{index}": array for index, array in enumerate(arrays)})
    return Released(label, "made", network, NOTEBOOK, find("mnist:200"), seed, checkpoint, "Made up for a test.", Budget())
