"""Optuna behind KerasTuner's interface: who uses a `keras_tuner.Tuner` changes one line."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import keras_tuner
import optuna
from keras_tuner.engine.hyperparameters import Fixed
from keras_tuner.engine.trial import TrialStatus
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial

from nas.engine.seeds import derive_seed
from nas.engine.storage import open_storage
from nas.errors import StudyError
from nas.training.declared import OneOf, Real, Whole, draw
from nas.training.hyperparameters import declared

_STATES: Final = {TrialStatus.COMPLETED: TrialState.COMPLETE, TrialStatus.FAILED: TrialState.FAIL}
_DIRECTIONS: Final = {"min": StudyDirection.MINIMIZE, "max": StudyDirection.MAXIMIZE}
MOST_REFUSED: Final = 2_000
"""Proposals in a row that break a limit, after which the search ends."""

Violations = Callable[[keras_tuner.HyperParameters], Mapping[str, float]]


class OptunaOracle(keras_tuner.Oracle):  # type: ignore[misc]
    """Proposes what an Optuna sampler suggests, and keeps trials in an Optuna study.

    A proposal that was tried before is told what it came to, and not trained again; after 20 of them in a row the search ends, as
    with KerasTuner's own oracles. A study in a storage is gone on with: the sampler learns from all its trials, whichever
    project they are from, while `max_trials` counts those of the project.

    Args:
        objective: As KerasTuner takes it: a metric's name, a `keras_tuner.Objective`, or several whose sum counts.
        max_trials: Trials of the project.
        sampler: Where proposals come from; TPE by default. One that is given draws from another seed than its own once there are
            trials from before, since it would propose again what it proposed then.
        storage: URL of a database, or one of Optuna's storages; None keeps the study in memory, and KerasTuner's project folder
            is what a script goes on from.
        study_name: The study's name in the storage.
        seed: Gives the default sampler's choices.
        violations: By which share each limit is exceeded, such as `SpaceHyperModel.violations`; what is over one becomes no
            trial, and the sampler is told by how much.
        others: What `keras_tuner.Oracle` takes besides.

    Raises:
        StorageError: If the storage cannot be used.
        StudyError: If the study is there already, with the other direction.
    """

    def __init__(
        self,
        objective: Any = None,
        max_trials: int = 10,
        *,
        sampler: optuna.samplers.BaseSampler | None = None,
        storage: str | optuna.storages.BaseStorage | None = None,
        study_name: str = "keras-tuner",
        seed: int | None = None,
        violations: Violations | None = None,
        **others: Any,
    ) -> None:
        super().__init__(objective=objective, max_trials=max_trials, seed=seed, **others)
        direction = _DIRECTIONS[self.objective.direction]
        self.study = optuna.create_study(
            storage=open_storage(storage) if isinstance(storage, str) else storage,
            study_name=study_name,
            sampler=sampler,
            direction=direction,
            load_if_exists=True,
        )
        if self.study.direction != direction:
            raise StudyError(
                f"The study {study_name} was not begun to {direction.name.lower()} its objective; choose another study_name."
            )
        if self.study.get_trials(deepcopy=False):
            self.study.sampler.reseed_rng()
        self._seed_of_proposals = seed if sampler is None else None
        self._violations = violations
        self._numbers: dict[str, int] = {}

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for a trial of KerasTuner, as the sampler suggests them."""
        collisions = refused = 0
        while collisions <= self._max_collisions and refused < MOST_REFUSED:
            asked = self._ask()
            hp = self._suggested(asked)
            over = dict(self._violations(hp)) if self._violations else {}
            if any(share > 0 for share in over.values()):
                refused += 1
                self._refuse(asked, over)
            elif self._duplicate(hp.values):
                collisions += 1
                self._tell_repeated(asked, hp.values)
            else:
                self._numbers[trial_id] = asked.number
                return {"status": TrialStatus.RUNNING, "values": hp.values}
        return {"status": TrialStatus.STOPPED, "values": None}

    @keras_tuner.synchronized  # type: ignore[untyped-decorator]
    def end_trial(self, trial: Any) -> None:
        """Ends a trial, and tells the study what became of it, unless it is to be tried again."""
        try:
            super().end_trial(trial)
        finally:
            ended = self.trials[trial.trial_id]
            if ended.status in _STATES:
                self._tell(ended)

    def get_state(self) -> dict[str, Any]:
        """What a project's folder keeps."""
        return {**super().get_state(), "optuna_numbers": dict(self._numbers)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Takes up what a project's folder kept; a study that does not know its trials, as one in memory, is told of them."""
        super().set_state(state)
        self.study.sampler.reseed_rng()
        stored = {trial.number: trial for trial in self.study.get_trials(deepcopy=False)}
        self._numbers = {name: number for name, number in state.get("optuna_numbers", {}).items() if number in stored}
        for name, trial in self.trials.items():
            if trial.status in _STATES and name not in self._numbers:
                self._tell(trial)

    def _ask(self) -> optuna.Trial:
        """A proposal; the default sampler's depends on seed and number alone, so that a script that goes on has new ones."""
        if self._seed_of_proposals is not None:
            number = len(self.study.get_trials(deepcopy=False))
            self.study.sampler = optuna.samplers.TPESampler(seed=derive_seed(self._seed_of_proposals, "sampling", number))
        return self.study.ask()

    def _suggested(self, asked: optuna.Trial) -> keras_tuner.HyperParameters:
        """All hyperparameters that are known so far, those that are active with values."""
        hp = keras_tuner.HyperParameters()
        for one in self.hyperparameters.space:
            hp.merge([one])
            if hp.is_active(one):
                hp.values[one.name] = one.value if isinstance(one, Fixed) else draw(declared(one), asked)
        return hp

    def _tell(self, ended: Any) -> None:
        """Tells the study of a trial, with hyperparameters that came up while it was built."""
        state = _STATES[ended.status]
        value = float(ended.score) if state == TrialState.COMPLETE else None
        params, ranges = _chosen(ended.hyperparameters)
        number = self._numbers.get(ended.trial_id)
        if number is None:
            self._numbers[ended.trial_id] = len(self.study.get_trials(deepcopy=False))
            self.study.add_trial(create_trial(state=state, params=params, distributions=ranges, value=value))
            return
        frozen = self.study.get_trials(deepcopy=False)[number]
        if frozen.state.is_finished():
            return
        for name in params.keys() - frozen.params.keys():
            inner = ranges[name].to_internal_repr(params[name])
            self.study._storage.set_trial_param(frozen._trial_id, name, inner, ranges[name])
        self.study.tell(number, value, state=state)

    def _refuse(self, asked: optuna.Trial, over: Mapping[str, float]) -> None:
        for name, share in over.items():
            asked.set_constraint(name, share)
        self.study.tell(asked, state=TrialState.PRUNED)

    def _tell_repeated(self, asked: optuna.Trial, values: Mapping[str, Any]) -> None:
        """Tells a proposal the outcome of the trial that it repeats."""
        same = [one for one in self.trials.values() if one.hyperparameters.values == values and one.score is not None]
        if same:
            self.study.tell(asked, float(same[0].score))
        else:
            self.study.tell(asked, state=TrialState.FAIL)


def _chosen(hp: keras_tuner.HyperParameters) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
    """Active values by the names that a study knows them by, and their ranges."""
    active = [one for one in hp.space if hp.is_active(one) and one.name in hp.values]
    tuned = [(declared(one), hp.values[one.name]) for one in active if not isinstance(one, Fixed)]
    ranges = {one.name: _distribution(one.range) for one, _ in tuned}
    known = {one.name: value for one, value in tuned if _holds(ranges[one.name], value)}
    return known, {name: ranges[name] for name in known}


def _holds(given: BaseDistribution, value: Any) -> bool:
    """Whether a value is in a range; defaults may lie outside."""
    if isinstance(given, CategoricalDistribution):
        return value in given.choices
    return given._contains(given.to_internal_repr(value))


def _distribution(given: Whole | Real | OneOf) -> BaseDistribution:
    match given:
        case Whole(low, high, step, log):
            return IntDistribution(low, high, step=step, log=log)
        case Real(low, high, step, log):
            return FloatDistribution(low, high, step=step, log=log)
        case OneOf(values):
            return CategoricalDistribution(values)
