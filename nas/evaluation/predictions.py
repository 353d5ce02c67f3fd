"""What the confirmation networks said to each test image, as one small file from which anyone recomputes a verdict."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from nas.errors import StudyError
from nas.files import write_output

FORMAT = 1
FILE = "predictions.npz"


@dataclass(frozen=True, eq=False)
class Confirmed:
    """A network trained on every confirmation seed."""

    predicted: NDArray[np.uint16]
    """The class that each test image was given, as (seeds, images)."""
    scores: NDArray[np.float64]
    """Mean validation accuracy of the last three epochs, or that of a converted network's file, one for each seed."""
    val_accuracies: NDArray[np.float64]
    """Validation accuracy of exactly what saw the test images, one for each seed."""
    trained_accuracies: NDArray[np.float64] | None = None
    """That accuracy before the conversion to a file; None where nothing was converted."""

    @property
    def released(self) -> int:
        """Which of the seeds has the median validation accuracy: its network is the one to be handed out."""
        return int(np.argsort(self.val_accuracies, kind="stable")[(len(self.val_accuracies) - 1) // 2])

    def followed_by(self, later: "Confirmed") -> "Confirmed":
        """The same network with further seeds."""
        return Confirmed(
            predicted=np.concatenate([self.predicted, later.predicted]),
            scores=np.concatenate([self.scores, later.scores]),
            val_accuracies=np.concatenate([self.val_accuracies, later.val_accuracies]),
            trained_accuracies=None
            if self.trained_accuracies is None or later.trained_accuracies is None
            else np.concatenate([self.trained_accuracies, later.trained_accuracies]),
        )


@dataclass(frozen=True, eq=False)
class Predictions:
    """What all confirmation networks said."""

    truth: NDArray[np.uint16]
    """The class of each test image."""
    seeds: tuple[int, ...]
    """The confirmation seeds."""
    networks: Mapping[str, Confirmed]
    """By name."""
    plan_key: str | None = None
    """Of the verdict plan that they are of; None in files from before it was kept."""

    def correct(self, name: str) -> NDArray[np.bool_]:
        """Whether each image was classified correctly by a network, as (seeds, images)."""
        return np.asarray(self.networks[name].predicted == self.truth)

    def accuracies(self, name: str) -> NDArray[np.float64]:
        """Test accuracy of a network, one for each seed."""
        return np.asarray(self.correct(name).mean(axis=1))


def write_predictions(path: Path, predictions: Predictions) -> None:
    """The file, whole or not at all; classes take one byte each where there are at most 256.

    Raises:
        StudyError: If it cannot be written.
    """
    highest = max(int(one.max()) for one in (predictions.truth, *(kept.predicted for kept in predictions.networks.values())))
    small = np.uint8 if highest < 256 else np.uint16
    arrays: dict[str, Any] = {
        "truth": predictions.truth.astype(small),
        "seeds": np.array(predictions.seeds, np.int64),
        "names": np.array(list(predictions.networks)),
    }
    if predictions.plan_key:
        arrays["plan_key"] = np.array(predictions.plan_key)
    for name, kept in predictions.networks.items():
        arrays |= {
            f"{name}/predicted": kept.predicted.astype(small),
            f"{name}/scores": kept.scores,
            f"{name}/val_accuracies": kept.val_accuracies,
        }
        if kept.trained_accuracies is not None:
            arrays[f"{name}/trained_accuracies"] = kept.trained_accuracies
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, format=np.int64(FORMAT), **arrays)
    write_output(path, buffer.getvalue())


def read_predictions(path: Path) -> Predictions:
    """What `write_predictions` wrote.

    Raises:
        StudyError: If the file is missing, damaged, or of a newer format.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            written = int(file["format"])
            if written > FORMAT:
                raise StudyError(f"{path} has format {written}, newer than the {FORMAT} that this version reads; update nas.")
            return Predictions(
                truth=file["truth"].astype(np.uint16),
                seeds=tuple(int(seed) for seed in file["seeds"]),
                networks={
                    name: Confirmed(
                        predicted=file[f"{name}/predicted"].astype(np.uint16),
                        scores=file[f"{name}/scores"],
                        val_accuracies=file[f"{name}/val_accuracies"],
                        trained_accuracies=file.get(f"{name}/trained_accuracies"),
                    )
                    for name in map(str, file["names"])
                },
                plan_key=str(file["plan_key"]) if "plan_key" in file else None,
            )
    except FileNotFoundError:
        raise StudyError(f"{path} does not exist; `nas verdict` writes it.") from None
    except (OSError, ValueError, EOFError, KeyError, AttributeError, RuntimeError, BadZipFile, zlib.error):
        raise StudyError(f"{path} is damaged; move it away, and `nas verdict` makes it again from what was trained.") from None
