"""What the layers of any Keras model do, seen while it classifies an image."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from nas.architecture import BuiltLayer
from nas.errors import SpaceError


@dataclass
class _Call:
    """A layer at work."""

    layer: Any
    taken: list[tuple[int, ...]]
    """Shapes of what it is given, without the batch axis."""
    given: list[tuple[int, ...]] = field(default_factory=list)
    """Shapes of what it gives."""
    calls: bool = False
    """Whether it calls other layers."""


def see_layers(model: Any, images: NDArray[np.float32]) -> tuple[tuple[BuiltLayer, ...], NDArray[np.float32]]:
    """Each call of a layer that has weights of its own or calls no other, in order, and what the model gives for the images.

    Layers are watched at work, so that it does not matter how a model was written: as a chain, a graph, a class, or with layers
    that are used twice. Operations without weights, such as the products inside attention, are not counted.

    Raises:
        SpaceError: If it gives several outputs, or one inside a list; the message is a part of a sentence.
    """
    if not model.built:
        model(images, training=False)
    calls: list[_Call] = []
    with _watched(calls):
        came = model(images, training=False)
    if isinstance(came, list | tuple | dict):
        kind = type(came).__name__
        raise SpaceError(f"its model gives a {kind} of {len(came)} for an image, and a classifier gives one output")
    counted: set[int] = set()
    rows = [row for call in calls if (row := _row(call, counted)) is not None]
    if unseen := [weight for weight in model.weights if id(weight) not in counted]:
        rows.append(_unused(model, unseen))
    return tuple(rows), np.asarray(came)


@contextmanager
def _watched(calls: list[_Call]) -> Iterator[None]:
    """Every layer's calls, written down when they end."""
    original, stack = keras.layers.Layer.__call__, list[_Call]()

    def watched(layer: Any, *args: Any, **kwargs: Any) -> Any:
        call = _Call(layer, _shapes((args, kwargs)))
        stack.append(call)
        try:
            came = original(layer, *args, **kwargs)
        finally:
            stack.pop()
        call.given = _shapes(came)
        if stack:
            stack[-1].calls = True
        calls.append(call)
        return came

    keras.layers.Layer.__call__ = watched
    try:
        yield
    finally:
        keras.layers.Layer.__call__ = original


def _shapes(nested: Any) -> list[tuple[int, ...]]:
    leaves = keras.tree.flatten(nested)
    return [tuple(map(int, leaf.shape[1:])) for leaf in leaves if len(getattr(leaf, "shape", ())) > 0]


def _row(call: _Call, counted: set[int]) -> BuiltLayer | None:
    inner = {id(weight) for layer in call.layer._flatten_layers(include_self=False) for weight in layer.weights}
    own = [weight for weight in call.layer.weights if id(weight) not in inner]
    if call.calls and not own:
        return None
    kernels = [weight for weight in own if "kernel" in weight.name]
    taken, given = sum(map(prod, call.taken)), sum(map(prod, call.given))
    in_place = taken == given and len(call.taken) == 1 and not kernels
    fresh = [weight for weight in own if id(weight) not in counted]
    counted |= {id(weight) for weight in own}
    return BuiltLayer(
        name=call.layer.name,
        kind=type(call.layer).__name__,
        output_shape=call.given[0] if call.given else (),
        parameters=_size(fresh),
        trainable_parameters=_size([weight for weight in fresh if weight.trainable]),
        macs=_size(kernels) * _positions(call),
        activation_bytes=taken if in_place else taken + given,
    )


def _positions(call: _Call) -> int:
    """Places of the image at which a kernel is multiplied with what it sees."""
    shapes = call.taken if "Transpose" in type(call.layer).__name__ else call.given
    if not shapes:
        return 1
    channels_first = getattr(call.layer, "data_format", None) == "channels_first"
    return prod(shapes[0][1:] if channels_first else shapes[0][:-1])


def _unused(model: Any, weights: Sequence[Any]) -> BuiltLayer:
    """Weights that a model stores and does not use for an image: they count, as in `count_params`."""
    return BuiltLayer(
        name=model.name,
        kind="unused",
        output_shape=(),
        parameters=_size(weights),
        trainable_parameters=_size([weight for weight in weights if weight.trainable]),
        macs=0,
        activation_bytes=0,
    )


def _size(weights: Sequence[Any]) -> int:
    return sum(prod(map(int, weight.shape)) for weight in weights)
