"""Two compact networks that people designed."""

from nas.architecture import (
    Activation,
    Architecture,
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    Task,
)
from nas.architecture.layers import Padding
from nas.errors import ArchitectureError


def baselines(task: Task) -> dict[str, Architecture]:
    """Two networks designed by hand for 28×28 pixels and about 7,000 parameters, by name, where the images allow them.

    `valid-squeezed` has 6,720 trainable parameters for ten classes; `same-pooled` has 6,966, moving statistics included.
    """
    last = Dense(units=task.classes, activation="softmax")
    pool, mean = MaxPooling2D(pool_size=(2, 2)), GlobalAveragePooling2D()
    valid = (*_conv(8), *_conv(16), pool, *_conv(8, 1), *_conv(10), *_conv(16), *_conv(18), mean)
    same = (*_same(8, 8), pool, *_same(14, 14), pool, *_same(14, 11), mean)
    chains: dict[str, tuple[Layer, ...]] = {
        "valid-squeezed": (*valid, Dense(units=16, activation="relu"), last.model_copy(update={"use_bias": False})),
        "same-pooled": (*same, last),
    }
    possible: dict[str, Architecture] = {}
    for name, layers in chains.items():
        try:
            possible[name] = Architecture(input_shape=task.input_shape, layers=layers)
        except ArchitectureError:  # the image is too small for this chain
            continue
    return possible


def _conv(filters: int, kernel: int = 3, padding: Padding = "valid") -> tuple[Layer, ...]:
    convolution = Conv2D(filters=filters, kernel_size=(kernel, kernel), padding=padding, use_bias=False)
    return convolution, BatchNormalization(), Activation(activation="relu")


def _same(*filters: int) -> tuple[Layer, ...]:
    return tuple(layer for count in filters for layer in _conv(count, padding="same"))
