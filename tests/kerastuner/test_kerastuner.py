"""KerasTuner itself with Optuna as its oracle, and with our spaces as its HyperModel."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
import optuna
import pytest
from optuna.trial import TrialState
from tuned import Tutorial

from nas.architecture import Budget, Fixed, Network, Task, measure
from nas.data import find, load
from nas.engine.spaces import find_space
from nas.errors import SpaceError, StudyError
from nas.kerastuner import OptunaOracle, SpaceHyperModel
from nas.training.plan import TrainingPlan
from nas.training.plan_files import find_plan

pytestmark = [
    pytest.mark.keras,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:currentThread:DeprecationWarning"),  # keras_tuner/src/engine/oracle.py, `synchronized`
    pytest.mark.filterwarnings("ignore:getName:DeprecationWarning"),  # the same
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # h5py, in Keras's `save_weights`
]
TASK = Task(input_shape=(28, 28, 1), classes=10, budget=Budget(parameters=2_000))
Worth = Callable[[keras_tuner.HyperParameters], float]


class Quick(keras_tuner.Tuner):  # type: ignore[misc]
    """A tuner whose trials are arithmetic, with KerasTuner's own way through a search."""

    def __init__(
        self, oracle: keras_tuner.Oracle, worth: Worth, folder: Path, *, hypermodel: keras_tuner.HyperModel | None = None
    ) -> None:
        self._worth = worth
        super().__init__(oracle, hypermodel, directory=folder, project_name="quick")
        oracle.verbose = 0

    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
        return self._worth(trial.hyperparameters)


def worth(hp: keras_tuner.HyperParameters) -> float:
    """Least at 3 and a steep learning rate, with conditions and every kind."""
    kind = hp.Choice("kind", ["line", "curve"])
    x = hp.Int("x", -4, 4)
    with hp.conditional_scope("kind", ["curve"]):
        bend = hp.Float("bend", 1.0, 2.0, step=0.5) if kind == "curve" else 1.0
    return float(abs(x - 3) ** bend + hp.Fixed("floor", 0.5) + (not hp.Boolean("on")) + hp.Float("rate", 0.01, 1, sampling="log"))


