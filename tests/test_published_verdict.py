"""The published verdict follows from its plan and its predictions, and README quotes it as it is."""

import csv
import json
from pathlib import Path
from typing import Any

from nas.architecture import parse_architecture
from nas.evaluation.holdout import Openings
from nas.evaluation.json_file import read_json
from nas.evaluation.judging import read_judged
from nas.evaluation.verdict import Verdict, headline, make_verdict, sentence
from nas.evaluation.verdict_plan import VerdictPlan

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "studies" / "mnist-7000"


def rounded(verdict: Verdict) -> Any:
    """As JSON with nine decimals: the last bits of a sum are the processor's."""
    return json.loads(verdict.model_dump_json(), parse_float=lambda digits: round(float(digits), 9))


def test_the_verdict_follows_from_its_plan_and_predictions() -> None:
    judged = read_judged(STUDY)
    assert judged is not None
    openings = Openings(study=judged.verdict.openings_of_study, in_all=judged.verdict.openings_in_all)
    made = make_verdict(judged.plan, judged.predictions, openings=openings)
    assert rounded(made) == rounded(judged.verdict.model_copy(update={"robustness": None}))
    rows = {row["number"]: row for row in csv.DictReader((STUDY / "trials.csv").read_text(encoding="utf-8").splitlines())}
    for one in judged.plan.race:
        if one.trial is not None:
            row = rows[str(one.trial)]
            assert parse_architecture(row["architecture"], source=one.name) == one.network
            assert one.search_score == float(row["score"])


def test_the_verdict_names_the_key_of_its_plan_as_it_was_written() -> None:
    plan = read_json(STUDY / "verdict-plan.json", VerdictPlan)
    assert read_json(STUDY / "verdict.json", Verdict).plan_key == plan.key
    assert plan.deployed is None


def test_readme_says_what_the_verdict_says() -> None:
    judged = read_judged(STUDY)
    assert judged is not None
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert headline(judged.plan, judged.verdict) in readme
    for comparison in judged.verdict.comparisons:
        assert sentence(judged.plan, comparison) in readme
