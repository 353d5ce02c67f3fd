"""The storage holds what the driver drafted, and whatever dies on the way, a search goes on as if nothing had happened."""

import gc
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import optuna
import pytest
import sqlalchemy
from fake_search import TASK, Inline, fake_train, make_driver
from made_records import record
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from nas.architecture import Budget
from nas.engine.driver import Driver
from nas.engine.records import TrialRecord
from nas.engine.samplers import ProposalSampler
from nas.engine.spaces import find_space
from nas.engine.storage import open_storage, sqlite_url
from nas.engine.study import UNWRITTEN_AT_MOST, Snapshot, Study, read_snapshot
from nas.errors import StudyError
from nas.training.work import Segment, Work

SPACE = find_space("plain")
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


@pytest.fixture
def storage(tmp_path: Path) -> RDBStorage:
    return open_storage(sqlite_url(tmp_path / "study.db"))


def study_on(storage: optuna.storages.BaseStorage, *, baselines: dict[str, dict[str, Any]] | None = None) -> Study:
    sampler = ProposalSampler("random", space=SPACE, task=TASK, study_seed=0, trained=lambda: 0, barren=lambda: 0)
    return Study(storage, "fake", sampler=sampler, baselines=baselines or {})


def kept(storage: optuna.storages.BaseStorage) -> list[FrozenTrial]:
    return optuna.load_study(storage=storage, study_name="fake").trials


def shown(trial: FrozenTrial) -> dict[str, Any]:
    """All that a trial is but its time and its place in a table."""
    names = ("number", "state", "values", "params", "distributions", "user_attrs", "system_attrs", "intermediate_values")
    return {name: getattr(trial, name) for name in names} | {"constraints": trial.constraints}


def refuse(study: Study) -> int:
    """Asks for a proposal and refuses it, whatever it is."""
    trial = study.ask()
    SPACE.draw(trial, TASK)
    study.tell(trial, record(trial.number, "refused"), excess={"parameters": 0.5})
    return trial.number


@pytest.mark.parametrize("workers", [1, 3], ids=["one worker", "three workers"])
def test_the_storage_holds_what_was_drafted(tmp_path: Path, storage: RDBStorage, workers: int) -> None:
    roomy = TASK.model_copy(update={"budget": Budget(parameters=20_000)})
    with ThreadPoolExecutor(workers) as executor:
        driver = make_driver(
            tmp_path, trials=5, storage=storage, task=roomy, with_baselines=True, executor=executor, workers=workers
        )
        driver.run()
    drafted = driver.study._draft.trials
    assert {record.outcome for record in driver.tally.records} == {"completed", "stopped", "refused"}
    assert [shown(trial) for trial in kept(storage)] == [shown(trial) for trial in drafted]
    assert read_snapshot(storage, "fake") == Snapshot(records=driver.tally.records, running=0, waiting=0)


def test_what_the_storage_holds_can_be_read_without_this_package(tmp_path: Path, storage: RDBStorage) -> None:
    driver = make_driver(tmp_path, trials=6, storage=storage)
    driver.run()
    for trial, made in zip(kept(storage), driver.tally.records, strict=True):
        assert trial.user_attrs["outcome"] == made.outcome
        assert trial.user_attrs["parameters"] == made.parameters
        assert trial.constraints == {"parameters": pytest.approx(made.parameters / 7_000 - 1)}
        assert trial.intermediate_values == {row.epoch: row.val_accuracy for row in made.curve}
        assert trial.value == (made.score if made.outcome == "completed" else None) or trial.state == TrialState.PRUNED


def test_refused_proposals_are_written_in_batches() -> None:
    storage = optuna.storages.InMemoryStorage()
    study = study_on(storage)
    for _ in range(UNWRITTEN_AT_MOST - 1):
        refuse(study)
    assert kept(storage) == []
    refuse(study)
    assert [trial.number for trial in kept(storage)] == list(range(UNWRITTEN_AT_MOST))
    refuse(study)
    assert len(kept(storage)) == UNWRITTEN_AT_MOST
    study.flush()
    assert len(kept(storage)) == UNWRITTEN_AT_MOST + 1


def test_what_was_refused_before_a_training_is_written_when_it_begins(storage: RDBStorage) -> None:
    study = study_on(storage)
    for _ in range(3):
        refuse(study)
    trial = study.ask()
    SPACE.draw(trial, TASK)
    study.begin(trial)
    assert [(one.number, one.state) for one in kept(storage)] == [
        (0, TrialState.PRUNED),
        (1, TrialState.PRUNED),
        (2, TrialState.PRUNED),
        (3, TrialState.RUNNING),
    ]
    assert kept(storage)[3].params == trial.params


