"""The study in Optuna's storage: proposals are asked of it, and it is told what became of them."""

import json
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState
from pydantic import ValidationError

from nas.engine.records import TrialRecord
from nas.errors import StudyError
from nas.training.curve import Curve

_RECORD, _BASELINE = "record", "baseline"
_STATES = {
    "completed": TrialState.COMPLETE,
    "stopped": TrialState.PRUNED,
    "refused": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}


class Study:
    """A study as the driver sees it; nobody else writes to it.

    Args:
        storage: Where it lies.
        name: Its name there.
        sampler: Where its proposals come from; None for a reader.
    """

    def __init__(
        self, storage: optuna.storages.BaseStorage, name: str, *, sampler: optuna.samplers.BaseSampler | None = None
    ) -> None:
        self._storage = storage
        self._study = optuna.create_study(
            storage=storage, study_name=name, direction="maximize", sampler=sampler, load_if_exists=True
        )

    @property
    def records(self) -> tuple[TrialRecord, ...]:
        """The records of all finished trials, by number."""
        finished = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
        return tuple(_record(trial) for trial in self._trials(*finished) if _RECORD in trial.user_attrs)

    @property
    def running(self) -> int:
        """Trials that are being trained, as far as the storage knows."""
        return len(self._trials(TrialState.RUNNING))

    @property
    def waiting(self) -> int:
        """Trials that wait to be begun or gone on with."""
        return len(self._trials(TrialState.WAITING))

    @property
    def unfinished_baselines(self) -> frozenset[str]:
        """The hand-designed networks that are still to be trained to the end."""
        trials = self._trials(TrialState.WAITING, TrialState.RUNNING)
        return frozenset(trial.user_attrs[_BASELINE] for trial in trials if _BASELINE in trial.user_attrs)

    @property
    def is_new(self) -> bool:
        """Whether nothing was asked of it yet."""
        return not self._trials()

    def enqueue_baseline(self, name: str, choices: Mapping[str, Any]) -> None:
        """Makes a hand-designed network one of the next proposals."""
        self._study.enqueue_trial(dict(choices), user_attrs={_BASELINE: name})

    def take_back(self) -> int:
        """Sets all running trials back to waiting, with their choices, and says how many there were."""
        running = self._trials(TrialState.RUNNING)
        for trial in running:
            self._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)  # noqa: SLF001 - the only name of it
        return len(running)

    def ask(self) -> Trial:
        """The next proposal: one that waits, else a new one."""
        return self._study.ask()

    def baseline_of(self, trial: Trial) -> str | None:
        """The name of the hand-designed network that a trial is, or None."""
        name: str | None = trial.user_attrs.get(_BASELINE)
        return name

    def show_curve(self, trial: Trial, curve: Curve) -> None:
        """Mirrors a curve for the dashboard."""
        seen = self._storage.get_trial(trial._trial_id).intermediate_values  # noqa: SLF001
        for row in curve:
            if row.epoch not in seen:
                trial.report(row.val_accuracy, row.epoch)

    def tell(self, trial: Trial, record: TrialRecord, *, excess: Mapping[str, float], like: TrialRecord | None = None) -> None:
        """Finishes a trial.

        Args:
            trial: What was asked.
            record: What became of it.
            excess: For each limit of the budget, by which share it is exceeded; at most 0 where it fits.
            like: For a repeated trial, the record of the one that it repeats: the sampler is told the same.
        """
        for name, share in excess.items():
            trial.set_constraint(name, share)
        told = like or record
        self.show_curve(trial, told.curve)
        if record.baseline:
            trial.set_user_attr(_BASELINE, record.baseline)
        trial.set_user_attr("outcome", record.outcome)
        trial.set_user_attr("parameters", record.parameters)
        trial.set_user_attr("macs", record.macs)
        trial.set_user_attr(_RECORD, record.model_dump_json())
        state = _STATES[told.outcome]
        self._study.tell(trial, told.score if state == TrialState.COMPLETE else None, state=state)

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False, states=states or None)


def _record(trial: FrozenTrial) -> TrialRecord:
    try:
        value = json.loads(trial.user_attrs[_RECORD])
        return TrialRecord.model_validate(value)
    except (ValueError, ValidationError):
        raise StudyError(
            f"Trial {trial.number} of the study holds a record that this version cannot read; update nas or choose another --study."
        ) from None
