"""The published exports: README shows their table as it is, and their figures agree with what is known otherwise."""

import csv
from pathlib import Path

import pytest

from nas.architecture import Architecture, measure, parse_architecture
from nas.baselines import NAMES, baselines
from nas.evaluation.judging import read_judged
from nas.evaluation.replay import TASK
from nas.exporting.table import COLUMNS

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "studies" / "mnist-7000"
LINES = (STUDY / "exports.md").read_text(encoding="utf-8").splitlines()
ROWS = [dict(zip(COLUMNS, (cell.strip() for cell in line.strip("|").split("|")), strict=True)) for line in LINES[2:9]]


def network(label: str) -> Architecture:
    """The network that a row speaks of."""
    if label in NAMES:
        return baselines(TASK)[label]
    trials = csv.DictReader((STUDY / "trials.csv").read_text(encoding="utf-8").splitlines())
    spelled = next(row["architecture"] for row in trials if f"trial {row['number']}" == label)
    return parse_architecture(spelled, source=label)


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_it_is_the_verdicts_winner_and_all_hand_designed_networks() -> None:
    judged = read_judged(STUDY)
    assert judged is not None
    assert [row["network"] for row in ROWS] == [judged.plan.network, *NAMES]
    winner = next(one for one in judged.verdict.standings if one.name == judged.plan.network)
    assert f"{winner.name} {winner.released_seed}," in LINES[-1]


def test_readme_shows_the_table_as_it_is() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    begin = readme.index(LINES[0])
    assert readme[begin : begin + 9] == LINES[:9]


@pytest.mark.parametrize("row", ROWS, ids=[row["network"] for row in ROWS])
def test_costs_are_those_of_the_network_and_no_estimate_was_too_low(row: dict[str, str]) -> None:
    cost = measure(network(row["network"]))
    assert (number(row["parameters"]), number(row["MACs"])) == (cost.parameters, cost.macs)
    assert number(row["int8 .tflite"]) <= cost.flash_bytes
    assert number(row["arena"]) <= cost.ram_bytes


@pytest.mark.parametrize("row", ROWS, ids=[row["network"] for row in ROWS])
def test_int8_loses_at_most_two_tenths_of_a_point(row: dict[str, str]) -> None:
    as_float, as_int8 = (float(row[name].rstrip("%")) for name in ("float", "int8"))
    assert as_float - as_int8 <= 0.2
    assert float(row["difference, float"]) <= 1e-4