def test_trials_of_a_driver_that_vanished_wait_again_with_number_and_choices(storage: RDBStorage) -> None:
    study = study_on(storage)
    begun = {}
    for _ in range(3):
        trial = study.ask()
        SPACE.draw(trial, TASK)
        study.begin(trial)
        begun[trial.number] = trial.params
    refuse(study)  # in memory only, so it vanishes too
    again = study_on(storage)
    assert [trial.state for trial in kept(storage)] == [TrialState.WAITING] * 3
    asked = {}
    for _ in range(4):
        trial = again.ask()
        SPACE.draw(trial, TASK)
        asked[trial.number] = trial.params
    assert {number: asked[number] for number in begun} == begun
    assert list(asked) == [0, 1, 2, 3]


def test_an_unwritten_proposal_that_vanished_is_drawn_again_the_same(storage: RDBStorage) -> None:
    first, second = study_on(storage), study_on(storage)
    drawn = [first.ask(), second.ask()]
    for trial in drawn:
        SPACE.draw(trial, TASK)
    assert drawn[0].params == drawn[1].params


def test_baselines_wait_first_and_only_in_a_new_study(storage: RDBStorage) -> None:
    designed = {"basic": {"conv_depth": 0, "pool_type": "max", "input_pool": 28, "dense_units": 0}}
    study = study_on(storage, baselines=designed)
    assert study.unfinished_baselines == {"basic"}
    trial = study.ask()
    SPACE.draw(trial, TASK)
    assert (trial.number, study.baseline_of(trial), trial.params) == (0, "basic", designed["basic"])
    study.begin(trial)
    assert kept(storage)[0].params == designed["basic"]
    study.tell(trial, record(0, "completed", 0.5, baseline="basic"), excess={"parameters": -0.5})
    again = study_on(storage, baselines=designed | {"other": {}})
    assert again.unfinished_baselines == frozenset()
    assert len(kept(storage)) == 1
    assert again.records == study.records


def test_a_study_that_is_not_there_yet_reads_as_empty(storage: RDBStorage) -> None:
    assert read_snapshot(storage, "fake") == Snapshot()


def test_a_reader_sees_what_runs_and_what_waits(storage: RDBStorage) -> None:
    study = study_on(storage, baselines={"basic": {"conv_depth": 0}, "model-1": {"conv_depth": 1}})
    trial = study.ask()
    SPACE.draw(trial, TASK)
    study.begin(trial)
    assert read_snapshot(storage, "fake") == Snapshot(running=1, waiting=1)
    study.take_back()
    assert read_snapshot(storage, "fake") == Snapshot(running=0, waiting=2)


def test_a_record_of_a_newer_version_is_refused_by_its_trial(storage: RDBStorage) -> None:
    study = study_on(storage)
    refuse(study)
    study.flush()
    foreign = optuna.load_study(storage=storage, study_name="fake")
    foreign.add_trial(optuna.trial.create_trial(state=TrialState.PRUNED, user_attrs={"record": '{"format": 2}'}))
    with pytest.raises(StudyError, match=r"^Trial 1 of the study holds a record that this version cannot read; update nas or"):
        read_snapshot(storage, "fake")


def test_trials_that_others_added_are_no_records(storage: RDBStorage) -> None:
    study_on(storage)
    optuna.load_study(storage=storage, study_name="fake").add_trial(optuna.trial.create_trial(value=0.5))
    assert read_snapshot(storage, "fake").records == ()


class Killed(BaseException):
    """What no handler expects, as SIGKILL is."""


def mortal(
    url: str, *, dies_at: int, where: tuple[str, ...] = ("before_cursor_execute", "after_cursor_execute", "commit")
) -> RDBStorage:
    """A storage whose process dies at a chosen step of its database, and at each one from then on."""
    storage, left = open_storage(url), dies_at

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            raise Killed

    for event in where:
        sqlalchemy.event.listen(storage.engine, event, step)
    return storage


