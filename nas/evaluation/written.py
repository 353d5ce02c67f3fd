"""A verdict as it lies in a study's folder, read by those who write nothing."""

from dataclasses import dataclass
from pathlib import Path

from nas.evaluation.json_file import read_json
from nas.evaluation.verdict import FILE as VERDICT
from nas.evaluation.verdict import Verdict
from nas.evaluation.verdict_plan import FILE as PLAN
from nas.evaluation.verdict_plan import VerdictPlan


@dataclass(frozen=True)
class Written:
    """How far a study's verdict has come."""

    plan: VerdictPlan | None = None
    verdict: Verdict | None = None
    """What the plan led to; None until the test set was opened for it."""


def read_written(path: Path) -> Written:
    """The plan and the verdict that a study's folder holds, as far as they are there.

    Raises:
        StudyError: If one of them is damaged or of a newer format.
    """
    plan = read_json(path / PLAN, VerdictPlan) if (path / PLAN).exists() else None
    verdict = read_json(path / VERDICT, Verdict) if plan and (path / VERDICT).exists() else None
    return Written(plan, verdict if plan and verdict and verdict.plan_key == plan.key else None)
