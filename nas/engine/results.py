"""What was computed, on disk before anybody is told: one file a training, found by what it depends on."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from nas.architecture import Network
from nas.data import DataRef
from nas.engine.folder import RunFolder
from nas.errors import StudyError
from nas.files import write_whole
from nas.training.curve import Curve
from nas.training.plan import TrainingPlan
from nas.training.versions import versions
from nas.training.work import Checkpoint, Segment, Work

FORMAT: Final = 1
_BESIDE = ("epoch", "training")
"""What a checkpoint's file holds besides its arrays."""


class Training(BaseModel):
    """How far a training has come, and everything that it depends on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = FORMAT
    network: Network
    plan: TrainingPlan
    data: DataRef
    seed: int
    curve: Curve
    """All its epochs so far."""
    failure: str | None
    """Why it cannot go on, or None."""
    versions: Mapping[str, str]
    """The packages that computed it; under others it is not used again."""

    @property
    def seconds(self) -> float:
        """Time spent in its epochs."""
        return sum(row.seconds for row in self.curve)


class Keeper(Protocol):
    """Keeps what was computed; the driver asks nothing else of it."""

    def load(self, work: Work) -> Training | None:
        """How far this training has come, or None if it has not begun."""

    def checkpoint(self, work: Work, *, epoch: int) -> Checkpoint | None:
        """Weights and optimizer state of a training after an epoch, or None if they are not kept."""

    def save(self, work: Work, segment: Segment, *, before: Curve) -> Training:
        """Keeps what a segment added."""

    def drop_checkpoint(self, work: Work) -> None:
        """Forgets the weights of a training that will not go on."""


@dataclass(frozen=True)
class Results:
    """The trainings of a run, as a `Keeper` on disk."""

    folder: RunFolder

    def load(self, work: Work) -> Training | None:
        """How far this training has come, under the versions at hand; None if it has not begun.

        Raises:
            StudyError: If its file is damaged or of a newer format.
        """
        path = self._result(work)
        written = [training for training in (_read(path) if path.exists() else None, self._beside_weights(work)) if training]
        usable = [training for training in written if training.versions == versions()]
        return max(usable, key=lambda training: len(training.curve), default=None)

    def checkpoint(self, work: Work, *, epoch: int) -> Checkpoint | None:
        """Weights and optimizer state of a training after an epoch, or None if they are not kept.

        Raises:
            StudyError: If their file is damaged.
        """
        path = self._checkpoint(work)
        if not path.exists():
            return None
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                arrays: dict[str, NDArray[np.generic]] = {name: file[name] for name in file.files if name not in _BESIDE}
                kept = int(file["epoch"])
        except PermissionError as error:
            raise StudyError(f"The checkpoint {path} cannot be read ({error.strerror}).") from None
        except (OSError, ValueError, EOFError, KeyError, AttributeError, BadZipFile):
            raise StudyError(f"The checkpoint {path} is damaged; move it away and the training is done again.") from None
        return Checkpoint(kept, arrays) if kept == epoch else None

    def save(self, work: Work, segment: Segment, *, before: Curve) -> Training:
        """Writes what a segment added: first the checkpoint with its curve, then the curve alone, where everybody reads it.

        Whoever is killed between the two has lost nothing, since the longer curve counts.
        """
        training = Training(
            network=work.network,
            plan=work.plan,
            data=work.data,
            seed=work.seed,
            curve=before + segment.curve,
            failure=segment.failure,
            versions=versions(),
        )
        text = training.model_dump_json(indent=1).encode()
        buffer = io.BytesIO()
        beside: dict[str, Any] = {"epoch": np.int64(segment.checkpoint.epoch), "training": np.frombuffer(text, np.uint8)}
        np.savez(buffer, allow_pickle=False, **beside, **segment.checkpoint.arrays)
        write_whole(self._checkpoint(work), buffer.getvalue())
        write_whole(self._result(work), text)
        return training

    def drop_checkpoint(self, work: Work) -> None:
        """Removes the weights of a training that will not go on."""
        self._checkpoint(work).unlink(missing_ok=True)

    def _beside_weights(self, work: Work) -> Training | None:
        """What a checkpoint says of its training; None where there is none that can be read."""
        path = self._checkpoint(work)
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                return Training.model_validate_json(file["training"].tobytes())
        except (OSError, ValueError, EOFError, KeyError, AttributeError, BadZipFile):
            return None

    def _result(self, work: Work) -> Path:
        return self.folder.results / f"{work.key[:32]}.json"

    def _checkpoint(self, work: Work) -> Path:
        return self.folder.checkpoints / f"{work.key[:32]}.npz"


def _read(path: Path) -> Training:
    try:
        value = json.loads(path.read_bytes())
        written = value.get("format")
        if isinstance(written, int) and written > FORMAT:
            raise StudyError(f"The result {path.name} has format {written}, newer than the {FORMAT} that this version reads.")
        return Training.model_validate(value)
    except (ValueError, AttributeError, ValidationError):
        raise StudyError(f"The result file {path} is damaged; move it away and the training is done again.") from None
