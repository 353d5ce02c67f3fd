"""The files of a run that people look at, as Optuna's dashboard asks for them."""

import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from optuna.artifacts.exceptions import ArtifactNotFound

from nas.errors import StudyError
from nas.library.exporting import EXPORTS

SHOWN = (
    "report.html",
    "report.md",
    "search.png",
    "figures/*.png",
    "best.json",
    f"{EXPORTS}/*/model_card.md",
    f"{EXPORTS}/*/model*.keras",
    f"{EXPORTS}/*/model*.tflite",
    f"{EXPORTS}/*/model*.onnx",
    "verdict.json",
    "verdict-plan.json",
    "trials.csv",
    "study.toml",
)
"""Patterns within a run's folder; nothing else of it is handed out."""


@dataclass(frozen=True)
class RunFile:
    """One of them."""

    path: Path
    name: str
    """Its path within the run's folder."""

    @property
    def key(self) -> str:
        """What the dashboard calls it: hexadecimal digits, as its addresses want them."""
        return sha256(self.name.encode()).hexdigest()[:32]

    @property
    def artifact(self) -> dict[str, str | None]:
        """What the dashboard wants to know of an artifact."""
        kind, encoding = mimetypes.guess_type(self.name)
        facts = {"artifact_id": self.key, "filename": self.path.name}
        return {**facts, "mimetype": kind or "application/octet-stream", "encoding": encoding}


@dataclass(frozen=True)
class RunFiles:
    """An artifact store that hands out what a run's folder holds for people; it takes nothing in.

    A file is looked up among those that are there, so no name leads out of the folder.
    """

    folder: Path

    @property
    def files(self) -> tuple[RunFile, ...]:
        """What is there now."""
        home = self.folder.resolve()
        found = [path for pattern in SHOWN for path in sorted(self.folder.glob(pattern))]
        return tuple(
            RunFile(path, path.relative_to(self.folder).as_posix())
            for path in found
            if path.is_file() and path.resolve().is_relative_to(home)
        )

    def open_reader(self, artifact_id: str) -> BinaryIO:
        """The file of that key, opened.

        Raises:
            ArtifactNotFound: If it is not there, or not there any more.
        """
        for file in self.files:
            if file.key == artifact_id:
                return file.path.open("rb")
        raise ArtifactNotFound(f"The run has no file {artifact_id}.")

    def write(self, *_: Any, **__: Any) -> NoReturn:
        """Refuses."""
        raise StudyError("The dashboard only reads a study; files come into it by nas's commands.")

    remove = write
