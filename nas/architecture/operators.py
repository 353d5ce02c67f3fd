"""What a network becomes for a microcontroller: the operators of its int8 LiteRT file, as the converter makes them."""

from dataclasses import dataclass, replace
from math import prod
from typing import Final, Literal, assert_never

from nas.architecture.layers import (
    Activation,
    ActivationName,
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
from nas.architecture.network import Architecture
from nas.architecture.shapes import Shape

OperatorKind = Literal[
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "MAX_POOL_2D",
    "AVERAGE_POOL_2D",
    "MEAN",
    "RESHAPE",
    "SOFTMAX",
    "LOGISTIC",
    "HARD_SWISH",
    "RELU",
    "MUL",
    "ADD",
]
_LINEAR: Final = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
_TAKES_RELU: Final = (*_LINEAR, "MAX_POOL_2D", "AVERAGE_POOL_2D", "MUL", "ADD")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator of the converted network, with the tensors that only it has."""

    kind: OperatorKind
    made: Shape
    """Shape of what it makes, one byte a value."""
    names: tuple[str, ...]
    """Names of the tensors: what it makes first, then its constants. The converter keeps what was merged into them."""
    weights: int = 0
    """Values of its int8 kernel."""
    channels: int = 0
    """Output channels of the kernel, each with a scale, a zero point and a 32-bit bias."""
    bias: bool = False
    """Whether a bias is stored."""
    constant_bytes: int = 0
    """Bytes of its one constant where it has no kernel: axes, a shape, a factor or a summand a channel."""
    fused: bool = False
    """Whether an activation is part of it."""
    one_pixel: bool = False
    """Whether it only takes the sides off an image of one pixel."""
    inputs: int = 1
    """How many of the tensors made last it reads."""


def converted(architecture: Architecture) -> tuple[Operator, ...]:
    """The operators that the converter makes of a network, in order; at least as many as it really makes.

    A convolution takes a following normalisation and ReLU with it, `silu` becomes two operators, dropout none.

    >>> from nas.architecture.layers import Conv2D, Dense, Flatten
    >>> layers = (Conv2D(filters=2, kernel_size=(3, 3), activation="silu"), Flatten(), Dense(units=3))
    >>> [operator.kind for operator in converted(Architecture(input_shape=(8, 8, 1), layers=layers))]
    ['CONV_2D', 'LOGISTIC', 'MUL', 'RESHAPE', 'FULLY_CONNECTED']
    """
    operators: list[Operator] = []
    given: Shape = architecture.input_shape
    for index, (layer, made) in enumerate(zip(architecture.layers, architecture.shapes, strict=True), start=1):
        scope = f"network_1/{layer.kind}_{index}_1/"
        operators = _extended(operators, layer, scope=scope, given=given, made=made)
        given = made
    return tuple(operators)


def _extended(operators: list[Operator], layer: Layer, *, scope: str, given: Shape, made: Shape) -> list[Operator]:
    match layer:
        case Conv2D() | DepthwiseConv2D():
            linear = _linear(layer, scope=scope, given=given, made=made)
            return _activated([*operators, linear], layer.activation, scope=scope)
        case Dense():
            linear = _linear(layer, scope=scope, given=given, made=made)
            return _activated(_with_dense(operators, layer, linear), layer.activation, scope=scope)
        case MaxPooling2D():
            return [*operators, Operator(kind="MAX_POOL_2D", made=made, names=(f"{scope}MaxPool2d",))]
        case AveragePooling2D():
            return [*operators, Operator(kind="AVERAGE_POOL_2D", made=made, names=(f"{scope}AvgPool",))]
        case GlobalAveragePooling2D():
            names = (f"{scope}Mean", f"{scope}Mean/reduction_indices")
            return [*operators, Operator(kind="MEAN", made=made, names=names, constant_bytes=8)]
        case BatchNormalization():
            return _normalised(operators, scope=scope, made=made)
        case Activation():
            return _activated(operators, layer.activation, scope=scope, made=made)
        case Dropout():
            return operators
        case Flatten():
            names = (f"{scope}Reshape", "arith.constant")
            return [
                *operators,
                Operator(kind="RESHAPE", made=made, names=names, constant_bytes=8, one_pixel=prod(given) == given[-1]),
            ]
        case _:
            assert_never(layer)


def _linear(layer: Conv2D | DepthwiseConv2D | Dense, *, scope: str, given: Shape, made: Shape) -> Operator:
    kind: OperatorKind
    match layer:
        case Conv2D():
            kind, word, weights = "CONV_2D", "convolution", prod(layer.kernel_size) * given[-1] * made[-1]
        case DepthwiseConv2D():
            kind, word, weights = "DEPTHWISE_CONV_2D", "depthwise", prod(layer.kernel_size) * made[-1]
        case Dense():
            kind, word, weights = "FULLY_CONNECTED", "MatMul", given[0] * made[0]
    parts = [f"{scope}{word}", f"{scope}BiasAdd"] if layer.use_bias else [f"{scope}{word}"]
    if kind != "FULLY_CONNECTED" and layer.use_bias:
        parts.append(f"{scope}Squeeze")
    whole = ";".join(parts) + "1"
    return Operator(
        kind=kind,
        made=made,
        names=(whole, f"{scope}{word}", whole),
        weights=weights,
        channels=made[-1],
        bias=layer.use_bias or kind != "FULLY_CONNECTED",  # a convolution without gets one of zeros
    )


def _with_dense(operators: list[Operator], layer: Dense, dense: Operator) -> list[Operator]:
    """With a dense operator, which takes the normalisations before it where it has a bias and a function to follow."""
    kept = list(operators)
    while layer.use_bias and layer.activation != "linear" and _ends_normalised(kept):
        *kept, product, total = kept
        whole = f"{product.names[0]};{total.names[0]};{dense.names[0]}"
        dense = replace(dense, names=(whole, f"{dense.names[1]};{product.names[1]}", whole))
    if kept and kept[-1].kind == "RESHAPE" and kept[-1].one_pixel:
        kept.pop()  # one pixel is a vector to it
    return [*kept, dense]


def _ends_normalised(operators: list[Operator]) -> bool:
    last = operators[-2:]
    return [operator.kind for operator in last] == ["MUL", "ADD"] and all(one.constant_bytes and not one.fused for one in last)


def _normalised(operators: list[Operator], *, scope: str, made: Shape) -> list[Operator]:
    """With a normalisation: in the linear operator before it, or as a product and a sum of its own."""
    words = [f"{scope}batchnorm/{word}" for word in ("mul_1", "add_1", "mul", "sub")]
    if operators and operators[-1].kind in _LINEAR and not operators[-1].fused:
        before = operators[-1]
        whole = ";".join([*words, before.names[0]])
        simple = before.kind == "CONV_2D" and "batchnorm" not in before.names[0]
        kernel = before.names[1] if simple else f"{words[0]};{words[2]};{before.names[0]}"
        return [*operators[:-1], replace(before, names=(whole, kernel, whole), bias=True)]
    product = Operator(kind="MUL", made=made, names=(words[0], words[2]), constant_bytes=made[-1])
    return [*operators, product, Operator(kind="ADD", made=made, names=(words[1], words[3]), constant_bytes=made[-1])]


def _activated(operators: list[Operator], activation: ActivationName, *, scope: str, made: Shape | None = None) -> list[Operator]:
    """With an activation, which ReLU does not need an operator for where the one before can take it."""
    shape = operators[-1].made if made is None else made
    match activation:
        case "linear":
            return operators
        case "relu":
            if operators and operators[-1].kind in _TAKES_RELU:
                before = operators[-1]
                names = (f"{scope}Relu;{before.names[0]}", *before.names[1:])
                return [*operators[:-1], replace(before, names=names, fused=True)]
            if operators and operators[-1].kind == "HARD_SWISH":
                return [*operators[:-1], *_taken_apart(operators[-1], scope=scope)]
            return [*operators, Operator(kind="RELU", made=shape, names=(f"{scope}Relu",), fused=True)]
        case "softmax":
            return [*operators, Operator(kind="SOFTMAX", made=shape, names=(f"{scope}Softmax",), fused=True)]
        case "hard_silu":
            words = ("mul", "Const", "Relu6", "add", "truediv", "Const_1")
            name = ";".join(f"{scope}{word}" for word in words)
            return [*operators, Operator(kind="HARD_SWISH", made=shape, names=(name,), fused=True)]
        case "silu":
            sigmoid = Operator(kind="LOGISTIC", made=shape, names=(f"{scope}Sigmoid",), fused=True)
            return [*operators, sigmoid, Operator(kind="MUL", made=shape, names=(f"{scope}mul_1",), inputs=2)]
        case _:
            assert_never(activation)


def _taken_apart(operator: Operator, *, scope: str) -> list[Operator]:
    """What the converter makes of a hard swish that a ReLU follows: a sum, a product, and a product with ReLU."""
    (name,) = operator.names
    total = replace(operator, kind="ADD", names=(name, name), constant_bytes=1)
    whole = replace(operator, kind="MUL", names=(f"{scope}Relu;{name}",), inputs=3)
    return [total, replace(total, kind="MUL"), whole]
