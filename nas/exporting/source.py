"""A network as Keras source that a person could have written."""

from typing import Any, assert_never

from nas.architecture import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Factory,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    Network,
)
from nas.errors import ExportError

_DEFAULTS = {"strides": (1, 1), "padding": "valid", "activation": "linear", "use_bias": True}


def keras_source(network: Network) -> str:
    """Python source that defines `model`, an untrained Keras model of this network.

    Raises:
        ExportError: If a foreign function builds it.

    >>> from nas.architecture import Architecture, Dense, Flatten
    >>> print(keras_source(Architecture(input_shape=(2, 2, 1), layers=(Flatten(), Dense(units=3)))))
    import keras
    from keras import layers
    <BLANKLINE>
    model = keras.Sequential(
        [
            keras.Input((2, 2, 1)),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )
    """
    if isinstance(network, Factory):
        raise ExportError(
            f"There is no source of this network but that of {network.source}, which builds it; leave out --code or the format"
            " python."
        )
    lines = [f"keras.Input({network.input_shape})", *(f"layers.{_call(layer)}" for layer in network.layers)]
    body = "\n".join(f"        {line}," for line in lines)
    return f"import keras\nfrom keras import layers\n\nmodel = keras.Sequential(\n    [\n{body}\n    ]\n)"


def _call(layer: Layer) -> str:
    match layer:
        case Conv2D():
            return f"Conv2D({layer.filters}, {_square(layer.kernel_size)}{_others(layer)})"
        case DepthwiseConv2D():
            return f"DepthwiseConv2D({_square(layer.kernel_size)}{_others(layer)})"
        case MaxPooling2D():
            return f"MaxPooling2D({_square(layer.pool_size)})"
        case AveragePooling2D():
            return f"AveragePooling2D({_square(layer.pool_size)})"
        case GlobalAveragePooling2D():
            return "GlobalAveragePooling2D()"
        case BatchNormalization():
            return "BatchNormalization()"
        case Activation():
            return f'Activation("{layer.activation}")'
        case Dropout():
            return f"Dropout({layer.rate})"
        case Flatten():
            return "Flatten()"
        case Dense():
            return f"Dense({layer.units}{_others(layer)})"
        case _:
            assert_never(layer)


def _square(size: tuple[int, int]) -> str:
    return str(size[0]) if size[0] == size[1] else str(size)


def _others(layer: Layer) -> str:
    given: dict[str, Any] = layer.model_dump()
    words = [
        f'{name}="{given[name]}"' if isinstance(given[name], str) else f"{name}={given[name]}"
        for name, default in _DEFAULTS.items()
        if name in given and given[name] != default
    ]
    return "".join(f", {word}" for word in words)
