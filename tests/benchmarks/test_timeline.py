"""A pick is what a tool would have handed over then, and matching is not falling behind again."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "peers"))  # programs beside each other, no package

from rows import End, Header, Row, Search, read_search, write_search
from timeline import (
    Pairings,
    Rule,
    marks_until,
    medians,
    pair,
    pick_by_mean,
    pick_by_value,
    picks,
    time_to_match,
)


def row(seconds: float, network: str, value: float | None, *, seed: int = 1) -> Row:
    """A training that is completed if it has a value."""
    curve = (0.5, 0.5 if value is None else value)
    return Row(
        seconds=seconds,
        network=network,
        parameters=10,
        seed=seed,
        val_accuracy=curve,
        completed=value is not None,
        value=value,
    )


def test_a_search_picks_the_best_of_what_was_completed_by_then() -> None:
    rows = [row(10, "a", 0.90), row(20, "b", None), row(70, "c", 0.95), row(130, "d", 0.93)]
    assert picks(rows, marks=(5, 60, 120, 180), rule=pick_by_value) == (None, "a", "c", "c")


def test_a_training_that_ends_at_a_mark_counts_at_it() -> None:
    assert picks([row(60, "a", 0.9)], marks=(60,), rule=pick_by_value) == ("a",)


def test_one_lucky_seed_wins_by_value_and_loses_by_mean() -> None:
    rows = [row(1, "lucky", 0.99, seed=1), row(2, "lucky", 0.95, seed=2), row(3, "steady", 0.98)]
    assert pick_by_value(rows) == "lucky"
    assert pick_by_mean(rows) == "steady"


@pytest.mark.parametrize("rule", [pick_by_value, pick_by_mean])
def test_of_equal_networks_the_first_is_kept(rule: Rule) -> None:
    assert rule([row(1, "first", 0.9), row(2, "second", 0.9)]) == "first"


def test_marks_end_with_the_search() -> None:
    assert marks_until(150, every=60) == (60, 120)


def test_medians_are_taken_at_each_mark() -> None:
    assert medians([(0.0, 0.9), (0.5, 0.7), (0.8, 0.8)]) == (0.5, 0.8)


@pytest.mark.parametrize(
    ("qualities", "expected"),
    [
        pytest.param((0.7, 0.9, 0.95), 120, id="once and for all"),
        pytest.param((0.9, 0.9, 0.9), 60, id="from the first mark, equal is enough"),
        pytest.param((0.95, 0.8, 0.9), 180, id="a lead that is lost again does not count"),
        pytest.param((0.95, 0.95, 0.8), None, id="not at the end"),
        pytest.param((0.1, 0.2, 0.3), None, id="never"),
    ],
)
def test_a_goal_is_matched_from_when_on_it_is_not_missed_again(qualities: Sequence[float], expected: float | None) -> None:
    assert time_to_match(qualities, marks=(60, 120, 180), goal=0.9) == expected


def test_every_search_is_paired_with_every_other() -> None:
    assert pair((0.98, 0.97), (0.97, 0.96, 0.99)) == Pairings(better=3, equal=1, total=6)


def test_a_file_of_rows_gives_back_the_search(tmp_path: Path) -> None:
    header = Header(searcher="nas", seed=1, seconds=600, command="nas_search.py", environment={"cores": 2}, tools={})
    search = Search(header, (row(1.5, "a", 0.9), row(2.5, "b", None)), End(wall_seconds=600.2, cpu_seconds=1190.0))
    write_search(tmp_path / "rows.jsonl", search)
    assert read_search(tmp_path / "rows.jsonl") == search
