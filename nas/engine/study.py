"""The study: proposals are asked of it, it is told what became of them, and it writes that to Optuna's storage.

Proposals are drawn from a draft in memory; the storage gets a trial when its training begins or its
outcome is known. A proposal that is refused then costs one insertion instead of a write for each of its choices,
and whatever was drafted but not written when the driver died is drawn again, the same.
"""

import warnings
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState
from pydantic import ValidationError

from nas.engine.mirror import Mirror
from nas.engine.objective import DIRECTIONS, CostAim, unit
from nas.engine.patience import TROUBLE, Patience
from nas.engine.records import TrialRecord
from nas.errors import StorageError, StudyError
from nas.training.curve import Curve

optuna.logging.set_verbosity(optuna.logging.ERROR)  # it logs each trial, and warns of each conditional parameter

_RECORD, _BASELINE, _CURVE = "record", "baseline", "curve"
_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
_STATES = {
    "completed": TrialState.COMPLETE,
    "stopped": TrialState.PRUNED,
    "refused": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}
UNWRITTEN_AT_MOST = 50
"""Refused and repeated proposals that are written together."""


class Study:
    """A study as its driver sees it; nobody else writes to it.

    With a second aim Optuna keeps no curves (it takes none in studies of several objectives, and its samplers stumble over
    those of stopped trials), so they lie in an attribute of each trial.

    Args:
        storage: Where it is kept.
        name: Its name there; it is made if it is not there yet.
        sampler: Where its proposals come from.
        baselines: Choices of the hand-designed networks, by name, which become a new study's first proposals.
        aim: The cost that is told as a second value, to be small, or None where accuracy is all.
        patiently: Does a write again where the storage is away for a while.
    """

    def __init__(
        self,
        storage: optuna.storages.BaseStorage,
        name: str,
        *,
        sampler: optuna.samplers.BaseSampler,
        baselines: Mapping[str, Mapping[str, Any]],
        aim: CostAim | None = None,
        patiently: Patience = Patience(),  # noqa: B008 - it is frozen
    ) -> None:
        labels = ["validation accuracy", *([unit(aim)] if aim else [])]
        directions = DIRECTIONS[: len(labels)]
        kept = optuna.create_study(storage=storage, study_name=name, directions=directions, load_if_exists=True)
        self._storage, self._id, self._aim = storage, kept._study_id, aim
        trials = storage.get_all_trials(self._id, deepcopy=False)
        if all(trial.state == TrialState.WAITING and _BASELINE in trial.user_attrs for trial in trials):  # nothing was begun yet
            with warnings.catch_warnings(action="ignore", category=optuna.exceptions.ExperimentalWarning):
                kept.set_metric_names(labels)  # for the dashboard, nothing depends on them
            there = {trial.user_attrs[_BASELINE] for trial in trials}  # by a driver that died before it had written all
            for baseline, choices in baselines.items():
                if baseline not in there:
                    kept.enqueue_trial(dict(choices), user_attrs={_BASELINE: baseline})
        self.take_back()
        self._mirror = Mirror(storage, self._id, patiently)
        self._draft = optuna.create_study(directions=directions, sampler=sampler)
        for trial in self._mirror.read():
            self._draft.add_trial(trial)
        self._waiting = {trial.number for trial in self._draft.get_trials(deepcopy=False, states=(TrialState.WAITING,))}
        self._unwritten: list[FrozenTrial] = []

    @property
    def records(self) -> tuple[TrialRecord, ...]:
        """The records of all finished trials, by number."""
        return _records(self._draft.get_trials(deepcopy=False, states=_FINISHED))

    @property
    def unfinished_baselines(self) -> frozenset[str]:
        """The hand-designed networks that are still to be trained to the end."""
        trials = self._draft.get_trials(deepcopy=False, states=(TrialState.WAITING, TrialState.RUNNING))
        return frozenset(trial.user_attrs[_BASELINE] for trial in trials if _BASELINE in trial.user_attrs)

    @property
    def waiting(self) -> Set[int]:
        """Numbers of the trials that wait to be begun or gone on with."""
        return self._waiting

    def take_back(self) -> None:
        """Sets all running trials back to waiting, with their choices.

        Raises:
            StorageError: If the storage cannot be written.
        """
        for trial in self._storage.get_all_trials(self._id, deepcopy=False, states=(TrialState.RUNNING,)):
            self._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)

    def leave(self) -> None:
        """Writes what is left and takes back what is running, if the storage is there; else whoever comes next does."""
        with suppress(StorageError, *TROUBLE):
            self._mirror.patiently = Patience(seconds=0.0)
            self._mirror.look_for(*self._unwritten)  # a signal may have come between a write and its answer
            self.flush()
            self.take_back()

    def ask(self) -> Trial:
        """The next proposal: one that waits, else a new one."""
        trial = self._draft.ask()
        self._waiting.discard(trial.number)
        return trial

    def baseline_of(self, trial: Trial) -> str | None:
        """The name of the hand-designed network that a trial is, or None."""
        name: str | None = trial.user_attrs.get(_BASELINE)
        return name

    def begin(self, trial: Trial) -> None:
        """Writes that a trial is running."""
        self.flush(self._drafted(trial))

    def show_curve(self, trial: Trial, curve: Curve) -> None:
        """Mirrors a curve for the dashboard and for samplers."""
        if self._aim:
            self._keep_curve(trial, [row.val_accuracy for row in curve])
            return
        seen = self._drafted(trial).intermediate_values
        for row in curve:
            if row.epoch not in seen:
                trial.report(row.val_accuracy, row.epoch)
        self._write_if_begun(trial)

    def _keep_curve(self, trial: Trial, accuracies: list[float]) -> None:
        if accuracies != trial.user_attrs.get(_CURVE, []):
            trial.set_user_attr(_CURVE, accuracies)
            self._write_if_begun(trial)

    def _write_if_begun(self, trial: Trial) -> None:
        if self._mirror.has(trial.number):
            self._mirror.write(self._drafted(trial))

    def tell(self, trial: Trial, record: TrialRecord, *, excess: Mapping[str, float], like: TrialRecord | None = None) -> None:
        """Finishes a trial.

        Args:
            trial: What was asked.
            record: What became of it.
            excess: For each limit of the budget, by which share it is exceeded; at most 0 where it fits.
            like: For a repeated trial, the record of the one that it repeats: the sampler is told the same.
        """
        told = like or record
        written = self._drafted(trial).constraints  # by a driver that died while it told
        for name, share in excess.items():
            if name not in written:
                trial.set_constraint(name, share)
        self.show_curve(trial, told.curve)
        facts = {"outcome": record.outcome, "parameters": record.parameters, "macs": record.macs}
        for name, value in (facts | {_RECORD: record.model_dump_json()}).items():
            trial.set_user_attr(name, value)
        state = _STATES[told.outcome]
        self._draft.tell(trial, self._values(told) if state == TrialState.COMPLETE else None, state=state)
        if self._mirror.has(trial.number):
            self._mirror.write(self._drafted(trial))
            return
        self._unwritten.append(self._drafted(trial))
        if len(self._unwritten) >= UNWRITTEN_AT_MOST:
            self.flush()

    def flush(self, *more: FrozenTrial) -> None:
        """Writes the proposals that were refused or repeated since the last time, and more trials together with them."""
        self._mirror.write(*self._unwritten, *more)
        self._unwritten.clear()

    def _values(self, told: TrialRecord) -> list[float]:
        assert told.score is not None
        return [told.score, getattr(told, self._aim)] if self._aim else [told.score]

    def _drafted(self, trial: Trial) -> FrozenTrial:
        return self._draft._storage.get_trial(trial._trial_id)


