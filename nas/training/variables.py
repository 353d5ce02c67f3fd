"""The variables that each layer keeps in Keras, by arithmetic, in the order of a model's `variables`."""

from dataclasses import dataclass
from typing import assert_never

from nas.architecture import (
    Activation,
    Architecture,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    Shape,
)

SEED_STATE: Shape = (2,)
"""Shape of a seed generator's state, whole numbers of 64 bits."""


@dataclass(frozen=True)
class LayerVariables:
    """What one layer keeps."""

    weights: tuple[Shape, ...]
    """Shapes of its float32 arrays."""
    seeded: bool
    """Whether the state of a seed generator follows them."""


def layer_variables(architecture: Architecture) -> tuple[LayerVariables, ...]:
    """What each layer keeps.

    >>> from nas.architecture import Dense, Dropout, Flatten
    >>> layers = (Flatten(), Dropout(rate=0.5), Dense(units=3))
    >>> for each in layer_variables(Architecture(input_shape=(2, 2, 1), layers=layers)):
    ...     print(each)
    LayerVariables(weights=(), seeded=False)
    LayerVariables(weights=(), seeded=True)
    LayerVariables(weights=((4, 3), (3,)), seeded=False)
    """
    given = (architecture.input_shape, *architecture.shapes)
    return tuple(
        LayerVariables(_weights(layer, given=shape), isinstance(layer, Dropout) and layer.rate > 0)
        for layer, shape in zip(architecture.layers, given, strict=False)
    )


def _weights(layer: Layer, *, given: Shape) -> tuple[Shape, ...]:
    match layer:
        case Conv2D():
            return _with_bias((*layer.kernel_size, given[-1], layer.filters), outputs=layer.filters, use_bias=layer.use_bias)
        case DepthwiseConv2D():
            return _with_bias((*layer.kernel_size, given[-1], 1), outputs=given[-1], use_bias=layer.use_bias)
        case Dense():
            return _with_bias((given[-1], layer.units), outputs=layer.units, use_bias=layer.use_bias)
        case BatchNormalization():
            return ((given[-1],),) * 4  # gamma, beta, moving mean, moving variance
        case MaxPooling2D() | AveragePooling2D() | GlobalAveragePooling2D() | Activation() | Dropout() | Flatten():
            return ()
        case _:
            assert_never(layer)


def _with_bias(kernel: Shape, *, outputs: int, use_bias: bool) -> tuple[Shape, ...]:
    return (kernel, (outputs,)) if use_bias else (kernel,)
