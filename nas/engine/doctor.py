"""What is wrong with a run's files, and how it is mended; nothing that was computed is thrown away."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from nas.engine.folder import RunFolder
from nas.engine.reading import StudyView, read_study, require_file, storage_of
from nas.engine.results import Training
from nas.engine.seeds import derive_seed
from nas.engine.settings import read_study_file
from nas.errors import NasError, StudyError
from nas.files import PART
from nas.training.work import Work

Repair = Callable[[], None]


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be."""

    words: str
    """What it is, as a sentence."""
    repair: Repair | None
    """Mends it; None where a person has to."""


@dataclass(frozen=True)
class Examination:
    """A run as it was found."""

    facts: tuple[str, ...]
    """What was looked at and is in order, in words."""
    findings: tuple[Finding, ...]


def examine(folder: RunFolder, *, storage: str | None = None) -> Examination:
    """What is in order in a run's folder and its storage, and what is not; called with the run locked.

    Args:
        folder: The run's.
        storage: URL of Optuna's storage, if it is not in the folder.

    Raises:
        StudyError: If the folder holds no run, or files that may not be read, which is no damage.
        StorageError: If the storage cannot be opened.
    """
    try:
        return _examine(folder, storage=storage)
    except OSError as error:
        raise StudyError(f"{error.filename} cannot be read ({error.strerror}); mend that first.") from None


def _examine(folder: RunFolder, *, storage: str | None) -> Examination:
    facts: list[str] = []
    findings: list[Finding] = []
    if storage is None and read_study_file(folder.settings)[1].storage is None:
        require_file(folder.database, study=folder.name)
        _sound_database(folder.database)
        facts.append("the study file passes SQLite's own check")
    view = read_study(folder, storage=storage)
    kept = storage_of(folder, storage=storage)
    facts.append(_counts(view))
    trainings = _read_trainings(folder, findings)
    facts.append(f"{len(trainings)} result files can be read")
    facts.append(f"{_check_checkpoints(folder, trainings, findings)} checkpoints belong to a training")
    names = [study.study_name for study in kept.get_all_studies()]
    if folder.name in names:
        facts.append(_untold(view, kept, trainings))
        findings += _left_running(kept, folder.name)
    elif names and storage is None:
        words = f"The study file holds {', '.join(names)}, not {folder.name}; a run's folder keeps its name."
        findings.append(Finding(words, None))
    findings += [*_check_records(view, trainings), *_scraps(folder)]
    return Examination(tuple(facts), tuple(findings))


def _sound_database(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path, timeout=60)) as connection:
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        raise StudyError(f"The study file {path} is damaged ({said.splitlines()[-1]}); put back a copy of it.")


def _counts(view: StudyView) -> str:
    counts = view.tally.counts
    numbers = [record.number for record in view.tally.records]
    if len(set(numbers)) != len(numbers):
        raise StudyError(f"The study {view.folder.name} has two records of one trial; put back a copy of its storage.")
    return (
        f"{counts['trained']} trained = {counts['completed']} completed + {counts['stopped']} stopped;"
        f" {counts['proposed']} proposed, {counts['refused']} refused, {counts['repeated']} repeated, {counts['failed']} failed"
    )


def _left_running(kept: BaseStorage, name: str) -> list[Finding]:
    def wait_again(trial_id: int) -> None:
        kept.set_trial_state_values(trial_id, TrialState.WAITING)

    return [
        Finding(
            f"Trial {trial.number} counts as running, but no search is at work; it has to wait to be gone on with.",
            partial(wait_again, trial._trial_id),
        )
        for trial in kept.get_all_trials(kept.get_study_id_from_name(name), deepcopy=False, states=(TrialState.RUNNING,))
    ]


def _read_trainings(folder: RunFolder, findings: list[Finding]) -> dict[str, Training]:
    """The trainings by the names of their files."""
    found: dict[str, Training] = {}
    for path in sorted(folder.results.glob("*.json")):
        training = _parsed(path.read_bytes())
        if training is None:
            words = f"The result file {path} is damaged; {_second_copy(folder, path.stem)}."
            findings.append(Finding(words, partial(_set_aside, path)))
        else:
            found[path.stem] = training
    return found


