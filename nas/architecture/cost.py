"""What a network costs, layer by layer, by arithmetic alone."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import assert_never

from nas.architecture import footprint
from nas.architecture.factory import BuiltLayer, Factory
from nas.architecture.layers import (
    Activation,
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
)
from nas.architecture.network import Architecture, Network
from nas.architecture.shapes import Shape
from nas.errors import BudgetError


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCost:
    """What one layer costs."""

    kind: str
    """The layer's kind, as in the architecture."""
    output_shape: tuple[int, ...]
    """(height, width, channels) or (values,)."""
    parameters: int
    """All numbers that Keras stores for it, moving statistics included."""
    trainable_parameters: int
    """Those that training changes by gradient."""
    deployed_parameters: int
    """Those left for inference, with BatchNormalization folded into the layer before it where that is possible."""
    macs: int
    """Multiply-accumulate operations for one image."""
    activation_bytes: int
    """Bytes of its input and output together with one byte a value (int8), for one image."""


@dataclass(frozen=True)
class Cost:
    """What a network costs: one row a layer, totals that are the rows' sums (peak memory: their maximum), and deployment."""

    rows: tuple[LayerCost, ...]
    """One for each layer, in order."""
    network: Network
    """What costs it."""

    @cached_property
    def parameters(self) -> int:
        """Numbers stored, as `count_params()` of Keras gives them."""
        return sum(row.parameters for row in self.rows)

    @cached_property
    def trainable_parameters(self) -> int:
        """Numbers that training changes by gradient."""
        return sum(row.trainable_parameters for row in self.rows)

    @cached_property
    def deployed_parameters(self) -> int:
        """Numbers left for inference after folding BatchNormalization."""
        return sum(row.deployed_parameters for row in self.rows)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulate operations for one image."""
        return sum(row.macs for row in self.rows)

    @cached_property
    def peak_activation_bytes(self) -> int:
        """The most that one layer's input and output take together, as int8, for one image."""
        return max((row.activation_bytes for row in self.rows), default=0)

    @property
    def estimates_bytes(self) -> bool:
        """Whether flash and RAM can be estimated: they are from layers, which a foreign function does not name."""
        return isinstance(self.network, Architecture)

    @cached_property
    def flash_bytes(self) -> int:
        """Bytes of its int8 LiteRT file, estimated from above.

        Raises:
            BudgetError: If it is built by a foreign function.
        """
        return footprint.flash_bytes(self._layers)

    @cached_property
    def ram_bytes(self) -> int:
        """Bytes of the arena that TensorFlow Lite Micro works in for that file, estimated from above.

        Raises:
            BudgetError: If it is built by a foreign function.
        """
        return footprint.ram_bytes(self._layers)

    @property
    def _layers(self) -> Architecture:
        if isinstance(self.network, Architecture):
            return self.network
        raise BudgetError(
            f"Bytes of RAM and flash are estimated from layers, which {self.network.source} builds by itself; export the network"
            " to measure them."
        )


def measure(network: Network) -> Cost:
    """The cost of a network, in well under a millisecond and without building it.

    >>> from nas.architecture.layers import Dense, Flatten
    >>> measure(Architecture(input_shape=(28, 28, 1), layers=(Flatten(), Dense(units=10)))).parameters
    7850
    """
    if isinstance(network, Factory):
        return Cost(tuple(map(_seen, network.layers)), network)
    rows: list[LayerCost] = []
    given: Shape = network.input_shape
    before: Layer | None = None
    for layer, made in zip(network.layers, network.shapes, strict=True):
        rows.append(_layer_cost(layer, before=before, given=given, made=made))
        given, before = made, layer
    return Cost(tuple(rows), network)


def _seen(layer: BuiltLayer) -> LayerCost:
    """The cost of a layer as a build showed it; what a converter would fold is not known, so nothing is."""
    return LayerCost(
        kind=layer.kind,
        output_shape=layer.output_shape,
        parameters=layer.parameters,
        trainable_parameters=layer.trainable_parameters,
        deployed_parameters=layer.parameters,
        macs=layer.macs,
        activation_bytes=layer.activation_bytes,
    )


def _layer_cost(layer: Layer, *, before: Layer | None, given: Shape, made: Shape) -> LayerCost:
    weights = frozen = macs = 0
    deployed: int | None = None
    in_place = False
    match layer:
        case Conv2D():
            kernel = prod(layer.kernel_size) * given[2]
            weights = (kernel + layer.use_bias) * layer.filters
            macs = kernel * prod(made)
        case DepthwiseConv2D():
            kernel = prod(layer.kernel_size)
            weights = (kernel + layer.use_bias) * given[2]
            macs = kernel * prod(made)
        case Dense():
            weights = (given[0] + layer.use_bias) * layer.units
            macs = given[0] * layer.units
        case BatchNormalization():
            weights = frozen = 2 * given[-1]
            deployed = _folded(before) * given[-1]
            in_place = True
        case MaxPooling2D() | AveragePooling2D() | GlobalAveragePooling2D():
            pass
        case Activation() | Dropout() | Flatten():
            in_place = True
        case _:
            assert_never(layer)
    return LayerCost(
        kind=layer.kind,
        output_shape=made,
        parameters=weights + frozen,
        trainable_parameters=weights,
        deployed_parameters=weights if deployed is None else deployed,
        macs=macs,
        activation_bytes=prod(given) if in_place else prod(given) + prod(made),
    )


def _folded(before: Layer | None) -> int:
    """Numbers a channel that a normalisation still needs at inference: scale and shift, unless the layer before takes them."""
    if isinstance(before, Conv2D | DepthwiseConv2D | Dense) and before.activation == "linear":
        return 0 if before.use_bias else 1
    return 2
