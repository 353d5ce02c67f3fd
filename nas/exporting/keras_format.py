"""A trained network as a `.keras` file of built-in layers, written and checked in a process of its own."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from nas.architecture import Network
from nas.errors import ExportError
from nas.training.plan import TrainingPlan
from nas.training.trainer import predict, restore_weights
from nas.training.work import Checkpoint

TOLERANCE = 1e-5
_CHECKED_IMAGES = 256


@dataclass(frozen=True)
class Exported:
    """A file that was written, and how well it agrees with the network."""

    path: Path
    size_bytes: int
    largest_difference: float
    """Largest difference of a class probability between file and network, over random images."""


def export_keras(network: Network, plan: TrainingPlan, checkpoint: Checkpoint, *, path: Path) -> Exported:
    """A `.keras` file that `keras.models.load_model` opens without this package.

    The file takes images as float32 (batch, height, width, channels) with pixels divided by 255, and gives
    class probabilities (batch, classes). It is there whole and checked, or not at all.

    Raises:
        ExportError: If it cannot be written, or does not compute what the network computes.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        context = multiprocessing.get_context("spawn")
        with TemporaryDirectory(dir=path.parent, prefix=".export-") as folder, ProcessPoolExecutor(1, context) as pool:
            draft = Path(folder) / path.name
            difference = pool.submit(_write_and_compare, network, plan, checkpoint, draft).result()
            if not difference <= TOLERANCE:
                raise ExportError(
                    f"The exported file's outputs differ from the network's by {difference:.2g}, more than {TOLERANCE:g};"
                    " nothing was kept."
                )
            draft.replace(path)
    except (OSError, BrokenProcessPool) as error:
        raise ExportError(f"The file {path} cannot be written ({error}); choose another --out.") from None
    return Exported(path, path.stat().st_size, difference)


def _write_and_compare(network: Network, plan: TrainingPlan, checkpoint: Checkpoint, draft: Path) -> float:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)  # TensorFlow greets on stderr before it can be asked not to
    import keras

    from nas.training.build import build

    model = build(network)
    restore_weights(model, checkpoint)
    model.save(draft)
    images = np.random.default_rng(0).integers(0, 256, (_CHECKED_IMAGES, *network.input_shape), dtype=np.uint8)
    loaded = keras.models.load_model(draft, compile=False)
    ours = predict(network, plan, checkpoint, images)
    theirs = np.asarray(loaded(images.astype(np.float32) / 255.0, training=False))
    return float(np.abs(ours - theirs).max())
