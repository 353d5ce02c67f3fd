"""One training to be done or gone on with, and what comes back from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from nas.architecture import Network
from nas.data import DataRef
from nas.training.curve import Curve
from nas.training.plan import TrainingPlan


@dataclass(frozen=True)
class Proposal:
    """A network and the recipe to train it by; two trials with equal keys repeat each other."""

    network: Network
    plan: TrainingPlan

    @property
    def key(self) -> str:
        """SHA-256 over network and recipe."""
        return sha256(f"{self.network.key}{self.plan.key}".encode()).hexdigest()


@dataclass(frozen=True)
class Checkpoint:
    """Where a training stands; opaque to all but the trainer."""

    epoch: int
    """Epochs done."""
    arrays: Mapping[str, NDArray[np.generic]]
    """Weights, moving averages, random states and optimizer slots by name."""

    @property
    def sha256(self) -> str:
        """Hash of all of it by name, but for the epochs."""
        digest = sha256()
        for name in sorted(self.arrays):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(self.arrays[name]).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Work:
    """A network to be trained up to an epoch, from a checkpoint or from the start."""

    network: Network
    plan: TrainingPlan
    data: DataRef
    seed: int
    """Gives the first weights, the order of the images, and dropout."""
    until_epoch: int
    """The epoch to stop after."""
    checkpoint: Checkpoint | None = None
    """Where to go on; None starts anew."""

    @property
    def key(self) -> str:
        """SHA-256 of what the training's outcome depends on, however it is cut into segments."""
        parts = (self.network.key, self.plan.key, self.data.sha256, self.data.split.model_dump_json(), str(self.seed))
        return sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Segment:
    """What a piece of training gave."""

    curve: Curve
    """The epochs of this piece only; empty if the first of them failed."""
    checkpoint: Checkpoint
    """Where the training stands now."""
    failure: str | None = None
    """Why it cannot go on, or None."""