def _second_copy(folder: RunFolder, stem: str) -> str:
    kept = _beside(folder.checkpoints / f"{stem}.npz")
    return "its curve is read from its checkpoint" if kept and kept.training else "without it, its training is done again"


def _check_checkpoints(folder: RunFolder, trainings: dict[str, Training], findings: list[Finding]) -> int:
    """How many checkpoints belong to a training; the others are found wanting."""
    fitting = 0
    for path in sorted(folder.checkpoints.glob("*.npz")):
        kept = _beside(path)
        if kept is None:
            words = f"The checkpoint {path} is damaged; without it, its training is done again."
            findings.append(Finding(words, partial(_set_aside, path)))
        elif not (path.stem in trainings or kept.training or (folder.results / f"{path.stem}.json").exists()):
            words = f"The checkpoint {path} belongs to no training ({path.stat().st_size:,} bytes)."
            findings.append(Finding(words, partial(_remove, path)))
        else:
            fitting += 1
    return fitting


def _check_records(view: StudyView, trainings: dict[str, Training]) -> list[Finding]:
    """What the storage tells of trainings whose files tell something else."""
    findings: list[Finding] = []
    for record in view.tally.records:
        if record.seed is None or not record.curve:
            continue
        work = Work(record.network, record.plan, view.data, record.seed, record.plan.epochs)
        beside = _beside(view.folder.checkpoints / f"{work.key[:32]}.npz")
        kept = trainings.get(work.key[:32]) or (beside.training if beside else None)
        if kept is None:
            findings.append(Finding(f"The result file of {record.label} is gone; its curve is in the storage alone.", None))
        elif kept.curve != record.curve:
            findings.append(Finding(f"The storage and the result file of {record.label} tell different curves.", None))
    return findings


@dataclass(frozen=True)
class _Kept:
    """What a checkpoint that can be read says beside its arrays."""

    training: Training | None
    """Its training; None in one written by a version that kept it elsewhere alone."""


def _beside(path: Path) -> _Kept | None:
    """What a checkpoint says, once all of its arrays were read; None if it is damaged or there is none.

    Raises:
        OSError: If it may not be read, which is no damage.
    """
    if not path.exists():
        return None
    with path.open("rb") as stream:
        try:
            with np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            int(arrays["epoch"])
        except (OSError, ValueError, EOFError, KeyError, AttributeError, BadZipFile):
            return None
    return _Kept(_parsed(arrays["training"].tobytes()) if "training" in arrays else None)


def _parsed(text: bytes) -> Training | None:
    try:
        return Training.model_validate_json(text)
    except ValueError:
        return None


def _untold(view: StudyView, kept: BaseStorage, trainings: dict[str, Training]) -> str:
    """What is computed and not yet told: what a search that goes on does first."""
    study = kept.get_study_id_from_name(view.folder.name)
    open_states = (TrialState.RUNNING, TrialState.WAITING)
    numbers = [trial.number for trial in kept.get_all_trials(study, deepcopy=False, states=open_states)]
    seeds = {derive_seed(view.settings.seed, "search", number) for number in numbers}
    waiting = [training for training in trainings.values() if training.seed in seeds]
    done = sum(len(training.curve) == training.plan.epochs or training.failure is not None for training in waiting)
    return f"{len(numbers)} trials wait to go on, {len(waiting)} of them with epochs on disk, {done} with a result not told yet"


def _scraps(folder: RunFolder) -> list[Finding]:
    found = sorted(folder.path.rglob(f".*{PART}"))
    return [Finding(f"{path} was left half written by a process that was killed.", partial(_remove, path)) for path in found]


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _set_aside(path: Path) -> None:
    path.replace(path.with_name(f"{path.name}.damaged"))


def mend(examination: Examination) -> tuple[str, ...]:
    """Mends what can be mended, and says what could not be.

    Raises:
        StudyError: If a file cannot be changed.
    """
    left: list[str] = []
    for finding in examination.findings:
        if finding.repair is None:
            left.append(finding.words)
            continue
        try:
            finding.repair()
        except (OSError, NasError) as error:
            raise StudyError(f"{finding.words} It could not be mended ({error}).") from None
    return tuple(left)
