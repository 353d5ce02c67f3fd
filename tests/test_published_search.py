"""The searches that are published under `studies/` are consistent, and pages quote them as they are."""

import csv

import pytest
from published import PUBLISHED, Published

from nas.architecture import measure, parse_architecture


@pytest.fixture(params=PUBLISHED, ids=lambda one: one.name)
def study(request: pytest.FixtureRequest) -> Published:
    one: Published = request.param
    return one


@pytest.fixture
def rows(study: Published) -> list[dict[str, str]]:
    with (study.folder / "trials.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_measures_as_it_says(rows: list[dict[str, str]]) -> None:
    for row in rows:
        cost = measure(parse_architecture(row["architecture"], source=f"trial {row['number']}"))
        assert (cost.parameters, cost.macs) == (int(row["parameters"]), int(row["macs"]))


def test_exactly_as_many_distinct_networks_within_the_budget_were_trained_as_asked(
    study: Published, rows: list[dict[str, str]]
) -> None:
    trained = [row for row in rows if row["outcome"] in {"completed", "stopped"} and not row["baseline"]]
    assert len(trained) == len({row["architecture"] for row in trained}) == study.trials
    assert max(int(row["parameters"]) for row in trained) <= 7_000
    assert all(int(row["parameters"]) > 7_000 for row in rows if row["outcome"] == "refused")


def test_the_page_quotes_its_counts_and_its_best(study: Published, rows: list[dict[str, str]]) -> None:
    ours = [row for row in rows if not row["baseline"]]
    outcomes = [row["outcome"] for row in ours]
    spent, full = sum(int(row["epochs"]) for row in ours), study.trials * study.epochs
    counts = f"{outcomes.count('completed')} to the end, {outcomes.count('stopped')} stopped early, {spent:,} of {full:,} epochs"
    assert f"{study.trials} tried: {counts}; {len(ours)} proposed, of them {outcomes.count('refused')} refused" in study.words
    best = max((row for row in rows if row["outcome"] == "completed"), key=lambda row: float(row["score"]))
    by_hand = {row["baseline"]: float(row["score"]) for row in rows if row["baseline"]}
    name = best["baseline"] or f"trial {best['number']}"
    assert f"Best network: {name} ({float(best['score']):.2%} validation accuracy" in study.words
    for one in study.by_hand:
        assert f" {one} {by_hand[one]:.2%} " in study.words
