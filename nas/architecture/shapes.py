"""The output shape of each layer, by arithmetic."""

from math import prod
from typing import assert_never

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
    Padding,
)
from nas.errors import ArchitectureError

Shape = tuple[int, ...]
"""(height, width, channels) of an image or (values,) of a vector, without the batch axis."""


def output_shape(layer: Layer, *, given: Shape) -> Shape:
    """The shape that a layer makes of an input of shape `given`.

    Raises:
        ArchitectureError: If the layer cannot take this shape, or nothing would be left of it.

    >>> from nas.architecture.layers import Conv2D
    >>> output_shape(Conv2D(filters=12, kernel_size=(5, 5)), given=(28, 28, 1))
    (24, 24, 12)
    """
    match layer:
        case Conv2D():
            height, width, _ = _image(layer, given)
            return (*_windows(layer.kind, (height, width), layer.kernel_size, layer.strides, layer.padding), layer.filters)
        case DepthwiseConv2D():
            height, width, channels = _image(layer, given)
            return (*_windows(layer.kind, (height, width), layer.kernel_size, layer.strides, layer.padding), channels)
        case MaxPooling2D() | AveragePooling2D():
            height, width, channels = _image(layer, given)
            return (*_windows(layer.kind, (height, width), layer.pool_size, layer.pool_size, "valid"), channels)
        case GlobalAveragePooling2D():
            return (_image(layer, given)[2],)
        case BatchNormalization() | Activation() | Dropout():
            return given
        case Flatten():
            return (prod(given),)
        case Dense():
            if len(given) != 1:
                raise ArchitectureError(f"A dense layer takes a vector, but shape {given} came; put a flatten layer before it.")
            return (layer.units,)
        case _:
            assert_never(layer)


def _image(layer: Layer, given: Shape) -> tuple[int, int, int]:
    if len(given) != 3:
        raise ArchitectureError(f"A {layer.kind} layer takes an image (height, width, channels), but shape {given} came.")
    height, width, channels = given
    return height, width, channels


def _windows(
    kind: str, size: tuple[int, int], window: tuple[int, int], strides: tuple[int, int], padding: Padding
) -> tuple[int, int]:
    if padding == "same":
        return -(-size[0] // strides[0]), -(-size[1] // strides[1])
    if window[0] > size[0] or window[1] > size[1]:
        raise ArchitectureError(
            f"A {kind} layer with a window of {window[0]}×{window[1]} does not fit an image of {size[0]}×{size[1]};"
            " use a smaller window or less pooling before it."
        )
    return (size[0] - window[0]) // strides[0] + 1, (size[1] - window[1]) // strides[1] + 1
