"""What tiny networks are made of, with widths solved for so that nearly every draw fits the budget and lies near its edge."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil, floor
from statistics import fmean
from typing import Any, Final

from nas.architecture import (
    Activation,
    Architecture,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Fixed,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    Shape,
    Suggest,
    Task,
    fits,
    measure,
)
from nas.architecture.shapes import output_shape
from nas.architecture.suggest import Value
from nas.errors import SpaceError
from search_spaces.compact_baselines import baselines

__all__ = ["baselines", "locate", "smallest", "space"]

Choices = Mapping[str, Any]
MAX_STAGES, MAX_BLOCKS = 4, 3
BLOCKS: Final = ("conv3", "conv5", "separable3", "separable5")
GROWTHS: Final = (1.0, 1.4, 2.0)
"""How much wider a stage is than the one before it, apart from the ratios of its own layers."""
WIDTH: Final = (0.5, 2.0)
"""Range of a layer's width relative to the others; all are multiplied by the number that fills the budget."""
GRIDS: Final = (2, 3, 4)
"""Pixels a side that a flattened image has at most; a larger one is pooled first."""
THIN: Final = 4
"""Mean width below which a network is made shorter: three layers of four channels see more than six of two."""
LEAST, STEP, STEPS = 1 / 16, 1.005, 2_200
"""Widths are multiplied by LEAST · STEP ** k: at k = 0 each is 1, at the last k some thousand."""


def space(trial: Suggest, task: Task) -> Architecture:
    """A compact network drawn from a trial: stages of convolutions and separable blocks, each on a smaller image.

    Choices give relative widths and how much of the budget is to be used; the widths follow by arithmetic, and a network that
    is still too thin is made shorter. The same choices give the same network for the same task, a larger one for a larger budget.

    >>> from nas.architecture import Budget
    >>> task = Task(input_shape=(28, 28, 1), classes=10, budget=Budget(parameters=7_000))
    >>> network = baselines(task)["same-pooled"]
    >>> space(Fixed(locate(network, task)), task) == network
    True
    """
    choices = _ask(trial, task)
    goal = most_parameters(task) * choices["fill"] ** 0.1  # half of all draws aim above 93 % of the budget, 19 of 20 above 74 %
    while True:
        frame = frame_of(choices, task)
        cost = measure(frame.at(first(frame.wide_enough)))
        shorter = _shorter(choices)
        if cost.parameters <= goal:
            shorter = None if fits(cost, budget=task.budget) else _coarser(choices, task) or shorter
        if shorter is None:
            break
        choices = shorter
    beyond = first(lambda k: measure(frame.at(k)).parameters > goal)
    if not fits(measure(frame.at(max(0, beyond - 1))), budget=task.budget):
        beyond = first(lambda k: not fits(measure(frame.at(k)), budget=task.budget))
    return frame.at(max(0, beyond - 1))


def smallest(task: Task) -> Architecture:
    """The network of this space with the fewest parameters."""
    choices: dict[str, Value] = {"fill": 0.0, "growth": 1.0, "padding": "valid", "normalised": False, "activation": "relu"}
    choices |= {"stages": 1, "shrink_1": 1, "blocks_1": 1, "block_1_1": "conv3", "width_1_1": 1.0}
    return space(Fixed(choices | {"head": "average", "dense": False, "dropout": 0.0, "output_bias": False}), task)


def locate(architecture: Architecture, task: Task) -> Choices | None:
    """The choices that give an architecture, or None where the space does not contain it for this budget."""
    from search_spaces.compact_reading import readings

    for choices in readings(architecture, task):
        with suppress(SpaceError):  # a choice outside its range, or one that the layers did not show
            if space(Fixed(choices), task) == architecture:
                return choices
    return None


