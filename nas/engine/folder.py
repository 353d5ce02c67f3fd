"""Where a run keeps its files, and who may write there."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nas.errors import StudyError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name

    @property
    def settings(self) -> Path:
        """The effective settings, written once."""
        return self.path / "study.toml"

    @property
    def database(self) -> Path:
        """Optuna's study, unless another storage is given."""
        return self.path / "study.db"

    @property
    def results(self) -> Path:
        """Folder with one JSON file for each training."""
        return self.path / "results"

    @property
    def checkpoints(self) -> Path:
        """Folder with weights and optimizer state of trainings."""
        return self.path / "checkpoints"

    @property
    def worker_log(self) -> Path:
        """What worker processes printed."""
        return self.path / "workers.log"

    def create(self) -> None:
        """Makes the folder.

        Raises:
            StudyError: If it cannot be made or written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe = self.path / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise StudyError(
                f"The folder {self.path} cannot be written ({error.strerror}); choose another with --runs or NAS_RUNS."
            ) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the run for this process; a process that has died holds nothing.

        Raises:
            StudyError: If another process holds it, or nobody can.
        """
        try:
            file = (self.path / "lock").open("a+")
        except OSError as error:
            raise StudyError(f"The folder {self.path} cannot be written ({error.strerror}); mend its permissions.") from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip()
                raise StudyError(
                    f"The study {self.name} is in use by another process ({holder}); wait for it or choose another --study."
                ) from None
            except OSError as error:
                raise StudyError(
                    f"The folder {self.path} cannot be locked ({error.strerror}); choose another disk with --runs or NAS_RUNS."
                ) from None
            file.truncate(0)
            file.write(f"process {os.getpid()}")
            file.flush()
            yield


def runs_folder(given: Path | None = None) -> Path:
    """Where runs are kept: the folder given, else NAS_RUNS, else ./runs."""
    return given or Path(os.environ.get("NAS_RUNS") or "runs")


def run_folder(name: str, *, runs: Path) -> RunFolder:
    """The folder of a run by name, whether it exists or not.

    Raises:
        StudyError: If the name could not be a folder's.
    """
    if not _NAME.fullmatch(name):
        raise StudyError(
            f"A study's name has up to 100 letters, digits, dots, hyphens and underscores, the first a letter or digit,"
            f" not {name!r}; the folder around it is chosen with --runs."
        )
    return RunFolder(runs / name)


def find_run(name: str | None, *, runs: Path) -> RunFolder:
    """The run of that name, or the one that was worked on last.

    Raises:
        StudyError: If there is none.
    """
    if name is not None:
        folder = run_folder(name, runs=runs)
        if not folder.settings.exists():
            raise StudyError(f"There is no study {name} in {runs}; `nas search --study {name}` begins one.")
        return folder
    found = [RunFolder(path.parent) for path in runs.glob("*/study.toml")]
    if not found:
        raise StudyError(f"There is no study in {runs} yet; `nas search` begins one.")
    return max(found, key=_worked_on)


def _worked_on(folder: RunFolder) -> float:
    """When a run was last written to; SQLite's file itself is untouched while its log beside it grows."""
    files = (folder.settings, folder.database, folder.database.with_name("study.db-wal"), folder.path / "lock")
    return max(file.stat().st_mtime for file in files if file.exists())
