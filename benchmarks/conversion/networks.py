"""Random networks to be converted: of the plain space, and of any layers that can follow each other."""

from collections.abc import Callable
from typing import TypeVar

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
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    Shape,
    Task,
    fits,
    layers_of,
    measure,
)
from nas.architecture.layers import ActivationName
from nas.architecture.shapes import output_shape
from nas.engine.choices import Drawing
from nas.engine.spaces import find_space

_Value = TypeVar("_Value")
Draw = Callable[[np.random.Generator], Architecture]
INPUT_SHAPES = ((28, 28, 1), (28, 28, 1), (32, 32, 3), (8, 8, 1), (96, 96, 1), (20, 24, 3), (49, 10, 1))
"""(height, width, channels), the notebook's twice."""
BUDGETS = (500, 1_000, 3_000, 7_000, 20_000, 60_000)
"""Parameters, one of which a network of the plain space has to fit."""
MOST_PARAMETERS = 200_000
LARGEST_ACTIVATION = 60_000
ACTIVATIONS: tuple[ActivationName, ...] = ("linear", "relu", "relu", "silu", "hard_silu", "softmax")


def draw_plain(generator: np.random.Generator) -> Architecture:
    """A network of the plain space within one of the budgets."""
    task = Task(
        input_shape=_one_of(INPUT_SHAPES, generator),
        classes=int(generator.integers(2, 13)),
        budget=Budget(parameters=_one_of(BUDGETS, generator)),
    )
    draw = find_space("plain").draw
    while True:
        network = layers_of(draw(Drawing(generator), task))
        if fits(measure(network), budget=task.budget):
            return network


def draw_any(generator: np.random.Generator) -> Architecture:
    """A chain of blocks of any layers, ending as a classifier does; its normalisations may or may not fold."""
    while True:
        network = _chain(generator)
        cost = measure(network)
        if cost.parameters <= MOST_PARAMETERS and cost.peak_activation_bytes <= LARGEST_ACTIVATION:
            return network


def _chain(generator: np.random.Generator) -> Architecture:
    input_shape = _one_of(INPUT_SHAPES, generator)
    layers: list[Layer] = []
    given: Shape = input_shape
    for _ in range(int(generator.integers(0, 9))):
        layer = _image_layer(given, generator)
        layers.append(layer)
        given = output_shape(layer, given=given)
        if len(given) == 1:
            break
    if len(given) == 3:
        endings: tuple[Layer, ...] = (Flatten(), GlobalAveragePooling2D())
        layers.append(_one_of(endings, generator))
    layers += [_vector_layer(generator) for _ in range(int(generator.integers(0, 3)))]
    layers.append(Dense(units=int(generator.integers(2, 13)), activation="softmax"))
    return Architecture(input_shape=input_shape, layers=tuple(layers))


def _image_layer(given: Shape, generator: np.random.Generator) -> Layer:
    kind = generator.choice(
        ("conv", "depthwise", "max", "average", "global", "norm", "activation", "dropout", "flatten"),
        p=(0.3, 0.15, 0.1, 0.1, 0.02, 0.15, 0.11, 0.05, 0.02),
    )
    match kind:
        case "conv" | "depthwise":
            padding = "same" if generator.random() < 0.5 else "valid"
            windows: dict[str, object] = {
                "kernel_size": _window(given, generator, up_to=7),
                "strides": _one_of(((1, 1), (1, 1), (2, 2), (1, 2)), generator),
                "padding": padding,
                "activation": _one_of(ACTIVATIONS, generator) if generator.random() < 0.6 else "linear",
                "use_bias": bool(generator.random() < 0.6),
            }
            if kind == "depthwise":
                return DepthwiseConv2D.model_validate(windows)
            return Conv2D.model_validate(windows | {"filters": int(generator.integers(1, 49))})
        case "max":
            return MaxPooling2D(pool_size=_window(given, generator, up_to=4))
        case "average":
            return AveragePooling2D(pool_size=_window(given, generator, up_to=4))
        case "global":
            return GlobalAveragePooling2D()
        case "flatten":
            return Flatten()
        case _:
            return _anywhere(str(kind), generator)


def _vector_layer(generator: np.random.Generator) -> Layer:
    kind = str(generator.choice(("dense", "norm", "activation", "dropout"), p=(0.55, 0.2, 0.15, 0.1)))
    if kind == "dense":
        return Dense(
            units=int(generator.integers(1, 65)),
            activation=_one_of(ACTIVATIONS, generator),
            use_bias=bool(generator.random() < 0.6),
        )
    return _anywhere(kind, generator)


def _anywhere(kind: str, generator: np.random.Generator) -> Layer:
    match kind:
        case "norm":
            return BatchNormalization()
        case "activation":
            return Activation(activation=_one_of(ACTIVATIONS, generator))
        case _:
            return Dropout(rate=0.25)


def _window(given: Shape, generator: np.random.Generator, *, up_to: int) -> tuple[int, int]:
    size = int(generator.integers(1, up_to + 1))
    return min(size, given[0]), min(size, given[1])


def _one_of(values: tuple[_Value, ...], generator: np.random.Generator) -> _Value:
    return values[int(generator.integers(len(values)))]
