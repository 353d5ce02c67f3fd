"""A study as others than its driver see it: read, never written."""

from dataclasses import dataclass

from optuna.storages import BaseStorage

from nas.data import DataRef
from nas.engine.folder import RunFolder
from nas.engine.records import Tally, TrialRecord, tally
from nas.engine.settings import Resolved, SearchSettings, read_study_file
from nas.engine.storage import open_storage, sqlite_url
from nas.engine.study import Snapshot, read_snapshot
from nas.errors import StudyError
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
    """A study as it is now.

    Raises:
        StudyError: If it is damaged or of a newer format.
        StorageError: If its storage cannot be used.
    """
    opened = storage_of(folder, storage=storage)
    return view_study(folder, read_snapshot(opened, folder.name) if opened else Snapshot())


def storage_of(folder: RunFolder, *, storage: str | None = None) -> BaseStorage | None:
    """Where a study is kept, opened; None if nothing was stored yet.

    Raises:
        StudyError: If it is kept elsewhere, or its settings are damaged or of a newer format.
        StorageError: If its storage cannot be used.
    """
    _, resolved = read_study_file(folder.settings)
    if resolved.storage is not None and storage is None:
        raise StudyError(f"The study {folder.name} lies in {resolved.storage}; give it as --storage or NAS_STORAGE.")
    there = storage is not None or folder.database.exists()
    return open_storage(storage or sqlite_url(folder.database)) if there else None


def view_study(folder: RunFolder, snapshot: Snapshot) -> StudyView:
    """A study as its storage was when the snapshot was taken.

    Raises:
        StudyError: If its settings are damaged or of a newer format.
    """
    settings, resolved = read_study_file(folder.settings)
    return StudyView(folder, settings, resolved, tally(snapshot.records), snapshot.running, snapshot.waiting)
