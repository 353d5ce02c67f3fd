"""A network in words: layer by layer, and in one line."""

from typing import assert_never

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
    describe_settings,
    measure,
)
from nas.architecture.suggest import Value
from nas.library.wording import shape

LAYER_COLUMNS = ("layer", "output", "parameters", "trainable", "deployed", "MACs", "memory (int8 bytes)")


def layer_rows(network: Network) -> tuple[tuple[str, ...], ...]:
    """A row of text for each layer, by `LAYER_COLUMNS`, and a last one with the totals."""
    cost = measure(network)
    names = [row.kind for row in cost.rows] if isinstance(network, Factory) else list(map(describe_layer, network.layers))
    rows = [
        (
            name,
            shape(row.output_shape),
            f"{row.parameters:,}",
            f"{row.trainable_parameters:,}",
            f"{row.deployed_parameters:,}",
            f"{row.macs:,}",
            f"{row.activation_bytes:,}",
        )
        for name, row in zip(names, cost.rows, strict=True)
    ]
    total = (
        "total",
        "",
        f"{cost.parameters:,}",
        f"{cost.trainable_parameters:,}",
        f"{cost.deployed_parameters:,}",
        f"{cost.macs:,}",
        f"{cost.peak_activation_bytes:,} at most",
    )
    return (*rows, total)


def describe_layer(layer: Layer) -> str:
    """A layer in a few words: its kind, and what is not Keras's default.

    >>> from nas.architecture import Conv2D
    >>> describe_layer(Conv2D(filters=12, kernel_size=(5, 5), activation="relu"))
    'conv2d 12·5×5 relu'
    """
    return f"{layer.kind} {describe_settings(layer)}".rstrip()


def summarise(network: Network) -> str:
    """A network in one short line; normalisation and functions other than ReLU are named once, behind it.

    One that a foreign function builds is told by the values that it was given.

    >>> from nas.architecture import Architecture, Conv2D, Dense, Flatten, MaxPooling2D
    >>> layers = (Conv2D(filters=8, kernel_size=(5, 5)), MaxPooling2D(pool_size=(3, 3)), Flatten(), Dense(units=10))
    >>> summarise(Architecture(input_shape=(28, 28, 1), layers=layers))
    'conv 8·5×5, max 3×3, dense 10'
    """
    if isinstance(network, Factory):
        return ", ".join(f"{name} {_short(value)}" for name, value in network.values.items()) or network.source
    layers = ", ".join(word for word in map(_word, network.layers) if word)
    hidden = [layer.activation for layer in network.layers[:-1] if isinstance(layer, Conv2D | Dense | Activation)]
    manner = ["normalised"] if any(isinstance(layer, BatchNormalization) for layer in network.layers) else []
    manner += [name for name in dict.fromkeys(hidden) if name not in {"linear", "relu"}]
    return f"{layers}; {', '.join(manner)}" if manner else layers


def _short(value: Value) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3g}"
        case _:
            return str(value)


def _word(layer: Layer) -> str:
    match layer:
        case Conv2D():
            return f"conv {layer.filters}·{layer.kernel_size[0]}×{layer.kernel_size[1]}{_step(layer)}"
        case DepthwiseConv2D():
            return f"depthwise {layer.kernel_size[0]}×{layer.kernel_size[1]}{_step(layer)}"
        case MaxPooling2D() | AveragePooling2D():
            return f"{layer.kind[:3]} {layer.pool_size[0]}×{layer.pool_size[1]}".replace("ave", "avg")
        case Dense():
            return f"dense {layer.units}"
        case GlobalAveragePooling2D():
            return "mean"
        case Dropout():
            return f"dropout {layer.rate:g}"
        case Flatten() | BatchNormalization() | Activation():
            return ""
        case _:
            assert_never(layer)


def _step(layer: Conv2D | DepthwiseConv2D) -> str:
    return "" if layer.strides == (1, 1) else f"/{max(layer.strides)}"
