"""The published study: its files agree with each other, with this package's arithmetic, and with README."""

import csv
from pathlib import Path

from nas.architecture import measure, parse_architecture
from nas.evaluation.holdout import Openings
from nas.evaluation.judging import read_judged
from nas.evaluation.verdict import headline, make_verdict, sentence

ROOT = Path(__file__).parents[2]
STUDY = ROOT / "studies" / "mnist-7000"


def test_every_trial_measures_as_its_row_says() -> None:
    rows = list(csv.DictReader((STUDY / "trials.csv").open(encoding="utf-8", newline="")))
    assert sum(row["baseline"] == "" and row["outcome"] in {"completed", "stopped"} for row in rows) == 100
    keys = set()
    for row in rows:
        network = parse_architecture(row["architecture"], source=f"trial {row['number']}")
        cost = measure(network)
        assert (cost.parameters, cost.macs) == (int(row["parameters"]), int(row["macs"]))
        assert cost.peak_activation_bytes == int(row["peak_activation_bytes"])
        assert (cost.parameters <= 7_000) == (row["outcome"] != "refused")
        if row["outcome"] not in {"refused", "repeated"}:
            assert network.key not in keys
            keys.add(network.key)


def test_the_verdict_follows_from_its_plan_and_predictions() -> None:
    judged = read_judged(STUDY)
    assert judged is not None
    openings = Openings(study=judged.verdict.openings_of_study, in_all=judged.verdict.openings_in_all)
    made = make_verdict(judged.plan, judged.predictions, openings=openings)
    assert made == judged.verdict.model_copy(update={"robustness": None})
    rows = {row["number"]: row for row in csv.DictReader((STUDY / "trials.csv").open(encoding="utf-8", newline=""))}
    for one in judged.plan.race:
        if one.trial is not None:
            row = rows[str(one.trial)]
            assert parse_architecture(row["architecture"], source=one.name) == one.network
            assert one.search_score == float(row["score"])


def test_readme_says_what_the_verdict_says() -> None:
    judged = read_judged(STUDY)
    assert judged is not None
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert headline(judged.plan, judged.verdict) in readme
    for comparison in judged.verdict.comparisons:
        assert sentence(judged.plan, comparison) in readme
