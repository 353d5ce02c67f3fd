"""The programs that say how many trials one driver bears still run, and count what they say they count."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))  # programs beside each other, no package

from scale import run_memory, run_samplers, run_trials, run_workers

pytestmark = pytest.mark.slow


def test_quick_trials_are_distinct_and_all_there() -> None:
    found = run_trials(12, storage=None)
    assert found["trained"] == found["distinct"] == 12
    assert found["proposed"] >= 12
    assert found["driver ms a trained trial, without the sampler"] > 0


def test_workers_that_sleep_are_busy_for_what_they_slept() -> None:
    found = run_workers(4, seconds=0.5, rounds=3)
    assert found["tasks"] == 12
    assert 0.3 < found["busy, from a worker's first task to its last"] <= 1
    assert 0 < found["busy, from the first trial to the last"] < found["busy, from a worker's first task to its last"]


def test_the_processes_of_a_real_search_are_weighed() -> None:
    found = run_memory(2, data="mnist:500")
    assert found["trained"] == 2
    assert found["worker processes"] >= 1
    assert all(300 < most < 10_000 for _, most in found["worker, MiB, after a tenth of its time, and at most"])


def test_a_sampler_is_asked_after_so_many_trials(tmp_path: Path) -> None:
    found = run_samplers(["forest", "tpe"], [12, 60], picture=tmp_path / "cost.png")
    assert {name: list(its) for name, its in found.items()} == {"forest": [12, 60], "tpe": [12, 60]}
    for its in found.values():
        assert all(0 < one["ms a proposal"] <= one["ms a trained network"] for one in its.values())
    assert found["forest"][60]["ms a proposal"] == found["forest"][60]["ms a trained network"]  # nothing of its is refused
    assert (tmp_path / "cost.png").stat().st_size > 0
