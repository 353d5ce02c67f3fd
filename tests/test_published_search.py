"""The search that is published in `studies/mnist-7000` is consistent, and README quotes it as it is."""

import csv
from pathlib import Path

import pytest

from nas.architecture import measure, parse_architecture

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "studies" / "mnist-7000"
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (STUDY / "trials.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_measures_as_it_says(rows: list[dict[str, str]]) -> None:
    for row in rows:
        cost = measure(parse_architecture(row["architecture"], source=f"trial {row['number']}"))
        assert (cost.parameters, cost.macs) == (int(row["parameters"]), int(row["macs"]))


def test_exactly_a_hundred_distinct_networks_within_the_budget_were_trained(rows: list[dict[str, str]]) -> None:
    trained = [row for row in rows if row["outcome"] in {"completed", "stopped"} and not row["baseline"]]
    assert len(trained) == len({row["architecture"] for row in trained}) == 100
    assert max(int(row["parameters"]) for row in trained) <= 7_000
    assert all(int(row["parameters"]) > 7_000 for row in rows if row["outcome"] == "refused")


def test_readme_quotes_its_counts_and_its_best(rows: list[dict[str, str]]) -> None:
    ours = [row for row in rows if not row["baseline"]]
    outcomes = [row["outcome"] for row in ours]
    epochs = sum(int(row["epochs"]) for row in ours)
    counts = f"{outcomes.count('completed')} to the end, {outcomes.count('stopped')} stopped early, {epochs} of 1,500 epochs"
    assert f"100 tried: {counts}; {len(ours)} proposed, of them {outcomes.count('refused')} refused" in README
    best = max((row for row in rows if row["outcome"] == "completed"), key=lambda row: float(row["score"]))
    assert not best["baseline"]
    assert f"Best network: trial {best['number']} ({float(best['score']):.2%} validation accuracy" in README
    by_hand = {row["baseline"]: float(row["score"]) for row in rows if row["baseline"]}
    for name in ("model-2", "model-5"):
        assert f"  {name}        {by_hand[name]:.2%}" in README
