"""A study as others than its driver see it: read, never written."""

import os
from dataclasses import dataclass
from pathlib import Path

from optuna.storages import BaseStorage

from nas.data import DataRef
from nas.engine.folder import RunFolder
from nas.engine.records import Tally, TrialRecord, tally
from nas.engine.settings import Resolved, SearchSettings, read_study_file
from nas.engine.settling import check_place
from nas.engine.storage import open_storage, sqlite_file, sqlite_url, without_password
from nas.engine.study import Snapshot, read_snapshot
from nas.errors import StorageError, StudyError
from nas.training.plan import TrainingPlan


@dataclass(frozen=True)
class StudyView:
    """A study at the moment of reading."""

    folder: RunFolder
    settings: SearchSettings
    resolved: Resolved
    tally: Tally
    running: int
    """Trials that are being trained, as far as the storage knows."""
    waiting: int
    """Trials that wait to be begun or gone on with."""

    @property
    def planned_epochs(self) -> int:
        """What training every trial to the end would take."""
        return self.settings.trials * self.plan.epochs

    @property
    def plan(self) -> TrainingPlan:
        """The training recipe that it was begun with."""
        return self.resolved.recipe(self.settings.plan)

    @property
    def data(self) -> DataRef:
        """The data set that it was begun with."""
        return self.resolved.data(self.settings.data)

    def record(self, which: str) -> TrialRecord:
        """The record of `best`, of a trial's number, or of a hand-designed network's name.

        Raises:
            StudyError: If there is none.
        """
        if which == "best":
            if self.tally.best is None:
                raise StudyError(f"The study {self.folder.name} has no network trained to the end yet.")
            return self.tally.best
        found = [record for record in self.tally.records if which in {str(record.number), record.baseline}]
        if not found:
            raise StudyError(
                f"The study {self.folder.name} has no finished trial {which!r}; give best, a trial's number or a baseline's name."
            )
        return found[0]


def read_study(folder: RunFolder, *, storage: str | None = None) -> StudyView:
    """A study as it is now; of one of which nothing but what was published is there, no trials.

    Raises:
        StudyError: If it is damaged or of a newer format, or its storage is gone or elsewhere.
        StorageError: If its storage cannot be used.
    """
    if storage is None and not any(path.exists() for path in (folder.database, folder.results, folder.checkpoints)):
        check_place(folder, place=None)
        return view_study(folder, Snapshot())
    return view_study(folder, read_snapshot(storage_of(folder, storage=storage), folder.name))


def storage_of(folder: RunFolder, *, storage: str | None = None) -> BaseStorage:
    """Where a study is kept, opened.

    Raises:
        StudyError: If it is kept elsewhere, is gone, or its settings are damaged or of a newer format.
        StorageError: If its storage cannot be used.
    """
    check_place(folder, place=without_password(storage) if storage else None)
    url = storage or sqlite_url(folder.database)
    file = sqlite_file(url)
    if file is not None:
        require_file(file, study=folder.name)
    return open_storage(url)


def require_file(file: Path, *, study: str) -> None:
    """Nothing, where a study's SQLite file is there and can be opened.

    Raises:
        StudyError: If it is gone.
        StorageError: If it lies where nothing may be written.
    """
    if not file.exists():
        raise StudyError(f"The study {study} was kept in {file}, which is gone; put back a copy of it.")
    if not os.access(file.parent, os.W_OK):
        raise StorageError(
            f"{file} cannot be opened where nothing may be written, since SQLite keeps its log beside it; copy the study's"
            " folder, and give the copy's place as --runs."
        )


def view_study(folder: RunFolder, snapshot: Snapshot) -> StudyView:
    """A study as its storage was when the snapshot was taken.

    Raises:
        StudyError: If its settings are damaged or of a newer format.
    """
    settings, resolved = read_study_file(folder.settings)
    return StudyView(folder, settings, resolved, tally(snapshot.records), snapshot.running, snapshot.waiting)
