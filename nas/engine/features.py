"""A network as rows of numbers, for models that predict accuracy from structure."""

from math import log, log1p

from nas.architecture import (
    Activation,
    Architecture,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Cost,
    Dense,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    MaxPooling2D,
)

SLOTS = 6
"""Convolutions that are described one by one, the first ones."""
_ABSENT = (-1.0, -1.0, -1.0)


def features(network: Architecture, cost: Cost) -> tuple[float, ...]:
    """What a network is, as numbers of the same meaning and count for every chain of layers.

    Costs, the sizes that information has to pass through (narrowest convolution, the vector after the last
    convolution), how far a last-layer value sees into the image, and each of the first convolutions. Which parameter
    of which space gave a layer does not show, so that networks of equal structure are equal rows.
    """
    field = step = 1
    kinds = dict.fromkeys((Conv2D, DepthwiseConv2D, MaxPooling2D, AveragePooling2D, Dense, BatchNormalization), 0)
    slots: list[tuple[float, ...]] = []
    widths: list[int] = []
    units: list[int] = []
    vector = 0
    image = network.input_shape
    for layer, made in zip(network.layers, network.shapes, strict=True):
        if type(layer) in kinds:
            kinds[type(layer)] += 1
        match layer:
            case Conv2D() | DepthwiseConv2D():
                field += (max(layer.kernel_size) - 1) * step
                step *= max(layer.strides)
                widths.append(made[-1])
                slots.append((made[-1], max(layer.kernel_size), made[0]))
            case MaxPooling2D() | AveragePooling2D():
                field += (max(layer.pool_size) - 1) * step
                step *= max(layer.pool_size)
            case GlobalAveragePooling2D():
                field = max(field, *network.input_shape[:2])
            case Dense():
                units.append(layer.units)
        if len(made) == 3:
            image = made
        elif not vector:
            vector = made[0]
    hidden = units[0] if len(units) > 1 else 0
    convolved = sum(row.parameters for row in cost.rows if row.kind != "dense")
    return (
        *kinds.values(),
        image[0],
        log1p(vector),
        hidden,
        log1p(hidden),
        min(vector, hidden or vector),
        field,
        step,
        min(widths, default=0),
        sum(widths),
        log1p(convolved),
        log(cost.parameters + 1),
        log1p(cost.macs),
        log1p(cost.peak_activation_bytes),
        *(number for slot in (*slots, *(_ABSENT,) * SLOTS)[:SLOTS] for number in slot),
    )


def finer_features(network: Architecture) -> tuple[float, ...]:
    """What else tells compact networks apart, in numbers that are the same for all plain ones.

    Shares of the activations that are SiLU and hard-swish, the share of windows that keep the image's size, strided ones,
    whether the image is averaged at the end, and the largest dropout. They stand apart from `features` since a column that
    says nothing would still change which ones a forest draws.
    """
    functions: list[str] = []
    windows = same = strided = 0
    dropout = averaged = 0.0
    for layer in network.layers[:-1]:
        match layer:
            case Activation():
                functions.append(layer.activation)
            case Conv2D() | DepthwiseConv2D():
                functions.append(layer.activation)
                pixel = layer.kernel_size == (1, 1)
                windows += not pixel
                same += layer.padding == "same" and not pixel
                strided += layer.strides != (1, 1)
            case GlobalAveragePooling2D():
                averaged = 1.0
            case Dropout():
                dropout = max(dropout, layer.rate)
    named = [name for name in functions if name != "linear"]
    return (
        named.count("silu") / (len(named) or 1),
        named.count("hard_silu") / (len(named) or 1),
        same / (windows or 1),
        strided,
        averaged,
        dropout,
    )
