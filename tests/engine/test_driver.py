"""The driver keeps its promises: exact counts, nothing over the budget, nothing twice, nothing lost."""

from collections import Counter
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import Any

import optuna
import pytest
from fake_search import TASK, fake_train, make_driver
from optuna.trial import Trial

from nas.architecture import Budget, describe_excess, fits, measure
from nas.baselines import baselines
from nas.engine.driver import FAILURES_IN_A_ROW, Driver
from nas.engine.records import TrialRecord
from nas.engine.samplers import SamplerName
from nas.engine.stoppers import NeverStop
from nas.errors import TrainingError
from nas.training.work import Segment, Work


@pytest.mark.parametrize("workers", [1, 3], ids=["one worker", "three workers"])
@pytest.mark.parametrize("sampler", ["forest", "tpe", "random"])
def test_exactly_as_many_networks_are_trained_as_asked_for(tmp_path: Path, workers: int, sampler: str) -> None:
    with ThreadPoolExecutor(workers) as executor:
        driver = make_driver(tmp_path, trials=15, executor=executor, workers=workers, sampler=sampler)  # type: ignore[arg-type]
        assert driver.run() == "done"
    counts = driver.tally.counts
    assert counts["trained"] == 15 == counts["completed"] + counts["stopped"]
    assert counts["proposed"] == counts["trained"] + counts["refused"] + counts["repeated"] + counts["failed"]


def test_every_trained_network_is_distinct_and_within_the_budget(tmp_path: Path) -> None:
    driver = make_driver(tmp_path, trials=20)
    driver.run()
    trained = [record for record in driver.tally.records if record.trained]
    assert len({record.network.key for record in trained}) == 20
    assert all(fits(measure(record.network), budget=TASK.budget) for record in trained)


def test_nothing_over_the_budget_reaches_the_trainer_and_the_sampler_hears_by_how_much(tmp_path: Path) -> None:
    seen: list[int] = []

    def train(work: Work) -> Segment:
        seen.append(measure(work.network).parameters)
        return fake_train(work)

    storage = optuna.storages.InMemoryStorage()
    driver = make_driver(tmp_path, trials=12, train=train, storage=storage)
    driver.run()
    refused = [record for record in driver.tally.records if record.outcome == "refused"]
    assert seen
    assert max(seen) <= 7_000
    assert refused
    trials = {trial.number: trial for trial in optuna.load_study(study_name="fake", storage=storage).trials}
    for record in refused:
        trial = trials[record.number]
        assert trial.state == optuna.trial.TrialState.PRUNED
        assert not trial.intermediate_values
        assert trial.constraints == {"parameters": pytest.approx(record.parameters / 7_000 - 1)}
        assert record.reason == f"{record.parameters - 7_000:,} parameters over"
        assert record.curve == ()


def test_every_limit_is_kept_to_and_the_sampler_hears_of_each(tmp_path: Path) -> None:
    storage = optuna.storages.InMemoryStorage()
    budget = Budget(parameters=7_000, macs=200_000, ram_bytes=8_000, flash_bytes=9_000)
    driver = make_driver(tmp_path, trials=12, task=TASK.model_copy(update={"budget": budget}), storage=storage)
    driver.run()
    trials = {trial.number: trial for trial in optuna.load_study(study_name="fake", storage=storage).trials}
    assert driver.tally.counts["trained"] == 12
    for record in driver.tally.records:
        cost = measure(record.network)
        assert set(trials[record.number].constraints) == set(budget.limits)
        if record.outcome == "refused":
            assert not fits(cost, budget=budget)
            assert record.reason == describe_excess(cost, budget=budget)
        else:
            assert fits(cost, budget=budget)
    reasons = " ".join(record.reason or "" for record in driver.tally.records if record.outcome == "refused")
    assert all(f" {unit} over" in reasons for unit in ("parameters", "MACs", "bytes of RAM", "bytes of flash"))


def test_a_repeated_proposal_is_told_what_the_first_was_told_and_not_trained(tmp_path: Path) -> None:
    trained: Counter[str] = Counter()

    def train(work: Work) -> Segment:
        trained[work.network.key] += work.checkpoint is None
        return fake_train(work)

    storage = optuna.storages.InMemoryStorage()
    tight = TASK.model_copy(update={"budget": Budget(parameters=24)})
    driver = make_driver(tmp_path, trials=12, task=tight, train=train, storage=storage)
    driver.run()
    repeated = [record for record in driver.tally.records if record.outcome == "repeated"]
    assert repeated
    assert set(trained.values()) == {1}
    trials = {trial.number: trial for trial in optuna.load_study(study_name="fake", storage=storage).trials}
    for record in repeated:
        assert record.repeats is not None
        first = trials[record.repeats]
        assert (trials[record.number].state, trials[record.number].value) == (first.state, first.value)
        assert trials[record.number].intermediate_values == first.intermediate_values


