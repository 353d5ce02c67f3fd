"""The published verdicts follow from their plans and their predictions, and pages quote them as they are."""

import csv
import json
from typing import Any

import pytest
from published import PUBLISHED, Published

from nas.architecture import parse_architecture
from nas.evaluation.holdout import Openings
from nas.evaluation.json_file import read_json
from nas.evaluation.judging import read_judged
from nas.evaluation.verdict import Verdict, headline, make_verdict, sentence
from nas.evaluation.verdict_plan import VerdictPlan


@pytest.fixture(params=PUBLISHED, ids=lambda one: one.name)
def study(request: pytest.FixtureRequest) -> Published:
    one: Published = request.param
    return one


def rounded(verdict: Verdict) -> Any:
    """As JSON with nine decimals: the last bits of a sum are the processor's."""
    return json.loads(verdict.model_dump_json(), parse_float=lambda digits: round(float(digits), 9))


def test_the_verdict_follows_from_its_plan_and_predictions(study: Published) -> None:
    judged = read_judged(study.folder)
    assert judged is not None
    openings = Openings(study=judged.verdict.openings_of_study, in_all=judged.verdict.openings_in_all)
    made = make_verdict(judged.plan, judged.predictions, openings=openings)
    assert rounded(made) == rounded(judged.verdict.model_copy(update={"robustness": None}))
    rows = {row["number"]: row for row in csv.DictReader((study.folder / "trials.csv").read_text(encoding="utf-8").splitlines())}
    for one in judged.plan.race:
        if one.trial is not None:
            row = rows[str(one.trial)]
            assert parse_architecture(row["architecture"], source=one.name) == one.network
            assert one.search_score == float(row["score"])


def test_the_verdict_names_the_key_of_its_plan_as_it_was_written(study: Published) -> None:
    plan = read_json(study.folder / "verdict-plan.json", VerdictPlan)
    assert read_json(study.folder / "verdict.json", Verdict).plan_key == plan.key
    assert plan.deployed is None


def test_the_page_says_what_the_verdict_says(study: Published) -> None:
    judged = read_judged(study.folder)
    assert judged is not None
    assert headline(judged.plan, judged.verdict) in study.words
    for comparison in judged.verdict.comparisons:
        assert sentence(judged.plan, comparison) in study.words
