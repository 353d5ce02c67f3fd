"""What the storage has of a study is what its driver has, whichever way and however often it is written."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import optuna
import pytest
from fake_search import make_driver
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.storages._rdb.models import SCHEMA_VERSION
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import OperationalError

from nas.engine import mirror
from nas.engine.mirror import Mirror
from nas.engine.objective import CostAim
from nas.engine.patience import Patience
from nas.engine.storage import open_storage, sqlite_url

DISTRIBUTIONS = {
    "filters": IntDistribution(1, 40),
    "rate": FloatDistribution(1e-4, 1.0, log=True),
    "pool": CategoricalDistribution(("max", "average", None)),
}


@pytest.fixture
def storage(tmp_path: Path) -> RDBStorage:
    return open_storage(sqlite_url(tmp_path / "study.db"))


def facts(trials: list[FrozenTrial]) -> list[dict[str, Any]]:
    """All of each trial but its id."""
    hidden = {"_trial_id"}
    return [{name: value for name, value in vars(trial).items() if name not in hidden} for trial in trials]


def test_the_tables_are_those_of_the_optuna_that_is_installed() -> None:
    assert SCHEMA_VERSION == mirror.TABLES


@pytest.mark.parametrize("aim", [None, "parameters"])
@pytest.mark.usefixtures("way")
def test_a_searched_study_is_there_what_it_is_here(storage: RDBStorage, tmp_path: Path, aim: CostAim | None) -> None:
    driver = make_driver(tmp_path / "run", trials=8, storage=storage, with_baselines=True, sampler="tpe", aim=aim)
    assert driver.run() == "done"
    here = driver.study._draft.trials
    there = optuna.load_study(study_name="fake", storage=storage).trials
    for one in (*here, *there):  # a finished trial's times are set by whoever finishes it
        one.datetime_start = one.datetime_complete = None
    assert facts(there) == facts(here)
    assert {trial.state for trial in there} >= {TrialState.COMPLETE, TrialState.PRUNED}


def trial(state: TrialState, **more: Any) -> FrozenTrial:
    """The first trial of a study with something of each kind."""
    finished = datetime(2026, 1, 2, 3, 4, 6) if state.is_finished() else None
    return FrozenTrial(
        number=0,
        trial_id=17,
        state=state,
        datetime_start=datetime(2026, 1, 2, 3, 4, 5),
        datetime_complete=finished,
        **{
            "value": None,
            "params": {"filters": 3, "rate": 0.5, "pool": None},
            "distributions": DISTRIBUTIONS,
            "user_attrs": {"outcome": "…", "layers": [1, {"size": 2}]},
            "system_attrs": {"fixed": {"filters": 3}},
            "intermediate_values": {1: 0.5, 2: float("nan"), 3: float("inf")},
            **more,
        },
    )


def mirrored(storage: RDBStorage) -> Mirror:
    study = optuna.create_study(storage=storage, study_name="fake")
    found = Mirror(storage, study._study_id, Patience(seconds=0.0))
    found.read()
    return found


@pytest.mark.usefixtures("way")
def test_each_step_of_a_trial_is_written_as_optuna_reads_it(storage: RDBStorage) -> None:
    written = mirrored(storage)
    running = trial(TrialState.RUNNING, user_attrs={"curve": [0.5]}, intermediate_values={}, params={}, distributions={})
    further = trial(TrialState.RUNNING, user_attrs={"curve": [0.5, 0.6], "more": None})
    done = trial(TrialState.COMPLETE, value=0.75, user_attrs={"curve": [0.5, 0.6], "more": None})
    for step in (running, further, further, done):
        written.write(step)
        (there,) = optuna.load_study(study_name="fake", storage=storage).trials
        there.datetime_start, there.datetime_complete = step.datetime_start, step.datetime_complete
        assert repr(facts([there])) == repr(facts([step]))  # by their words, since no NaN equals another


def test_times_are_kept_as_optuna_keeps_them(storage: RDBStorage) -> None:
    written, done = mirrored(storage), trial(TrialState.COMPLETE, value=1.0)
    written.write(done)
    (there,) = optuna.load_study(study_name="fake", storage=storage).trials
    assert (there.datetime_start, there.datetime_complete) == (done.datetime_start, done.datetime_complete)


def test_of_trials_that_are_written_together_all_are_there_or_none(storage: RDBStorage) -> None:
    written = mirrored(storage)
    sound = trial(TrialState.PRUNED)
    broken = trial(TrialState.PRUNED, user_attrs={"no JSON": object()})
    broken.number = 1
    with pytest.raises(TypeError):
        written.write(sound, broken)
    assert storage.get_n_trials(written.study) == 0
    assert not written.has(0)


@pytest.mark.usefixtures("way")
def test_an_answer_that_is_lost_doubles_nothing(storage: RDBStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def losing(write: Callable[..., dict[int, int]]) -> Callable[..., dict[int, int]]:
        def written(*given: Any) -> dict[int, int]:
            ids = write(*given)
            calls.append(1)
            if len(calls) % 2:
                raise OperationalError("commit", {}, Exception("server closed the connection unexpectedly"))
            return ids

        return written

    for name in ("_by_rows", "_by_calls"):
        monkeypatch.setattr(mirror, name, losing(getattr(mirror, name)))
    driver = make_driver(tmp_path / "run", trials=5, storage=storage, with_baselines=True)
    assert driver.run() == "done"
    assert len(calls) > 40
    there = optuna.load_study(study_name="fake", storage=storage).trials
    assert [one.user_attrs for one in there] == [one.user_attrs for one in driver.study._draft.trials]
    assert [one.intermediate_values for one in there] == [one.intermediate_values for one in driver.study._draft.trials]