def test_baselines_come_first_are_not_counted_not_stopped_and_no_rivals(tmp_path: Path) -> None:
    driver = make_driver(tmp_path, trials=8, with_baselines=True)
    driver.run()
    tally = driver.tally
    assert [record.baseline for record in tally.records[:6]] == ["basic", "model-1", "model-2", "model-3", "model-4", "model-5"]
    assert {record.outcome for record in tally.records[:6]} == {"completed"}
    assert {len(record.curve) for record in tally.records[:6]} == {5}
    assert (tally.counts["trained"], tally.counts["baselines"]) == (8, 6)
    first = next(record for record in tally.records if record.trained)
    assert first.outcome == "completed"  # with no rivals yet, it is the best of one


def test_while_hand_designed_networks_are_trained_no_more_are_begun_than_asked_for(tmp_path: Path) -> None:
    by_hand = set(baselines(TASK).values())

    def train(work: Work) -> Segment:
        if work.network in by_hand:
            sleep(0.05)  # the search's one network is done long before
        return fake_train(work)

    with ThreadPoolExecutor(3) as threads:
        driver = make_driver(tmp_path, trials=1, train=train, executor=threads, workers=3, with_baselines=True)
        assert driver.run() == "done"
    assert (driver.tally.counts["trained"], driver.tally.counts["baselines"]) == (1, 6)


def test_a_hand_designed_network_that_repeats_another_is_told_and_the_search_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = {"model-5": baselines(TASK)["model-5"], "mine": baselines(TASK)["model-5"]}
    monkeypatch.setattr("fake_search.baselines", lambda task: twice)
    driver = make_driver(tmp_path, trials=2, with_baselines=True)
    assert driver.run() == "done"
    assert [(one.baseline, one.outcome) for one in driver.tally.records[:2]] == [("model-5", "completed"), ("mine", "repeated")]
    assert driver.tally.counts["trained"] == 2


def test_halving_stops_trials_at_its_rungs_and_spends_fewer_epochs(tmp_path: Path) -> None:
    driver = make_driver(tmp_path, trials=40, sampler="random")
    driver.run()
    trained = [record for record in driver.tally.records if record.trained]
    assert {(record.outcome, len(record.curve)) for record in trained} == {("stopped", 1), ("stopped", 3), ("completed", 5)}
    assert driver.tally.counts["epochs"] == sum(len(record.curve) for record in trained) < 0.7 * 40 * 5


def test_without_a_stopper_everything_is_trained_to_the_end(tmp_path: Path) -> None:
    driver = make_driver(tmp_path, trials=6, stopper=NeverStop())
    driver.run()
    assert driver.tally.counts["completed"] == 6
    assert driver.tally.counts["epochs"] == 30


def test_a_space_with_too_few_networks_ends_as_exhausted(tmp_path: Path) -> None:
    tight = TASK.model_copy(update={"budget": Budget(parameters=20)})
    driver = make_driver(tmp_path, trials=100, task=tight, sampler="random", patience=150)
    assert driver.run() == "exhausted"
    assert driver.tally.trained < 100
    assert driver.tally.barren == 150


def test_what_was_in_flight_when_a_space_was_exhausted_is_trained_after_an_interruption(tmp_path: Path) -> None:
    tight = TASK.model_copy(update={"budget": Budget(parameters=40)})
    storage, calls = optuna.storages.InMemoryStorage(), list[int]()

    def train(work: Work) -> Segment:
        calls.append(1)
        if len(calls) == 2:  # the first network's second segment, after the other worker has looked in vain for another one
            raise _Killed
        return fake_train(work)

    def go_on() -> Driver:
        driver = make_driver(
            tmp_path, trials=9, task=tight, sampler="random", patience=150, storage=storage, train=train, workers=2, stopper=slow
        )
        assert driver.run() == "exhausted"
        return driver

    slow = NeverStop(segment_epochs=2)
    alone = make_driver(tmp_path / "alone", trials=9, task=tight, sampler="random", patience=150, workers=2, stopper=slow)
    assert alone.run() == "exhausted"
    with pytest.raises(_Killed):
        go_on()
    assert go_on().trained == alone.trained > 0


def test_a_network_that_kills_its_workers_fails_and_another_takes_its_place(tmp_path: Path) -> None:
    broken: list[str] = []

    def train(work: Work) -> Segment:
        if not broken or work.network.key in broken:
            broken.append(work.network.key)
            raise MemoryError("too much")
        return fake_train(work)

    driver = make_driver(tmp_path, trials=5, train=train)
    driver.run()
    failed = [record for record in driver.tally.records if record.outcome == "failed"]
    assert [record.reason for record in failed] == ["MemoryError: too much"]
    assert driver.tally.counts["trained"] == 5


def test_a_loss_that_is_not_finite_is_a_failure_with_its_curve(tmp_path: Path) -> None:
    calls: list[int] = []

    def train(work: Work) -> Segment:
        calls.append(1)
        segment = fake_train(work)
        return Segment(segment.curve, segment.checkpoint, failure="the loss was no longer finite") if len(calls) == 1 else segment

    driver = make_driver(tmp_path, trials=3, train=train)
    driver.run()
    failed = [record for record in driver.tally.records if record.outcome == "failed"]
    assert [(record.reason, len(record.curve)) for record in failed] == [("the loss was no longer finite", 1)]


