"""Output shapes by arithmetic."""

import re

import pytest

from nas.architecture import (
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
    Shape,
)
from nas.architecture.shapes import output_shape
from nas.errors import ArchitectureError

_ADVICE = "use a smaller window or less pooling before it."


def _conv(size: int, *, stride: int = 1, padding: str = "valid") -> Conv2D:
    return Conv2D.model_validate({"filters": 4, "kernel_size": (size, size), "strides": (stride, stride), "padding": padding})


@pytest.mark.parametrize(
    ("layer", "given", "made"),
    [
        (_conv(5), (28, 28, 1), (24, 24, 4)),
        (_conv(28), (28, 28, 1), (1, 1, 4)),
        (_conv(3, stride=2), (28, 28, 1), (13, 13, 4)),
        (_conv(3, stride=2), (29, 29, 1), (14, 14, 4)),
        (_conv(1, stride=9), (8, 8, 1), (1, 1, 4)),
        (_conv(5, padding="same"), (28, 28, 1), (28, 28, 4)),
        (_conv(3, stride=2, padding="same"), (28, 28, 1), (14, 14, 4)),
        (_conv(3, stride=2, padding="same"), (29, 29, 1), (15, 15, 4)),
        (_conv(9, padding="same"), (4, 4, 1), (4, 4, 4)),
        (Conv2D(filters=4, kernel_size=(3, 5), strides=(2, 1)), (9, 8, 2), (4, 4, 4)),
        (DepthwiseConv2D(kernel_size=(3, 5)), (9, 8, 2), (7, 4, 2)),
        (DepthwiseConv2D(kernel_size=(3, 3), strides=(2, 3), padding="same"), (9, 8, 2), (5, 3, 2)),
        (MaxPooling2D(pool_size=(2, 2)), (28, 28, 3), (14, 14, 3)),
        (MaxPooling2D(pool_size=(3, 3)), (28, 28, 3), (9, 9, 3)),
        (AveragePooling2D(pool_size=(28, 14)), (28, 28, 3), (1, 2, 3)),
        (GlobalAveragePooling2D(), (9, 8, 5), (5,)),
        (BatchNormalization(), (9, 8, 5), (9, 8, 5)),
        (Activation(activation="relu"), (40,), (40,)),
        (Dropout(rate=0.5), (9, 8, 5), (9, 8, 5)),
        (Flatten(), (9, 8, 5), (360,)),
        (Flatten(), (40,), (40,)),
        (Dense(units=7), (40,), (7,)),
    ],
    ids=[
        "valid loses the kernel less one",
        "kernel as large as the image",
        "stride over an even size",
        "stride over an odd size",
        "stride past the end",
        "same keeps the size",
        "same with a stride over an even size",
        "same with a stride over an odd size rounds up",
        "same with a kernel larger than the image",
        "uneven kernel and strides",
        "depthwise keeps the channels",
        "depthwise with uneven strides",
        "pool",
        "pool that leaves a rest drops it",
        "uneven pool",
        "global pool",
        "normalisation",
        "activation of a vector",
        "dropout",
        "flatten",
        "flatten of a vector",
        "dense",
    ],
)
def test_a_layer_makes_the_shape_worked_out_by_hand(layer: Layer, given: Shape, made: Shape) -> None:
    assert output_shape(layer, given=given) == made


@pytest.mark.parametrize(
    ("layer", "given", "message"),
    [
        (
            _conv(5),
            (28, 4, 1),
            f"A conv2d layer with a window of 5×5 does not fit an image of 28×4; {_ADVICE}",
        ),
        (
            DepthwiseConv2D(kernel_size=(5, 1)),
            (4, 28, 1),
            f"A depthwise_conv2d layer with a window of 5×1 does not fit an image of 4×28; {_ADVICE}",
        ),
        (
            MaxPooling2D(pool_size=(2, 2)),
            (1, 1, 1),
            f"A max_pooling2d layer with a window of 2×2 does not fit an image of 1×1; {_ADVICE}",
        ),
        (_conv(1), (40,), "A conv2d layer takes an image (height, width, channels), but shape (40,) came."),
        (
            GlobalAveragePooling2D(),
            (40,),
            "A global_average_pooling2d layer takes an image (height, width, channels), but shape (40,) came.",
        ),
        (
            Dense(units=10),
            (3, 3, 2),
            "A dense layer takes a vector, but shape (3, 3, 2) came; put a flatten layer before it.",
        ),
    ],
    ids=["too narrow", "too low", "nothing left to pool", "a vector convolved", "a vector pooled", "an image into dense"],
)
def test_a_layer_that_cannot_take_a_shape_says_so_in_a_sentence(layer: Layer, given: Shape, message: str) -> None:
    with pytest.raises(ArchitectureError, match=f"^{re.escape(message)}$"):
        output_shape(layer, given=given)
