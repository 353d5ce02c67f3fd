"""A search with two aims: its curves, its rivals, its front, and that it goes on where it was."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

import numpy as np
import optuna
import pytest
from fake_search import TASK, fake_train, make_driver
from test_forest import SEARCH, network_of, trained

from nas.architecture import measure
from nas.engine.forest import ForestSearch, draw_ceiling
from nas.engine.objective import DIRECTIONS, front_of
from nas.engine.outcome import write_trials_csv
from nas.engine.records import TrialRecord
from nas.engine.samplers import SamplerName
from nas.engine.stoppers import Decision, NeverStop, SuccessiveHalving
from nas.errors import TrainingError
from nas.training.curve import Curve
from nas.training.work import Segment, Work


@dataclass(frozen=True)
class StopsBelow(NeverStop):
    """Gives up what is below an accuracy, whatever others do."""

    accuracy: float = 0.0

    def rungs(self, epochs: int) -> tuple[int, ...]:
        return (1, epochs)

    def decide(self, curve: Curve, others: Sequence[Curve], *, epochs: int) -> Decision:
        return Decision(goes_on=curve[-1].val_accuracy >= self.accuracy, reason="too low")


@pytest.mark.parametrize("sampler", ["forest", "tpe", "random"])
def test_every_sampler_searches_on_after_trainings_that_were_stopped(tmp_path: Path, sampler: SamplerName) -> None:
    storage = optuna.storages.InMemoryStorage()
    trials = 13 if sampler == "forest" else 22
    stopper = StopsBelow(accuracy=0.1)
    driver = make_driver(
        tmp_path, trials=trials, sampler=sampler, aim="macs", storage=storage, with_baselines=True, stopper=stopper
    )
    assert driver.run() == "done"
    assert driver.tally.trained == trials
    assert driver.tally.count("stopped") > 0
    study = optuna.load_study(study_name="fake", storage=storage)
    assert tuple(direction.name.lower() for direction in study.directions) == DIRECTIONS
    assert study.metric_names == ["validation accuracy", "MACs"]
    records = {record.number: record for record in driver.tally.records}
    for trial in study.trials:
        record = records[trial.number]
        assert trial.intermediate_values == {}  # Optuna's samplers stumble over those of stopped trials
        if record.outcome == "repeated":
            continue  # told what the one that it repeats was told
        assert trial.values == ([record.score, record.macs] if trial.state.name == "COMPLETE" else None)
        if record.trained:
            assert trial.user_attrs["curve"] == [row.val_accuracy for row in record.curve]
    best = {trial.number for trial in study.best_trials if records[trial.number].outcome != "repeated"}
    assert best == {one.number for one in front_of(driver.tally, aim="macs")}


def test_a_training_is_stopped_by_no_network_that_costs_more(tmp_path: Path) -> None:
    driver = make_driver(tmp_path, trials=22, sampler="random", aim="parameters")
    driver.run()
    stopped = [record for record in driver.tally.records if record.outcome == "stopped"]
    assert stopped
    halving = SuccessiveHalving()
    for record in stopped:
        assert (record.reason or "").endswith(f", among networks of at most {record.parameters:,} parameters")
        before = [one for one in driver.tally.records if one.trained and one.number < record.number]
        cheaper = [one.curve for one in before if one.parameters <= record.parameters]
        assert not halving.decide(record.curve, cheaper, epochs=record.plan.epochs).goes_on
    cheapest = min((one for one in driver.tally.records if one.trained), key=lambda one: one.parameters)
    assert cheapest.outcome == "completed"  # fake networks are the worse, the smaller they are


def test_interrupted_and_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    calls = 0

    def dying(work: Work) -> Segment:
        nonlocal calls
        calls += 1
        if calls % 9 == 0:
            raise KeyboardInterrupt
        return fake_train(work)

    def run(folder: Path, *, dies: bool) -> tuple[TrialRecord, ...]:
        storage = optuna.storages.InMemoryStorage()
        while True:
            train = dying if dies else fake_train
            driver = make_driver(folder, trials=13, sampler="forest", aim="parameters", storage=storage, train=train)
            try:
                driver.run()
            except (KeyboardInterrupt, TrainingError):
                continue
            return driver.tally.records

    assert run(tmp_path / "pieces", dies=True) == run(tmp_path / "whole", dies=False)
    assert calls > 13


def test_proposals_for_a_front_are_spread_over_what_networks_may_cost() -> None:
    known = trained(40)  # their accuracy rises with their parameters, so that one aim leads to the budget's edge
    search = ForestSearch(SEARCH.space, TASK, random_draws=40, changes=40, aim="parameters")
    chosen = [search.propose(known, known=frozenset(), seed=seed) for seed in range(8)]
    sizes = [measure(network_of(choices)).parameters for choices in chosen if choices]
    assert len(sizes) == 8
    assert max(sizes) <= 7_000
    assert min(sizes) < 1_500
    assert max(sizes) > 4_000
    assert median(sizes) < 6_000
    assert [search.propose(known, known=frozenset(), seed=seed) for seed in (3, 4)] == chosen[3:5]


@pytest.mark.parametrize(("limit", "end"), [(7_000, 7_000), (None, 4_000)], ids=["the budget's", "twice the dearest"])
def test_ceilings_lie_between_the_cheapest_network_and_the_end_and_favour_neither(limit: int | None, end: int) -> None:
    generator = np.random.default_rng(0)
    drawn = [draw_ceiling([20, 500, 2_000], limit=limit, generator=generator) for _ in range(400)]
    assert 20 <= min(drawn) < 30
    assert 0.98 * end < max(drawn) <= end
    assert 0.2 < fmean(ceiling < 300 for ceiling in drawn) < 0.4  # half of the half that is log-uniform, about
    assert 0.25 < fmean(ceiling > end / 2 for ceiling in drawn) < 0.45  # half of the uniform half, and some


def test_the_table_of_trials_says_who_is_on_the_front(tmp_path: Path) -> None:
    driver = make_driver(tmp_path, trials=6, aim="parameters", with_baselines=True)
    driver.run()
    write_trials_csv(tmp_path / "trials.csv", driver.tally, aim="parameters")
    with (tmp_path / "trials.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    front = {one.number for one in front_of(driver.tally, aim="parameters")}
    assert {int(row["number"]) for row in rows if row["on_front"] == "yes"} == front
    assert {row["on_front"] for row in rows} == {"yes", "no"}
    assert list(rows[0])[-1] == "architecture"