def _ask(trial: Suggest, task: Task) -> dict[str, Any]:
    choices: dict[str, Any] = {}

    def width(name: str) -> None:
        choices[name] = trial.suggest_float(name, *WIDTH, log=True)

    def one_of(name: str, values: Sequence[Value]) -> Any:
        choices[name] = trial.suggest_categorical(name, values)
        return choices[name]

    choices["fill"] = trial.suggest_float("fill", 0.0, 1.0)
    one_of("growth", GROWTHS)
    one_of("padding", ("same", "valid"))
    one_of("normalised", (True, False))
    one_of("activation", ("relu", "silu", "hard_silu"))
    choices["stages"] = trial.suggest_int("stages", 1, MAX_STAGES)
    for stage in range(1, choices["stages"] + 1):
        later = stage > 1
        if later or coarsest(task) > 1:
            one_of(f"shrink_{stage}", (2, 3) if later else (1, 2, 4))
        if choices.get(f"shrink_{stage}", 1) > 1:
            one_of(f"reduction_{stage}", ("max", "average", "stride"))
        if later and one_of(f"squeeze_{stage}", (False, True)):
            width(f"squeeze_width_{stage}")
        choices[f"blocks_{stage}"] = trial.suggest_int(f"blocks_{stage}", 1, MAX_BLOCKS)
        for block in range(1, choices[f"blocks_{stage}"] + 1):
            one_of(f"block_{stage}_{block}", BLOCKS if later or block > 1 else BLOCKS[:2])
            width(f"width_{stage}_{block}")
    if one_of("head", ("average", "flatten")) == "flatten":
        one_of("grid", GRIDS)
        one_of("grid_pool", ("max", "average"))
    if one_of("dense", (False, True)):
        width("dense_width")
    one_of("dropout", (0.0, 0.1, 0.2))
    one_of("output_bias", (True, False))
    return choices


@dataclass(frozen=True)
class Part:
    """A layer, of width 1 where its width is open."""

    layer: Layer
    width: str = ""
    """The choice that gives its width; empty where the layer has none, or one that is given."""
    ratio: float = 1.0
    """Its width relative to the others of its stage."""
    scale: float = 1.0
    """How much wider its stage is than the first."""

    def at(self, k: int) -> Layer:
        """The layer at one of the multipliers."""
        if not self.width:
            return self.layer
        return self.layer.model_copy(update={"units" if isinstance(self.layer, Dense) else "filters": self.wide(k)})

    def wide(self, k: int) -> int:
        """Its width at one of the multipliers."""
        return max(1, floor(self.ratio * self.scale * LEAST * STEP**k + 0.5))


@dataclass(frozen=True)
class Frame:
    """A network but for its widths."""

    input_shape: tuple[int, int, int]
    parts: tuple[Part, ...]

    def wide_enough(self, k: int) -> bool:
        """Whether the open widths at one of the multipliers are not thin."""
        return fmean(part.wide(k) for part in self.parts if part.width) >= THIN

    def at(self, k: int) -> Architecture:
        """The network at one of the multipliers."""
        return Architecture(input_shape=self.input_shape, layers=tuple(part.at(k) for part in self.parts))


def frame_of(choices: Choices, task: Task) -> Frame:
    """The layers that choices give; windows are clipped to the image that reaches them."""
    shape: Shape = task.input_shape
    parts: list[Part] = []
    deepest = 1
    for stage in range(1, choices["stages"] + 1):
        if stage > 1 and max(shape[:2]) // choices[f"shrink_{stage}"] < 2:  # nothing would be left to convolve
            break
        deepest = stage
        for part in _stage(choices, stage, shape):
            parts.append(part)
            shape = output_shape(part.layer, given=shape)
    parts += _head(choices, shape, stage=deepest, classes=task.classes)
    return Frame(task.input_shape, tuple(parts))


def _stage(choices: Choices, stage: int, shape: Shape) -> Iterator[Part]:
    shrink = choices.get(f"shrink_{stage}", 1)
    strides = (min(shrink, shape[0]), min(shrink, shape[1]))
    if shrink > 1 and choices[f"reduction_{stage}"] != "stride":
        pool = _pool(choices[f"reduction_{stage}"], strides)
        yield Part(pool)
        shape, strides = output_shape(pool, given=shape), (1, 1)
    if choices.get(f"squeeze_{stage}"):
        yield from _convolution(choices, (1, 1), (1, 1), width=f"squeeze_width_{stage}", stage=stage)
    for block in range(1, choices[f"blocks_{stage}"] + 1):
        if block > 1 and max(shape[:2]) < 2:  # nothing is left to convolve
            break
        kind, width = choices[f"block_{stage}_{block}"], f"width_{stage}_{block}"
        window = clipped(int(kind[-1]), shape, choices["padding"])
        # Linear in between, as in F. Chollet, Xception (2017), section 4.7.
        depthwise = DepthwiseConv2D(kernel_size=window, strides=strides, padding=choices["padding"], use_bias=False)
        alike = strides[0] == strides[1]  # TensorFlow's depthwise kernels have no others, unless oneDNN has them
        if kind.startswith("separable") and window != (1, 1) and alike:
            yield Part(depthwise)
            yield from _convolution(choices, (1, 1), (1, 1), width=width, stage=stage)
        else:
            yield from _convolution(choices, window, strides, width=width, stage=stage)
        shape, strides = output_shape(depthwise, given=shape), (1, 1)  # either way


