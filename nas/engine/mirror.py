"""The storage's copy of a study: each trial is made there what it is in the driver's draft, in one transaction."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from json import dumps
from typing import Any, Final, NamedTuple

from optuna.distributions import distribution_to_json
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._rdb import models
from optuna.storages._rdb.models import SCHEMA_VERSION
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from nas.engine.patience import Patience

TABLES: Final = 12
"""The version of Optuna's tables that is written here; others are written by Optuna's own calls."""


class _Stored(NamedTuple):
    """A trial as the storage has it; a copy, since the draft's changes in place."""

    id: int
    """The storage's, which is not the draft's."""
    state: TrialState
    params: Mapping[str, Any]
    user_attrs: Mapping[str, Any]
    system_attrs: Mapping[str, Any]
    epochs: Mapping[int, float]

    @classmethod
    def of(cls, trial: FrozenTrial, *, number: int) -> "_Stored":
        """Of a finished trial only that it is, since it is never written again."""
        if trial.state.is_finished():
            return cls(number, trial.state, {}, {}, {}, {})
        epochs = dict(trial.intermediate_values)
        return cls(number, trial.state, dict(trial.params), dict(trial.user_attrs), dict(trial.system_attrs), epochs)


@dataclass(frozen=True)
class _Change:
    """What of a trial the storage does not have yet."""

    trial: FrozenTrial
    params: Mapping[str, Any]
    user_attrs: Mapping[str, Any]
    system_attrs: Mapping[str, Any]
    epochs: Mapping[int, float]
    state: bool
    values: Sequence[float]

    @property
    def internal(self) -> dict[str, float]:
        """The parameters as numbers, as Optuna keeps them."""
        return {name: self.trial.distributions[name].to_internal_repr(value) for name, value in self.params.items()}


@dataclass
class Mirror:
    """Writes a study's trials to a storage; nobody else does.

    Optuna's own calls look for trial and attribute before each write and commit after it: some forty statements for a short
    trial, which took most of the time that a driver has for one. Here the rows go in together, through Optuna's own models.
    """

    storage: BaseStorage
    study: int
    """The study's number in the storage."""
    patiently: Patience
    """Does a write again where the storage is away for a while."""
    _stored: dict[int, _Stored] = field(default_factory=dict)

    def read(self) -> list[FrozenTrial]:
        """All trials as they are there now."""
        trials = self.storage.get_all_trials(self.study)
        self._stored = {trial.number: _Stored.of(trial, number=trial._trial_id) for trial in trials}
        return trials

    def has(self, number: int) -> bool:
        """Whether a trial has been written."""
        return number in self._stored

    def look_for(self, *trials: FrozenTrial) -> None:
        """Finds out which of these trials are there: a write may have been done though nobody was told."""
        for trial in trials:
            with suppress(KeyError):  # it is not there; to count all trials Optuna would read them all
                number = self.storage.get_trial_id_from_study_id_trial_number(self.study, trial.number)
                self._stored[trial.number] = _Stored.of(self.storage.get_trial(number), number=number)

    def write(self, *trials: FrozenTrial) -> None:
        """Makes these trials there what they are here, all or none of them.

        Raises:
            StorageError: If the storage has no room, or stays away for too long.
        """
        if not trials:
            return

        def written() -> dict[int, int]:
            before = [self._stored.get(trial.number) for trial in trials]
            pairs = list(zip(trials, before, strict=True))
            if isinstance(self.storage, RDBStorage) and SCHEMA_VERSION == TABLES:
                return _by_rows(self.storage, self.study, pairs)
            return _by_calls(self.storage, self.study, pairs)

        def unless_there() -> dict[int, int]:
            self.look_for(*trials)
            return written()

        ids = self.patiently(written, again=unless_there)
        for trial in trials:
            self._stored[trial.number] = _Stored.of(trial, number=ids[trial.number])


