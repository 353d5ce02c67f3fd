"""How many bytes a network takes on a microcontroller, estimated from above before it is converted.

Two numbers: the int8 LiteRT file, which lies in flash, and the arena in RAM that TensorFlow Lite Micro works in. Both are what
follows from the network (weights, scales, names, activations that live at the same time) and an overhead for each thing that the
file or the interpreter keeps. The overheads are fitted to measured conversions so that no estimate is too low: see
`benchmarks/conversion`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from nas.architecture.network import Architecture
from nas.architecture.operators import Operator, converted
from nas.architecture.shapes import Shape

_ALIGNMENT: Final = 16

FILE_OVERHEADS: Final[Mapping[str, int]] = {
    "code": 40,
    "file": 681,
    "tensor": 54,
    "ADD": 44,
    "AVERAGE_POOL_2D": 68,
    "CONV_2D": 106,
    "DEPTHWISE_CONV_2D": 92,
    "FULLY_CONNECTED": 76,
    "HARD_SWISH": 28,
    "LOGISTIC": 58,
    "MAX_POOL_2D": 70,
    "MEAN": 24,
    "MUL": 44,
    "RELU": 74,
    "RESHAPE": 28,
    "SOFTMAX": 56,
}
"""Bytes of a file, and of each thing in it, beyond its content."""
ARENA_OVERHEADS: Final[Mapping[str, int]] = {
    "arena": 822,
    "tensor": 24,
    "ADD": 142,
    "AVERAGE_POOL_2D": 136,
    "CONV_2D": 172,
    "DEPTHWISE_CONV_2D": 172,
    "FULLY_CONNECTED": 176,
    "HARD_SWISH": 92,
    "LOGISTIC": 88,
    "MAX_POOL_2D": 138,
    "MEAN": 134,
    "MUL": 112,
    "RELU": 92,
    "RESHAPE": 102,
    "SOFTMAX": 148,
}
"""Bytes of an arena, and for each thing in the file, beyond activations and multipliers (64-bit pointers)."""


@dataclass(frozen=True)
class Inventory:
    """What is counted exactly, and how often there is each thing that has an overhead."""

    content_bytes: int
    counts: Mapping[str, int]

    def estimate(self, overheads: Mapping[str, int]) -> int:
        """Bytes altogether."""
        return self.content_bytes + sum(overheads[name] * count for name, count in self.counts.items())


def flash_bytes(architecture: Architecture) -> int:
    """Bytes of the network's int8 LiteRT file, at most.

    >>> from nas.architecture.layers import Dense, Flatten
    >>> flash_bytes(Architecture(input_shape=(28, 28, 1), layers=(Flatten(), Dense(units=10, activation="softmax")))) > 7840
    True
    """
    return file_inventory(architecture).estimate(FILE_OVERHEADS)


def ram_bytes(architecture: Architecture) -> int:
    """Bytes of the arena that TensorFlow Lite Micro takes for the network's int8 file, at most; images go in one by one."""
    return arena_inventory(architecture).estimate(ARENA_OVERHEADS)


def file_inventory(architecture: Architecture) -> Inventory:
    """What an int8 file holds: numbers, names, shapes and scales are its content, tables around them its overhead."""
    operators = converted(architecture)
    content = _tensor_bytes("serving_default_image:0", rank=4, scales=1)
    for operator in operators:
        made, *constants = operator.names
        content += _tensor_bytes(made, rank=len(operator.made) + 1, scales=1)
        if operator.channels:
            kernel, *biases = constants
            content += _tensor_bytes(kernel, rank=4, scales=operator.channels) + _vector(operator.weights)
            if operator.bias:
                content += _tensor_bytes(biases[0], rank=1, scales=operator.channels) + _vector(4 * operator.channels)
        elif constants:
            content += _tensor_bytes(constants[0], rank=1, scales=1) + _vector(operator.constant_bytes)
    return Inventory(content, {"file": 1, "code": len({operator.kind for operator in operators}), **_counts(operators)})


def arena_inventory(architecture: Architecture) -> Inventory:
    """What an arena holds: activations as they are planned, and a multiplier and a shift for each output channel."""
    operators = converted(architecture)
    multipliers = sum(2 * _aligned(4 * operator.channels) for operator in operators)
    planned = _planned_bytes(_activations(architecture.input_shape, operators))
    return Inventory(planned + multipliers, {"arena": 1, **_counts(operators)})


def _counts(operators: Sequence[Operator]) -> dict[str, int]:
    tensors = 1 + sum(1 + bool(operator.channels or operator.constant_bytes) + operator.bias for operator in operators)
    return {"tensor": tensors, **Counter(operator.kind for operator in operators)}


def _tensor_bytes(name: str, *, rank: int, scales: int) -> int:
    """A tensor's name, shape, float32 scales and int64 zero points."""
    return -(-(len(name) + 1) // 4) * 4 + 4 + _vector(4 * rank) + _vector(4 * scales) + _vector(8 * scales)


def _vector(size_bytes: int) -> int:
    return 4 + size_bytes


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // _ALIGNMENT) * _ALIGNMENT


@dataclass(frozen=True, slots=True)
class _Buffer:
    size_bytes: int
    first: int
    """Index of the operator that makes it."""
    last: int
    """Index of the last operator that reads it."""


def _activations(input_shape: Shape, operators: Sequence[Operator]) -> list[_Buffer]:
    """What is written and read between operators; the first is the image, and a mean also has its sums and indices."""
    sizes = [prod(input_shape), *(prod(operator.made) for operator in operators)]
    last = list(range(len(sizes)))
    for index, operator in enumerate(operators):
        for read in range(operator.inputs):
            last[index - read] = index
    last[-1] = len(operators) - 1
    buffers = [_Buffer(_aligned(size), max(index - 1, 0), last[index]) for index, size in enumerate(sizes)]
    means = [at for at, operator in enumerate(operators) if operator.kind == "MEAN"]
    scratch = [_Buffer(_aligned(size), at, at) for at in means for size in (4 * prod(operators[at].made), 16, 8)]
    return buffers + scratch


def _planned_bytes(buffers: Iterable[_Buffer]) -> int:
    """Bytes that the buffers take together when the largest is placed first, each in the first gap that is free while it lives.

    Of equally large ones the last comes first, as there.

    Source: `GreedyMemoryPlanner` of TensorFlow Lite Micro.
    """
    placed: list[tuple[int, _Buffer]] = []
    for _, buffer in sorted(enumerate(buffers), key=lambda numbered: (-numbered[1].size_bytes, -numbered[0])):
        offset = 0
        for start, other in sorted(placed, key=lambda one: one[0]):
            if other.first > buffer.last or buffer.first > other.last:
                continue
            if start - offset >= buffer.size_bytes:
                break
            offset = max(offset, start + other.size_bytes)
        placed.append((offset, buffer))
    return max(offset + buffer.size_bytes for offset, buffer in placed)
