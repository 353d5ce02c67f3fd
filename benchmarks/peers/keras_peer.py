"""What the peers' scripts share: the data as `fit` takes it, the recipe, and a note of each training as it goes on."""

import os
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from rows import Row
from searching import Order

from nas.architecture import Architecture, measure
from nas.data import find, load
from nas.training.build import build
from nas.training.plan import NOTEBOOK

if TYPE_CHECKING:
    import keras

ONE_THREAD = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


@dataclass(frozen=True)
class Arrays:
    """The data as `fit` takes it."""

    train: tuple[NDArray[np.float32], NDArray[np.int32]]
    """Pixels from 0 to 1 and one class index an image."""
    validation: tuple[NDArray[np.float32], NDArray[np.int32]]
    """The same for the images that validate."""


def arrays_of(data: str) -> Arrays:
    """The training and validation images of a data set, scaled."""
    images = load(find(data))
    train = np.asarray(images.train_images, np.float32) / np.float32(255)
    validation = np.asarray(images.val_images, np.float32) / np.float32(255)
    return Arrays((train, np.asarray(images.train_labels)), (validation, np.asarray(images.val_labels)))


def compiled(network: Architecture, *, seed: int, steps_per_execution: int = 1) -> "keras.Model":
    """A network ready for `fit` by the notebook's recipe."""
    import keras

    model = build(network, seed=seed)
    model.compile(
        keras.optimizers.Adam(NOTEBOOK.learning_rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=steps_per_execution,
    )
    return model


@dataclass(frozen=True)
class Training:
    """A training that is noted epoch by epoch, so that the end of its process loses nothing."""

    file: Path
    network: Architecture
    seed: int | None
    begun: float
    """When the search began, in seconds since 1970."""

    def note(self, val_accuracy: list[float], *, value: float | None = None, completed: bool = False) -> None:
        """Writes how far it is; not synced to the disk, so that it costs the search next to nothing."""
        row = Row(
            seconds=time() - self.begun,
            network=self.network.canonical_json,
            parameters=measure(self.network).parameters,
            seed=self.seed,
            val_accuracy=tuple(val_accuracy),
            completed=completed,
            value=value,
        )
        part = self.file.with_suffix(".part")
        part.write_text(row.model_dump_json(), encoding="utf-8")
        part.replace(self.file)

    @property
    def callback(self) -> "keras.callbacks.Callback":
        """Notes each epoch."""
        import keras

        seen: list[float] = []

        def on_epoch_end(_: int, logs: dict[str, float]) -> None:
            seen.append(float(logs["val_accuracy"]))
            self.note(seen)

        return keras.callbacks.LambdaCallback(on_epoch_end=on_epoch_end)


def begin_training(order: Order, folder: Path, network: Architecture, *, seed: int | None) -> Training:
    """A new training whose notes go to a folder."""
    return Training(folder / f"{uuid4().hex}.json", network, seed, order.begun)


def noted_rows(folder: Path) -> list[Row]:
    """What was noted there."""
    return [Row.model_validate_json(file.read_bytes()) for file in folder.glob("*.json")]


def use_one_thread() -> None:
    """Gives each process that is started from now on one thread."""
    os.environ.update(ONE_THREAD)