def _change(now: FrozenTrial, before: _Stored | None) -> _Change:
    values = now.values or ()
    if before is None:
        return _Change(now, now.params, now.user_attrs, now.system_attrs, now.intermediate_values, state=True, values=values)
    if before.state.is_finished():
        return _Change(now, {}, {}, {}, {}, state=False, values=())
    return _Change(
        now,
        params=_added(now.params, before.params),
        user_attrs=_changed(now.user_attrs, before.user_attrs),
        system_attrs=_changed(now.system_attrs, before.system_attrs),
        epochs=_added(now.intermediate_values, before.epochs),
        state=now.state != before.state,
        values=values,
    )


def _added(now: Mapping[Any, Any], before: Mapping[Any, Any]) -> dict[Any, Any]:
    """What is never changed, once it is there."""
    return {name: value for name, value in now.items() if name not in before}


def _changed(now: Mapping[Any, Any], before: Mapping[Any, Any]) -> dict[Any, Any]:
    return {name: value for name, value in now.items() if name not in before or before[name] != value}


def _by_calls(storage: BaseStorage, study: int, pairs: Sequence[tuple[FrozenTrial, _Stored | None]]) -> dict[int, int]:
    """The storage's id of each trial, written by Optuna's calls."""
    ids = {}
    for trial, before in pairs:
        if before is None:
            ids[trial.number] = storage.create_new_trial(study, template_trial=trial)
            continue
        ids[trial.number] = number = before.id
        change = _change(trial, before)
        for name, value in change.internal.items():
            storage.set_trial_param(number, name, value, trial.distributions[name])
        for name, value in change.user_attrs.items():
            storage.set_trial_user_attr(number, name, value)
        for name, value in change.system_attrs.items():
            storage.set_trial_system_attr(number, name, value)
        for epoch, value in change.epochs.items():
            storage.set_trial_intermediate_value(number, epoch, value)
        if change.state:
            storage.set_trial_state_values(number, trial.state, change.values or None)
    return ids


def _by_rows(storage: RDBStorage, study: int, pairs: Sequence[tuple[FrozenTrial, _Stored | None]]) -> dict[int, int]:
    """The storage's id of each trial, written as rows of its tables in one transaction."""
    ids = {}
    with Session(storage.engine) as session, session.begin():
        for trial, before in pairs:
            change = _change(trial, before)
            if before is None:
                row = models.TrialModel(study_id=study, number=trial.number)
                session.add(row)
                _set_state(row, trial)
                session.flush()  # gives it its id
                number = int(row.trial_id)
            else:
                number = before.id
                if change.state:
                    _set_state(session.get_one(models.TrialModel, number), trial)
            ids[trial.number] = number
            _add_rows(session, number, change, fresh=before is None)
    return ids


def _set_state(row: models.TrialModel, trial: FrozenTrial) -> None:
    row.state = trial.state
    row.datetime_start = trial.datetime_start
    row.datetime_complete = trial.datetime_complete


def _add_rows(session: Session, number: int, change: _Change, *, fresh: bool) -> None:
    distributions = change.trial.distributions
    params = [
        {"param_name": name, "param_value": value, "distribution_json": distribution_to_json(distributions[name])}
        for name, value in change.internal.items()
    ]
    values = [
        {"objective": objective, "value": stored, "value_type": kind}
        for objective, value in enumerate(change.values)
        for stored, kind in [models.TrialValueModel.value_to_stored_repr(value)]
    ]
    epochs = [
        {"step": epoch, "intermediate_value": stored, "intermediate_value_type": kind}
        for epoch, value in change.epochs.items()
        for stored, kind in [models.TrialIntermediateValueModel.intermediate_value_to_stored_repr(value)]
    ]
    for table, rows in (
        (models.TrialParamModel, params),
        (models.TrialValueModel, values),
        (models.TrialIntermediateValueModel, epochs),
    ):
        if rows:
            session.execute(insert(table), [{"trial_id": number, **row} for row in rows])
    for attributes, table in (
        (change.user_attrs, models.TrialUserAttributeModel),
        (change.system_attrs, models.TrialSystemAttributeModel),
    ):
        if attributes and not fresh:  # one that changes is written anew
            session.execute(delete(table).where(table.trial_id == number, table.key.in_(attributes)))
        if attributes:
            rows = [{"trial_id": number, "key": name, "value_json": dumps(value)} for name, value in attributes.items()]
            session.execute(insert(table), rows)
