"""The replay that is published in `studies/baselines` says what its own figures say."""

from pathlib import Path

import pytest

from nas.baselines import NAMES
from nas.evaluation.observations import observations
from nas.evaluation.replay import Replay, compare
from nas.evaluation.replay_files import read_runs, write_table

STUDY = Path(__file__).parents[2] / "studies" / "baselines"


@pytest.fixture(scope="module")
def replay() -> Replay:
    return compare(read_runs(STUDY))


def test_every_network_was_replayed_on_the_same_eight_seeds() -> None:
    seeds = {name: {run.seed for run in read_runs(STUDY) if run.name == name} for name in NAMES}
    assert {len(of_one) for of_one in seeds.values()} == {8}
    assert len(set.union(*seeds.values())) == 8


def test_parameters_are_those_that_the_notebook_printed(replay: Replay) -> None:
    rows = [row for row in replay.rows if row.quantity == "parameters"]
    assert [row.mean for row in rows] == [20, 5_338, 6_831, 1_818, 6_505, 6_831]
    assert {row.agreement_99 for row in rows} == {"equal"}


@pytest.mark.parametrize("quantity", ["test_accuracy", "val_accuracy", "val_loss", "test_loss"])
def test_the_notebooks_figures_lie_in_the_99_percent_interval_of_our_seeds(replay: Replay, quantity: str) -> None:
    outside = [row.model for row in replay.rows if row.quantity == quantity and row.agreement_99 != "inside"]
    assert outside == []


def test_its_table_and_observations_are_those_of_its_curves(replay: Replay, tmp_path: Path) -> None:
    write_table(replay, path=tmp_path / "replay.csv")
    assert (tmp_path / "replay.csv").read_bytes() == (STUDY / "replay.csv").read_bytes()
    assert observations(read_runs(STUDY)) == (STUDY / "observations.md").read_text(encoding="utf-8")