def test_trials_are_kept_in_the_storage_with_all_their_choices_and_the_sampler_learns(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    tuner = Quick(OptunaOracle(max_trials=25, seed=0, storage=url, study_name="mine"), worth, tmp_path)
    tuner.search()
    trials = optuna.load_study(storage=url, study_name="mine").get_trials(states=(TrialState.COMPLETE,))
    assert {tuple(sorted(trial.params)) for trial in trials} == {
        ("kind", "on", "rate", "x"),
        ("kind", "kind=curve/bend", "on", "rate", "x"),
    }
    assert len(tuner.oracle.trials) == 25
    best = min(trials, key=lambda trial: trial.value or 9.0)
    (found,) = tuner.get_best_hyperparameters()
    assert {**found.values, "floor": 0.5} == {
        "floor": 0.5,
        **{name.rpartition("/")[2]: value for name, value in best.params.items()},
    }
    assert best.value == pytest.approx(tuner.oracle.get_best_trials()[0].score)
    assert found["x"] == 3
    assert found["on"]


def test_a_search_goes_on_where_it_was_from_its_project_and_from_a_storage(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    calls = []

    def dies(hp: keras_tuner.HyperParameters) -> float:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return worth(hp)

    for storage in (url, None):
        calls.clear()
        folder = tmp_path / ("memory" if storage is None else "stored")
        with pytest.raises(KeyboardInterrupt):
            Quick(OptunaOracle(max_trials=6, seed=0, storage=storage), dies, folder).search()
        again = Quick(OptunaOracle(max_trials=6, seed=0, storage=storage), dies, folder)
        again.search()
        assert len(calls) == 7  # the one that was interrupted is done again
        study = again.oracle.study
        assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 6
        scores = sorted(trial.score for trial in again.oracle.trials.values())
        assert sorted(trial.value or 0.0 for trial in study.trials) == pytest.approx(scores)
    other = Quick(OptunaOracle(max_trials=2, seed=1, storage=url), worth, tmp_path / "other")
    other.search()
    assert len(other.oracle.study.trials) == 8  # another project learns from the first


class Many(keras_tuner.HyperModel):  # type: ignore[misc]
    """Has more to choose from than any search tries."""

    def build(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Int("of", 0, 10**9)


@pytest.mark.parametrize("sampler", [None, optuna.samplers.RandomSampler])
def test_a_script_that_goes_on_does_not_propose_again_what_it_proposed(tmp_path: Path, sampler: type[Any] | None) -> None:
    calls = []

    def dies(hp: keras_tuner.HyperParameters) -> float:
        calls.append(hp.get("of"))
        if len(calls) == 25:
            raise KeyboardInterrupt
        return float(calls[-1])

    def begun() -> Quick:
        given = None if sampler is None else sampler(seed=0)
        return Quick(OptunaOracle(max_trials=28, seed=0, sampler=given), dies, tmp_path, hypermodel=Many())

    with pytest.raises(KeyboardInterrupt):
        begun().search()
    again = begun()
    again.search()
    assert len(set(calls)) == 28  # the one that was interrupted is done again
    assert len(again.oracle.study.trials) == len(again.oracle.trials) == 28


def test_a_plan_is_compiled_whole_or_refused() -> None:
    plan = TrainingPlan(
        name="mine", optimizer="adamw", learning_rate=0.01, weight_decay=0.1, label_smoothing=0.5, ema_momentum=0.9
    )
    model = SpaceHyperModel("plain", TASK, plan=plan).build(keras_tuner.HyperParameters())
    optimizer = model.optimizer
    assert (type(optimizer).__name__, optimizer.weight_decay, optimizer.use_ema) == ("AdamW", 0.1, True)
    images, truth = np.zeros((4, 28, 28, 1), np.float32), np.arange(4)
    given = np.log(model.predict(images, verbose=0))
    wanted = -(0.5 * given[range(4), truth] + 0.5 * given.mean(axis=1)).mean()
    assert model.evaluate(images, truth, verbose=0)[0] == pytest.approx(wanted, rel=1e-4)
    with pytest.raises(
        SpaceError, match=r"^The plan modern has a schedule, an augmentation or no optimizer, which cannot be comp"
    ):
        SpaceHyperModel("plain", TASK, plan=find_plan("modern"))


def test_a_failed_trial_is_told_as_failed_and_a_repeated_one_is_not_run(tmp_path: Path) -> None:
    ran: list[int] = []

    def two(hp: keras_tuner.HyperParameters) -> float:
        ran.append(hp.Choice("of", [1, 2]))
        if ran[-1] == 2:
            raise keras_tuner.errors.FailedTrialError("no")
        return 1.0

    tuner = Quick(OptunaOracle(max_trials=9, seed=0), two, tmp_path)
    tuner.search()
    assert sorted(set(ran)) == [1, 2]
    assert len(ran) <= 3  # the first is run before the oracle knows what there is to choose
    states = [trial.state for trial in tuner.oracle.study.trials]
    assert states.count(TrialState.FAIL) >= 1
    assert all(state.is_finished() for state in states)


def test_a_study_of_the_other_direction_is_refused() -> None:
    storage = optuna.storages.InMemoryStorage()
    OptunaOracle("val_accuracy", storage=storage)
    with pytest.raises(StudyError, match=r"^The study keras-tuner was not begun to minimize its objective; choose"):
        OptunaOracle("val_loss", storage=storage)


def arrays() -> dict[str, Any]:
    """The first real images, as a script gives them to a tuner."""
    data = load(find("mnist:2000"))
    return {
        "x": np.asarray(data.train_images[:512]) / np.float32(255),
        "y": np.asarray(data.train_labels[:512]),
        "validation_data": (np.asarray(data.val_images) / np.float32(255), np.asarray(data.val_labels)),
        "epochs": 1,
        "verbose": 0,
    }


@pytest.mark.filterwarnings("ignore:Skipping variable loading for optimizer:UserWarning")  # in KerasTuner's `get_best_models`
def test_one_changed_line_gives_a_tuner_optunas_sampler(tmp_path: Path) -> None:
    oracle = OptunaOracle("val_accuracy", max_trials=2, seed=0)
    tuner = keras_tuner.Tuner(oracle, Tutorial(), directory=tmp_path, project_name="tutorial")
    tuner.search(**arrays())
    assert [trial.value for trial in oracle.study.trials] == [trial.score for trial in oracle.trials.values()]
    assert {trial.status for trial in oracle.trials.values()} == {"COMPLETED"}
    model = tuner.get_best_models()[0]
    assert model.count_params() == tuner.hypermodel.build(tuner.get_best_hyperparameters()[0]).count_params()


def test_only_networks_within_the_budget_become_trials_and_the_sampler_hears_of_the_others(tmp_path: Path) -> None:
    ours = SpaceHyperModel("plain", TASK)
    oracle = OptunaOracle(max_trials=4, seed=0, violations=ours.violations)
    Quick(oracle, lambda hp: measure(ours.network(hp)).parameters / 2_000, tmp_path, hypermodel=ours).search()
    sizes = [measure(ours.network(trial.hyperparameters)).parameters for trial in oracle.trials.values()]
    assert len(sizes) == 4
    assert max(sizes) <= 2_000
    refused = [trial for trial in oracle.study.trials if trial.state == TrialState.PRUNED]
    assert refused
    assert all(trial.constraints["parameters"] > 0 for trial in refused)


def test_another_oracle_fails_what_is_over_the_budget_without_training_it(tmp_path: Path) -> None:
    ours = SpaceHyperModel("plain", TASK.model_copy(update={"budget": Budget(parameters=1)}))
    oracle = keras_tuner.oracles.RandomSearchOracle("val_accuracy", max_trials=2, seed=0)
    tuner = keras_tuner.Tuner(oracle, ours, directory=tmp_path, project_name="tight")
    tuner.search(**arrays())
    messages = [trial.message or "" for trial in oracle.trials.values()]
    assert ["parameters over" in message.splitlines()[-1] for message in messages] == [True, True]


@pytest.mark.parametrize("space", ["plain", "compact"])
def test_kerastuners_values_give_the_network_that_they_give_us(space: str) -> None:
    ours = SpaceHyperModel(space, TASK)
    for seed in range(5):
        hp = keras_tuner.HyperParameters()
        network: Network = ours.network(hp)
        for one in hp.space:
            hp.values[one.name] = one.random_sample(seed)
        network = ours.network(hp)
        spelled = {name: {"True": True, "False": False, "None": None}.get(str(value), value) for name, value in hp.values.items()}
        assert find_space(space).draw(Fixed(spelled), TASK) == network