def search_to(trials: int, *, folder: Path, storage: RDBStorage, train: Callable[[Work], Segment] = fake_train) -> Driver:
    return make_driver(folder, trials=trials, storage=storage, train=train, executor=Inline(), with_baselines=True)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrialRecord, ...]:
    folder = tmp_path_factory.mktemp("whole")
    driver = search_to(18, folder=folder, storage=open_storage(sqlite_url(folder / "study.db")))
    driver.run()
    return driver.tally.records


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("commits", [1, 2, 3, 4, 5])
def test_a_driver_that_died_while_it_told_tells_the_same_again(tmp_path: Path, storage: RDBStorage, commits: int) -> None:
    told = record(0, "completed", 0.25, 0.5)
    begun = study_on(storage)
    trial = begun.ask()
    SPACE.draw(trial, TASK)
    begun.begin(trial)
    dying = study_on(storage)
    trial = dying.ask()
    SPACE.draw(trial, TASK)
    dying.begin(trial)
    left = commits

    def step(_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed

    sqlalchemy.event.listen(storage.engine, "commit", step)
    with suppress(Killed):
        dying.tell(trial, told, excess={"parameters": -0.5})
    sqlalchemy.event.remove(storage.engine, "commit", step)
    again = study_on(storage)
    if not again.records:
        trial = again.ask()
        SPACE.draw(trial, TASK)
        again.begin(trial)
        again.tell(trial, told, excess={"parameters": -0.5})
    assert read_snapshot(storage, "fake") == Snapshot(records=(told,))
    assert kept(storage)[0].constraints == {"parameters": -0.5}
    assert kept(storage)[0].intermediate_values == {1: 0.25, 2: 0.5}


@pytest.mark.usefixtures("way")
def test_a_signal_between_a_write_and_its_answer_doubles_no_trial(storage: RDBStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_on(storage)
    write = study._mirror.write

    def interrupted(*trials: FrozenTrial) -> None:
        stored = dict(study._mirror._stored)
        write(*trials)
        study._mirror._stored = stored
        raise KeyboardInterrupt

    monkeypatch.setattr(study._mirror, "write", interrupted)
    for _ in range(UNWRITTEN_AT_MOST - 1):
        refuse(study)
    with pytest.raises(KeyboardInterrupt):
        refuse(study)
    monkeypatch.setattr(study._mirror, "write", write)
    study.leave()
    assert len(kept(storage)) == UNWRITTEN_AT_MOST
    assert [trial.number for trial in kept(storage)] == list(range(UNWRITTEN_AT_MOST))


def test_leaving_reads_only_what_is_running_however_much_was_done(storage: RDBStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    study, read = study_on(storage), list[int]()
    for _ in range(UNWRITTEN_AT_MOST):
        refuse(study)
    trial = study.ask()
    SPACE.draw(trial, TASK)
    study.begin(trial)
    refused = refuse(study)
    read_all = storage.get_all_trials

    def reading(*arguments: Any, **named: Any) -> list[FrozenTrial]:
        found = read_all(*arguments, **named)
        read.extend(one.number for one in found)
        return found

    monkeypatch.setattr(storage, "get_all_trials", reading)  # what Optuna's own count of trials calls too
    study.leave()
    assert read == [trial.number]
    assert [one.state for one in kept(storage)[trial.number :]] == [TrialState.WAITING, TrialState.PRUNED]
    assert refused == trial.number + 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_killed_at_random_writes_a_search_ends_with_the_same_records(
    tmp_path: Path, uninterrupted: tuple[TrialRecord, ...], seed: int, way: str
) -> None:
    deaths, whims = 0, random.Random(seed)
    epochs: Counter[tuple[str, int]] = Counter()

    def train(work: Work) -> Segment:
        segment = fake_train(work)
        epochs.update((work.key, row.epoch) for row in segment.curve)
        return segment

    url = sqlite_url(tmp_path / "study.db")
    open_storage(url)

    def records_or_death() -> tuple[TrialRecord, ...] | None:
        storage = mortal(url, dies_at=whims.randint(1, 200 if way == "rows" else 1_200))
        with suppress(Killed):
            driver = search_to(18, folder=tmp_path, storage=storage, train=train)
            driver.run()
            return driver.tally.records
        return None

    while (records := records_or_death()) is None:
        deaths += 1
        gc.collect()  # the system closes a dead process's connections
    assert deaths > 5
    assert records == uninterrupted
    there = kept(open_storage(url))
    assert [trial.number for trial in there] == [one.number for one in uninterrupted]
    assert {trial.state for trial in there} <= set(FINISHED)
    assert set(epochs.values()) == {1}  # what was on disk is not trained again


@pytest.mark.slow
def test_going_on_in_pieces_gives_the_same_records(tmp_path: Path, uninterrupted: tuple[TrialRecord, ...]) -> None:
    for trials in (4, 11, 18):
        driver = search_to(trials, folder=tmp_path, storage=open_storage(sqlite_url(tmp_path / "study.db")))
        driver.run()
    assert driver.tally.records == uninterrupted
