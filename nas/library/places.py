"""Which study a word is about."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from nas.engine.folder import RunFolder, find_run, runs_folder
from nas.engine.reading import StudyView, read_study
from nas.errors import StudyError
from nas.library.showing import Display
from nas.training.crew import Crew


@dataclass(frozen=True)
class Place:
    """Where a study lies."""

    folder: RunFolder
    storage: str | None = field(default=None, repr=False)
    """URL of Optuna's storage, which may hold a password, or None for a file in the folder."""

    def read(self) -> StudyView:
        """The study as it is now.

        Raises:
            StudyError: If it is damaged or of a newer format.
            StorageError: If its storage cannot be used.
        """
        return read_study(self.folder, storage=self.storage)

    def crew(self, workers: int | None, *, cluster: str | None, display: Display) -> Crew:
        """Who trains for the study; what a person should know of them is shown."""
        return Crew(workers, log=self.folder.worker_log, cluster=cluster, say=display.say)


class Placed(Protocol):
    """A result that belongs to a study."""

    @property
    def place(self) -> Place:
        """Where the study lies."""


Study: TypeAlias = str | Placed | None
"""A study's name, what a search returned, or None for the study that was worked on last."""


def find_place(study: Study, *, storage: str | None, runs: Path | None, display: Display) -> Place:
    """Where a study lies; which it is is said if it was not named.

    Raises:
        StudyError: If there is none.
    """
    if study is not None and not isinstance(study, str):
        place = getattr(study, "place", None)
        if not isinstance(place, Place):
            raise StudyError(f"A study is given by its name or by what a search returned, not by {study!r}.")
        return place
    folder = find_run(study, runs=runs_folder(runs))
    if study is None:
        display.say(f"Study {folder.name}, the one worked on last.")
    return Place(folder, storage)


def from_environment(given: str | None, *, variable: str) -> str | None:
    """What was given, else what an environment variable says, as on the command line."""
    return given or os.environ.get(variable) or None


def as_path(text: str | Path | None) -> Path | None:
    """A path, if there is one."""
    return None if text is None else Path(text)