def _convolution(
    choices: Choices, window: tuple[int, int], strides: tuple[int, int], *, width: str, stage: int
) -> Iterator[Part]:
    normalised, activation = choices["normalised"], choices["activation"]
    convolution = Conv2D(
        filters=1,
        kernel_size=window,
        strides=strides,
        padding="valid" if window == (1, 1) else choices["padding"],  # one pixel needs none
        activation="linear" if normalised else activation,
        use_bias=not normalised,
    )
    yield Part(convolution, width, choices.get(width, 1.0), choices["growth"] ** (stage - 1))
    if normalised:
        yield Part(BatchNormalization())
        yield Part(Activation(activation=activation))


def _head(choices: Choices, shape: Shape, *, stage: int, classes: int) -> Iterator[Part]:
    flat = choices["head"] == "flatten"
    if flat and (window := window_for(shape, choices["grid"])) != (1, 1):
        yield Part(_pool(choices["grid_pool"], window))
    yield Part(Flatten() if flat else GlobalAveragePooling2D())
    if choices["dense"]:
        hidden = Dense(units=1, activation=choices["activation"])
        yield Part(hidden, "dense_width", choices.get("dense_width", 1.0), choices["growth"] ** (stage - 1))
    if choices["dropout"]:
        yield Part(Dropout(rate=choices["dropout"]))
    yield Part(Dense(units=classes, activation="softmax", use_bias=choices["output_bias"]))


def _pool(kind: str, window: tuple[int, int]) -> Layer:
    return AveragePooling2D(pool_size=window) if kind == "average" else MaxPooling2D(pool_size=window)


def clipped(size: int, shape: Shape, padding: str) -> tuple[int, int]:
    """A window without the weights that never meet the image."""
    reach = [side if padding == "valid" else 2 * side - 1 for side in shape[:2]]
    return min(size, reach[0]), min(size, reach[1])


def window_for(shape: Shape, grid: int) -> tuple[int, int]:
    """The pooling window after which an image has at most so many pixels a side."""
    return ceil(shape[0] / grid), ceil(shape[1] / grid)


def most_parameters(task: Task) -> int:
    """What a full network has; 50,000 where parameters are not limited."""
    return task.budget.parameters or 50_000


def coarsest(task: Task) -> int:
    """The most by which the image may be shrunk before the first convolution; more where memory or operations are limited."""
    left = 12 if task.budget.limits.keys() - {"parameters"} else 24
    return max(shrink for shrink in (1, 2, 4) if shrink == 1 or max(task.input_shape[:2]) // shrink >= left)


def first(holds: Callable[[int], bool]) -> int:
    """The first multiplier from which on something holds, or one past the last."""
    low, high = 0, STEPS
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _shorter(choices: Choices) -> dict[str, Any] | None:
    """The next shorter network of the same kind, or None for the shortest."""
    if choices["head"] == "flatten":
        return {**choices, "head": "average"}
    if choices["dense"]:
        return {**choices, "dense": False}
    for name in ("stages", "blocks_1"):
        if choices[name] > 1:
            return {**choices, name: choices[name] - 1}
    return None


def _coarser(choices: Choices, task: Task) -> dict[str, Any] | None:
    """The same network on a smaller image, or None where that is as small as it may be."""
    shrink = 2 * choices.get("shrink_1", 1)
    return {"reduction_1": "average", **choices, "shrink_1": shrink} if shrink <= coarsest(task) else None