def test_a_failure_that_was_kept_but_not_told_is_told_and_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(work: Work) -> Segment:
        return replace(fake_train(work), failure="the loss was no longer finite")

    storage = optuna.storages.InMemoryStorage()
    dying = make_driver(tmp_path, trials=1, train=train, storage=storage)
    tell = dying.study.tell

    def die(trial: Trial, record: TrialRecord, **named: Any) -> None:
        if record.outcome == "failed":
            raise _Killed
        tell(trial, record, **named)

    monkeypatch.setattr(dying.study, "tell", die)
    with pytest.raises(_Killed):
        dying.run()
    driver = make_driver(tmp_path, trials=1, storage=storage)
    driver.run()
    failed = [one.reason for one in driver.tally.records if one.outcome == "failed"]
    assert (failed, driver.trained) == (["the loss was no longer finite"], 1)


def test_five_failures_in_a_row_end_the_search_with_the_first_reason(tmp_path: Path) -> None:
    def train(work: Work) -> Segment:
        raise ValueError("no such kernel")

    driver = make_driver(tmp_path, trials=50, train=train)
    with pytest.raises(TrainingError, match="5 trainings in a row failed, the first because ValueError: no such kernel"):
        driver.run()
    assert driver.tally.counts["failed"] == FAILURES_IN_A_ROW


def test_a_network_that_trains_for_too_long_has_failed_with_the_time_it_had(tmp_path: Path) -> None:
    calls: list[str] = []

    def train(work: Work) -> Segment:
        calls.append(work.network.key)
        segment = fake_train(work)
        if work.network.key != calls[0]:
            return segment
        slow = tuple(row.model_copy(update={"seconds": 40.0}) for row in segment.curve)
        return Segment(slow, segment.checkpoint)

    driver = make_driver(tmp_path, trials=4, train=train, trial_timeout=30.0)
    assert driver.run() == "done"
    failed = [record for record in driver.tally.records if record.outcome == "failed"]
    assert [(record.network.key, record.reason) for record in failed] == [(calls[0], "it took more than 30 seconds")]
    assert driver.tally.counts["trained"] == 4


def test_a_search_waits_for_workers_that_have_not_come_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def nobody_at_first(executor: Executor, *, at_most: int) -> int:
        looks.append(at_most)
        return 1 if len(looks) > 9 else 0

    monkeypatch.setattr("nas.engine.driver.room", nobody_at_first)
    monkeypatch.setattr("nas.engine.driver.sleep", lambda seconds: None)
    driver = make_driver(tmp_path, trials=3)
    assert driver.run() == "done"
    assert driver.tally.counts["trained"] == 3


def test_a_timeout_ends_the_search_and_leaves_nothing_running(tmp_path: Path) -> None:
    storage = optuna.storages.InMemoryStorage()
    driver = make_driver(tmp_path, trials=50, timeout=1e-9, storage=storage)
    assert driver.run() == "timeout"
    study = optuna.load_study(study_name="fake", storage=storage)
    assert not [trial for trial in study.trials if trial.state == optuna.trial.TrialState.RUNNING]


class _Killed(BaseException):
    """Something that no handler expects, as a signal is."""


def _run_with_kills(folder: Path, *, sampler: SamplerName, trials: list[int], every: int) -> tuple[TrialRecord, ...]:
    """Runs to each number of trials in turn; the trainer dies on every n-th call, and the driver is started again."""
    storage = optuna.storages.InMemoryStorage()
    calls = 0

    def train(work: Work) -> Segment:
        nonlocal calls
        calls += 1
        if calls % every == 0:
            raise _Killed
        return fake_train(work)

    for wanted in trials:
        while True:
            driver = make_driver(folder, trials=wanted, storage=storage, train=train, sampler=sampler, with_baselines=True)
            try:
                driver.run()
                break
            except _Killed:
                continue
    return driver.tally.records


@pytest.mark.parametrize("sampler", ["forest", "tpe"])
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path: Path, sampler: SamplerName) -> None:
    whole = _run_with_kills(tmp_path / "whole", sampler=sampler, trials=[24], every=10**9)
    pieces = _run_with_kills(tmp_path / "pieces", sampler=sampler, trials=[9, 16, 24], every=7)
    assert pieces == whole


def test_going_on_never_trains_an_epoch_twice(tmp_path: Path) -> None:
    epochs: Counter[tuple[str, int]] = Counter()
    storage = optuna.storages.InMemoryStorage()
    calls = 0

    def train(work: Work) -> Segment:
        nonlocal calls
        calls += 1
        segment = fake_train(work)
        epochs.update((work.key, row.epoch) for row in segment.curve)
        return segment

    for trials in (3, 6, 9):
        make_driver(tmp_path, trials=trials, storage=storage, train=train).run()
    assert set(epochs.values()) == {1}


def test_weights_of_stopped_trials_are_removed_and_those_of_completed_ones_kept(tmp_path: Path) -> None:
    driver = make_driver(tmp_path, trials=12)
    driver.run()
    assert len(list((tmp_path / "checkpoints").glob("*.npz"))) == driver.tally.counts["completed"]
    assert len(list((tmp_path / "results").glob("*.json"))) == 12
