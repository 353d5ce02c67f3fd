"""What is shipped: a trained network with where it is from, and how it is to be converted."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from nas.architecture import Budget, Factory, Network
from nas.data import DataRef, Images
from nas.training.build import build
from nas.training.plan import TrainingPlan
from nas.training.trainer import restore_weights
from nas.training.work import Checkpoint

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Released:
    """A trained network that is to leave."""

    label: str
    """What tables call the network."""
    study: str
    """Name of the study that it is from."""
    network: Network
    plan: TrainingPlan
    data: DataRef
    """What it was trained on; checks and calibration take their images from it."""
    seed: int
    """The training's seed."""
    checkpoint: Checkpoint
    why: str
    """Why this network and this seed's weights, for a person."""
    budget: Budget
    """What the study allowed a network to cost."""
    refit: bool = False
    """Whether it was trained once more, on training and validation images together."""

    @property
    def name(self) -> str:
        """Name of the export's folder."""
        return f"{self.study}-{self.label.replace(' ', '-')}{'-refit' if self.refit else ''}"

    @cached_property
    def weights_sha256(self) -> str:
        """Hash of the weights, optimizer state left out."""
        digest = sha256()
        for name in sorted(name for name in self.checkpoint.arrays if name.startswith("model/")):
            array = np.ascontiguousarray(self.checkpoint.arrays[name])
            digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
            digest.update(array.tobytes())
        return digest.hexdigest()


class Conversion(BaseModel):
    """How a network is converted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    include_rescaling: bool = False
    """Whether the files take pixels from 0 to 255 and divide by 255 themselves, or take them divided."""
    calibration_images: int = Field(default=500, ge=1)
    """Training images from which int8 ranges are found."""
    calibration_seed: int = 0
    """Gives the choice of these images."""


def shipped_model(released: Released, conversion: Conversion) -> "keras.Model":
    """The Keras model that every format is made of: float32 (batch, height, width, channels) to (batch, classes)."""
    import keras

    model = build(released.network)
    restore_weights(model, released.checkpoint)
    if not conversion.include_rescaling:
        return model
    shipped = keras.Sequential(name="network")
    shipped.add(keras.Input(shape=released.network.input_shape, name="image"))
    shipped.add(keras.layers.Rescaling(1 / 255, name="rescaling"))
    for layer in (model,) if isinstance(released.network, Factory) else model.layers:
        shipped.add(layer)
    return shipped


def prepared(images: Images, *, rescaling_inside: bool) -> NDArray[np.float32]:
    """Images as a file takes them, as float32."""
    pixels = np.asarray(images, np.float32)
    return pixels if rescaling_inside else pixels / np.float32(255)
