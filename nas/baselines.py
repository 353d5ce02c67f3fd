"""The six hand-designed networks, with every figure that their notebook printed."""

from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from nas.architecture import (
    Architecture,
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    Layer,
    MaxPooling2D,
    Task,
)
from nas.errors import ArchitectureError

NAMES = ("basic", "model-1", "model-2", "model-3", "model-4", "model-5")
DECLARED_BEST = "model-5"
"""The one that the notebook calls its best."""


class PrintedFigures(BaseModel):
    """What the notebook printed for one model: one seed, fifteen epochs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    parameters: int
    train_accuracy: tuple[float, ...]
    """Share of correct training images, epoch by epoch."""
    train_loss: tuple[float, ...]
    """Mean cross-entropy over an epoch's batches, in nats."""
    val_accuracy: tuple[float, ...]
    """Share of correct validation images after each epoch."""
    val_loss: tuple[float, ...]
    """Mean cross-entropy on the validation images after each epoch, in nats."""
    test_loss: float
    """Mean cross-entropy on the 10,000 test images after the last epoch, in nats."""
    test_accuracy: float
    """Share of correct test images after the last epoch."""


class _Notebook(BaseModel):
    format: int
    source: str
    models: Annotated[tuple[PrintedFigures, ...], Field(min_length=6, max_length=6)]


@cache
def printed() -> dict[str, PrintedFigures]:
    """The notebook's figures by the model's name.

    Source: the class assignment's notebook of December 2, 2024, as it printed them (`nas/notebook.json`).

    >>> printed()["model-2"].test_accuracy > printed()["model-5"].test_accuracy
    True
    """
    text = files("nas").joinpath("notebook.json").read_text(encoding="utf-8")
    return {figures.name: figures for figures in _Notebook.model_validate_json(text).models}


def baselines(task: Task) -> dict[str, Architecture]:
    """The hand-designed networks that are possible for a task's images, by name, in the notebook's order.

    The basic model pools the whole image, whatever its size; the others keep the notebook's kernels.

    >>> list(baselines(Task(input_shape=(28, 28, 1), classes=10)))
    ['basic', 'model-1', 'model-2', 'model-3', 'model-4', 'model-5']
    """
    height, width, _ = task.input_shape
    last = Dense(units=task.classes, activation="softmax")
    chains: dict[str, tuple[Layer, ...]] = {
        "basic": (_max(height, width), Flatten(), last),
        "model-1": (_conv(8, 5), _max(3), Flatten(), last),
        "model-2": (_conv(12, 5), _max(2), _conv(23, 4), _max(3), Flatten(), last),
        "model-3": (_conv(8, 3), _max(2), _conv(16, 2), _max(3), _conv(16, 2), _max(3), Flatten(), last),
        "model-4": (_conv(12, 5), _max(2), _conv(23, 4), _max(3), Flatten(), Dense(units=8, activation="relu"), last),
        "model-5": (_conv(12, 5), _average(2), _conv(23, 4), _average(3), Flatten(), last),
    }
    possible: dict[str, Architecture] = {}
    for name, layers in chains.items():
        try:
            possible[name] = Architecture(input_shape=task.input_shape, layers=layers)
        except ArchitectureError:  # the image is too small for this chain
            continue
    return possible


def _conv(filters: int, kernel: int) -> Conv2D:
    return Conv2D(filters=filters, kernel_size=(kernel, kernel), activation="relu")


def _max(height: int, width: int | None = None) -> MaxPooling2D:
    return MaxPooling2D(pool_size=(height, height if width is None else width))


def _average(size: int) -> AveragePooling2D:
    return AveragePooling2D(pool_size=(size, size))