def accuracies(trial: FrozenTrial) -> tuple[float, ...]:
    """Validation accuracy after each epoch of a trial, as far as it has come."""
    kept: list[float] | None = trial.user_attrs.get(_CURVE)
    return tuple(kept or (value for _, value in sorted(trial.intermediate_values.items())))


@dataclass(frozen=True)
class Snapshot:
    """A study at the moment of reading."""

    records: tuple[TrialRecord, ...] = ()
    """Of all finished trials, by number."""
    running: int = 0
    """Trials that are being trained, as far as the storage knows."""
    waiting: int = 0
    """Trials that wait to be begun or gone on with."""


def read_snapshot(storage: optuna.storages.BaseStorage, name: str) -> Snapshot:
    """A study as it is now, for others than its driver; empty if it is not there yet."""
    try:
        trials = optuna.load_study(storage=storage, study_name=name).get_trials(deepcopy=False)
    except KeyError:
        return Snapshot()
    return snapshot_of(trials)


def snapshot_of(trials: Sequence[FrozenTrial]) -> Snapshot:
    """A study by its trials.

    Raises:
        StudyError: If one of them holds a record that this version cannot read.
    """
    states = [trial.state for trial in trials]
    finished = [trial for trial in trials if trial.state in _FINISHED]
    return Snapshot(_records(finished), states.count(TrialState.RUNNING), states.count(TrialState.WAITING))


def _records(trials: list[FrozenTrial]) -> tuple[TrialRecord, ...]:
    return tuple(_record(trial) for trial in trials if _RECORD in trial.user_attrs)


def _record(trial: FrozenTrial) -> TrialRecord:
    try:
        return TrialRecord.model_validate_json(trial.user_attrs[_RECORD])
    except ValidationError:
        raise StudyError(
            f"Trial {trial.number} of the study holds a record that this version cannot read;"
            " update nas or choose another --study."
        ) from None
