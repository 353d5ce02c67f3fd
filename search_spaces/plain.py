"""Plain convolutional networks: convolutions with ReLU, one kind of pooling, an optional hidden dense layer."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from nas.architecture import (
    Architecture,
    AveragePooling2D,
    Conv2D,
    Dense,
    Fixed,
    Flatten,
    Layer,
    MaxPooling2D,
    Suggest,
    Task,
    measure,
)
from nas.errors import SpaceError

MAX_DEPTH = 4
Choice = int | str


def space(trial: Suggest, task: Task) -> Architecture:
    """A plain network drawn from a trial; kernels and pools are clipped to the image that reaches them.

    >>> choices = {"conv_depth": 1, "pool_type": "max", "filters_1": 8, "kernel_1": 5, "pool_1": 3, "dense_units": 0}
    >>> [layer.kind for layer in space(Fixed(choices), Task(input_shape=(28, 28, 1), classes=10)).layers]
    ['conv2d', 'max_pooling2d', 'flatten', 'dense']
    """
    depth = trial.suggest_int("conv_depth", 0, MAX_DEPTH)
    average = trial.suggest_categorical("pool_type", ("max", "average")) == "average"
    height, width, _ = task.input_shape
    layers: list[Layer] = []

    def pool(size: int) -> None:
        nonlocal height, width
        window = (min(size, height), min(size, width))
        if window != (1, 1):
            layers.append(AveragePooling2D(pool_size=window) if average else MaxPooling2D(pool_size=window))
            height, width = height // window[0], width // window[1]

    if depth == 0:
        pool(trial.suggest_int("input_pool", 1, 28))
    for index in range(1, depth + 1):
        filters = trial.suggest_int(f"filters_{index}", 1, 32)
        size = trial.suggest_int(f"kernel_{index}", 1, 7)
        kernel = (min(size, height), min(size, width))
        layers.append(Conv2D(filters=filters, kernel_size=kernel, activation="relu"))
        height, width = height - kernel[0] + 1, width - kernel[1] + 1
        pool(trial.suggest_int(f"pool_{index}", 1, 4))
    layers.append(Flatten())
    units = trial.suggest_int("dense_units", 0, 64)
    if units:
        layers.append(Dense(units=units, activation="relu"))
    layers.append(Dense(units=task.classes, activation="softmax"))
    return Architecture(input_shape=task.input_shape, layers=tuple(layers))


def smallest(task: Task) -> Architecture:
    """The network of this space with the fewest parameters."""
    return min(_smallest_of_each_depth(task), key=lambda architecture: measure(architecture).parameters)


def _smallest_of_each_depth(task: Task) -> Iterator[Architecture]:
    for depth, units in product(range(MAX_DEPTH + 1), (0, 1)):
        choices: dict[str, Choice] = {"conv_depth": depth, "pool_type": "max", "input_pool": 28, "dense_units": units}
        for index in range(1, depth + 1):
            choices |= {f"filters_{index}": 1, f"kernel_{index}": 1, f"pool_{index}": 4}
        yield space(Fixed(choices), task)


def locate(architecture: Architecture, task: Task) -> Mapping[str, Choice] | None:
    """The choices that give an architecture, or None where the space does not contain it."""
    choices = _read(architecture.layers)
    try:
        return choices if space(Fixed(choices), task) == architecture else None
    except SpaceError:  # a choice outside its range, or one that the layers did not show
        return None


def _read(layers: Sequence[Layer]) -> dict[str, Choice]:
    depth = sum(isinstance(layer, Conv2D) for layer in layers)
    pools = [layer for layer in layers if isinstance(layer, MaxPooling2D | AveragePooling2D)]
    choices: dict[str, Choice] = {
        "conv_depth": depth,
        "pool_type": "average" if pools and isinstance(pools[0], AveragePooling2D) else "max",
    }
    if depth == 0:
        choices["input_pool"] = 1
    index = 0
    for layer in layers:
        if isinstance(layer, Conv2D):
            index += 1
            choices |= {f"filters_{index}": layer.filters, f"kernel_{index}": max(layer.kernel_size), f"pool_{index}": 1}
        elif isinstance(layer, MaxPooling2D | AveragePooling2D):
            choices[f"pool_{index}" if depth else "input_pool"] = max(layer.pool_size)
    dense = [layer.units for layer in layers if isinstance(layer, Dense)]
    return choices | {"dense_units": dense[0] if len(dense) > 1 else 0}
