"""A verdict as it lies in a study's folder, read by those who write nothing."""

from dataclasses import dataclass
from pathlib import Path

from nas.errors import StudyError
from nas.evaluation.json_file import read_json
from nas.evaluation.verdict import FILE as VERDICT
from nas.evaluation.verdict import Verdict
from nas.evaluation.verdict_plan import FILE as PLAN
from nas.evaluation.verdict_plan import VerdictPlan

_MENDING = "`nas verdict` makes it anew from plan and predictions, and opens nothing"


@dataclass(frozen=True)
class Written:
    """How far a study's verdict has come."""

    plan: VerdictPlan | None = None
    verdict: Verdict | None = None
    """What the plan led to; None until the test set was opened for it."""


def read_written(path: Path) -> Written:
    """The plan and the verdict that a study's folder holds, as far as they are there.

    Raises:
        StudyError: If one of them is damaged or of a newer format, or the verdict was made by another plan.
    """
    plan = read_plan(path)
    return Written(plan, read_verdict(path, plan) if plan else None)


def read_plan(path: Path) -> VerdictPlan | None:
    """The plan of a study's verdict, or None if there is none.

    Raises:
        StudyError: If it is damaged or of a newer format.
    """
    return read_json(path / PLAN, VerdictPlan) if (path / PLAN).exists() else None


def read_verdict(path: Path, plan: VerdictPlan) -> Verdict | None:
    """The verdict that a plan led to, as it was written last, or None.

    Raises:
        StudyError: If it is damaged or of a newer format, or was made by another plan.
    """
    if not (path / VERDICT).exists():
        return None
    verdict = read_json(path / VERDICT, Verdict, mending=_MENDING)
    if verdict.plan_key != plan.key:
        raise StudyError(
            f"{path / PLAN} is not the plan that {VERDICT} beside it was made by, and a plan is not changed after the fact; put"
            " the one that it was made by back."
        )
    return verdict
