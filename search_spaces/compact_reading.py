"""The choices of the space `compact` behind a network's layers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log
from typing import Any

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
    MaxPooling2D,
    Shape,
    Task,
    measure,
)
from nas.errors import ArchitectureError
from search_spaces.compact import (
    GRIDS,
    GROWTHS,
    LEAST,
    STEP,
    STEPS,
    WIDTH,
    Frame,
    Part,
    clipped,
    coarsest,
    first,
    frame_of,
    most_parameters,
    window_for,
)

Choices = dict[str, Any]


def readings(architecture: Architecture, task: Task) -> Iterator[Choices]:
    """Choices that may give a network, one reading for each growth of the stages that its widths allow."""
    try:
        structure = _read(architecture, task) | {"growth": 1.0}
        frame = frame_of(structure, task)
        widths = tuple(_width(architecture.layers[place]) for place, part in enumerate(frame.parts) if part.width)
    except (ArchitectureError, LookupError, ValueError):  # its layers stand in an order that the space does not have
        return
    for growth in GROWTHS:
        choices = structure | {"growth": growth}
        frame = frame_of(choices, task)
        opened = tuple(zip((part for part in frame.parts if part.width), widths, strict=True))
        multipliers = _multipliers(opened)
        if multipliers:
            k = multipliers[len(multipliers) // 2]
            choices |= {part.width: _ratio(width, part.scale, k) for part, width in opened}
            yield choices | {"fill": _fill(frame_of(choices, task), k, most_parameters(task))}


def _multipliers(opened: Sequence[tuple[Part, int]]) -> range:
    """The multipliers at which each width is within reach of its ratio."""
    narrow, broad = WIDTH
    low = max((width - 0.5) / (broad * part.scale) if width > 1 else LEAST for part, width in opened)
    high = min((width + 0.5) / (narrow * part.scale) for part, width in opened)
    return range(max(0, ceil(log(low / LEAST, STEP))), min(STEPS, floor(log(high / LEAST, STEP))) + 1)


def _ratio(width: int, scale: float, k: int) -> float:
    narrow, broad = WIDTH
    return min(max(width / (scale * LEAST * STEP**k), narrow), broad)


def _fill(frame: Frame, k: int, most: int) -> float:
    """A share of the budget that these widths are within, and the next larger ones are not."""

    def parameters(at: int) -> int:
        return measure(frame.at(at)).parameters

    now = parameters(k)
    larger = parameters(first(lambda at: parameters(at) > now))
    return 1.0 if larger > most else ((now + larger) / 2 / most) ** 10


def _width(layer: object) -> int:
    if isinstance(layer, Conv2D):
        return layer.filters
    if isinstance(layer, Dense):
        return layer.units
    raise LookupError("Its width is not open.")


def _read(architecture: Architecture, task: Task) -> Choices:
    layers = architecture.layers
    windowed = [layer for layer in layers if isinstance(layer, Conv2D | DepthwiseConv2D)]
    functions = [layer.activation for layer in layers if isinstance(layer, Activation)] + [windowed[0].activation]
    choices: Choices = {
        "padding": next((layer.padding for layer in windowed if layer.kernel_size != (1, 1)), "valid"),
        "normalised": any(isinstance(layer, BatchNormalization) for layer in layers),
        "activation": functions[0],
    }
    if coarsest(task) > 1:
        choices["shrink_1"] = 1
    return choices | _stages(_units(architecture, choices["padding"])) | _head(architecture)


@dataclass(frozen=True)
class _Unit:
    """A convolution with what belongs to it, or a separable block."""

    block: str
    """As a choice spells it; empty for a squeeze."""
    reduction: str
    """How the image is made smaller before it; empty where it is not."""
    shrink: int
    """By how much."""


def _units(architecture: Architecture, padding: str) -> Iterator[_Unit]:
    pool = ("", 1)
    depthwise = ""
    given: Shape = architecture.input_shape
    for layer, made in zip(architecture.layers, architecture.shapes, strict=True):
        match layer:
            case MaxPooling2D() | AveragePooling2D():
                pool = ("max" if isinstance(layer, MaxPooling2D) else "average", max(layer.pool_size))
            case DepthwiseConv2D():
                depthwise = f"separable{_size(layer.kernel_size, given, padding)}"
                pool = ("stride", max(layer.strides)) if max(layer.strides) > 1 else pool
            case Conv2D():
                squeeze = layer.kernel_size == (1, 1) and max(given[:2]) > 1
                block = depthwise or ("" if squeeze else f"conv{_size(layer.kernel_size, given, padding)}")
                pool = ("stride", max(layer.strides)) if max(layer.strides) > 1 else pool
                yield _Unit(block, *pool)
                pool, depthwise = ("", 1), ""
            case _:
                pass
        given = made


def _size(window: tuple[int, int], given: Shape, padding: str) -> int:
    return {clipped(size, given, padding): size for size in (3, 5)}[window]


def _stages(units: Iterator[_Unit]) -> Choices:
    """A stage begins where the image shrinks, or at a squeeze before that."""
    choices: Choices = {}
    stage, blocks = 1, 0
    for unit in units:
        if blocks and (unit.reduction or not unit.block):
            stage, blocks = stage + 1, 0
        if stage > 1:
            choices.setdefault(f"squeeze_{stage}", not unit.block)
        if unit.reduction:
            choices |= {f"shrink_{stage}": unit.shrink, f"reduction_{stage}": unit.reduction}
        if unit.block:
            blocks += 1
            choices |= {f"block_{stage}_{blocks}": unit.block, f"blocks_{stage}": blocks}
    return choices | {"stages": stage}


def _head(architecture: Architecture) -> Choices:
    layers = architecture.layers
    dense = [layer for layer in layers if isinstance(layer, Dense)]
    choices: Choices = {"head": "average", "dense": len(dense) == 2, "dropout": 0.0, "output_bias": dense[-1].use_bias}
    for place, layer in enumerate(layers):
        match layer:
            case Dropout():
                choices["dropout"] = layer.rate
            case Flatten():
                pool = layers[place - 1] if place else layer
                pooled = isinstance(pool, MaxPooling2D | AveragePooling2D)
                shape = (architecture.input_shape, *architecture.shapes)[place - pooled]
                window = pool.pool_size if isinstance(pool, MaxPooling2D | AveragePooling2D) else (1, 1)
                kind = "average" if isinstance(pool, AveragePooling2D) else "max"
                grid = {window_for(shape, grid): grid for grid in GRIDS}[window]
                choices |= {"head": "flatten", "grid": grid, "grid_pool": kind}
            case _:
                pass
    return choices
