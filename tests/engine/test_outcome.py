"""What a search leaves for people and programs."""

import csv
from pathlib import Path

import pytest
from fake_search import DATA, make_driver
from made_records import record

from nas.architecture import parse_architecture
from nas.engine.driver import Driver
from nas.engine.folder import RunFolder
from nas.engine.outcome import COLUMNS, keep_best, trained_weights, write_trials_csv
from nas.engine.records import tally


@pytest.fixture
def searched(tmp_path: Path) -> Driver:
    driver = make_driver(tmp_path / "first", trials=8, with_baselines=True)
    driver.run()
    return driver


def test_the_table_of_trials_has_a_row_for_each_in_order(searched: Driver, tmp_path: Path) -> None:
    write_trials_csv(tmp_path / "trials.csv", searched.tally)
    with (tmp_path / "trials.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [int(row["number"]) for row in rows] == list(range(len(searched.tally.records)))
    for row, made in zip(rows, searched.tally.records, strict=True):
        assert parse_architecture(row["architecture"], source="trials.csv") == made.network
        assert (row["outcome"], row["baseline"]) == (made.outcome, made.baseline or "")
        assert int(row["parameters"]) == made.parameters
        assert int(row["macs"]) == made.macs
        assert int(row["epochs"]) == len(made.curve)
        assert row["score"] == ("" if made.score is None else str(made.score))
        assert row["reason"] == (made.reason or "")
    assert sum(int(row["epochs"]) for row in rows if not row["baseline"]) == searched.tally.counts["epochs"]
    assert {row["seed"] for row in rows if row["outcome"] == "refused"} == {""}


def test_a_reason_with_commas_and_line_ends_stays_in_its_cell(tmp_path: Path) -> None:
    reason = 'ValueError: "a, b"\nand more'
    write_trials_csv(tmp_path / "trials.csv", tally([record(0, "failed", 0.5, reason=reason)]))
    with (tmp_path / "trials.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["reason"] == reason


def test_the_best_network_lies_beside_its_run(searched: Driver, tmp_path: Path) -> None:
    keep_best(RunFolder(tmp_path), searched.tally)
    best = searched.tally.best
    assert best is not None
    assert parse_architecture((tmp_path / "best.json").read_bytes(), source="best.json") == best.network


def test_without_a_completed_trial_there_is_no_best_network(tmp_path: Path) -> None:
    keep_best(RunFolder(tmp_path), tally([record(0, "stopped", 0.5)]))
    assert list(tmp_path.iterdir()) == []


def test_the_weights_of_completed_trials_are_found_and_no_others(searched: Driver, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "first")
    kept = {one.number: trained_weights(folder, one, data=DATA) for one in searched.tally.records}
    assert {number for number, weights in kept.items() if weights} == {
        one.number for one in searched.tally.records if one.outcome == "completed"
    }
    best = searched.tally.best
    assert best is not None
    weights = kept[best.number]
    assert weights is not None
    assert weights.epoch == len(best.curve)
