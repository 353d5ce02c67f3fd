"""The commands that do a study again."""

import shlex
from collections.abc import Sequence

from nas.baselines import NAMES
from nas.engine.reading import StudyView
from nas.evaluation.verdict import Verdict
from nas.evaluation.verdict_plan import SEEDS, VerdictPlan, usual_margin
from nas.training.plan import COMPILED, NOTEBOOK, TrainingPlan
from nas.training.plan_files import find_plan, plan_names


def search_command(view: StudyView) -> str:
    """The search with every setting that it took, its verdict left to a command of its own."""
    settings = view.settings
    usual = COMPILED if ":" in settings.space else NOTEBOOK  # of a space of one's own it depends on what the space builds
    flags = {
        "--study": f"{view.folder.name}-again",
        "--space": settings.space,
        "--data": settings.data,
        "--val-split": settings.val_split,
        "--image-size": settings.image_size,
        "--budget": settings.budget,
        "--max-macs": settings.max_macs,
        "--max-ram": settings.max_ram,
        "--max-flash": settings.max_flash,
        "--fits": settings.fits,
        "--trials": settings.trials,
        "--plan": None if view.plan == usual else _as_given(view.plan, name=settings.plan),
        "--seed": settings.seed,
        "--objective": settings.objective if settings.aim else None,
        "--sampler": settings.sampler,
        "--stopper": settings.stopper,
        "--timeout": None if settings.timeout is None else f"{settings.timeout:g}s",
        "--trial-timeout": None if settings.trial_timeout is None else f"{settings.trial_timeout:g}s",
        "--workers": settings.workers,
    }
    words = [word for flag, value in flags.items() if value is not None for word in (flag, str(value))]
    own = _own_files(tuple(view.resolved.own))
    words += ["--tune-plan"] if settings.tune_plan else []
    return shlex.join(["nas", "search", *words, *(() if settings.baselines else ("--no-baselines",)), *own, "--no-verdict"])


def verdict_commands(view: StudyView, plan: VerdictPlan, verdict: Verdict) -> tuple[str, ...]:
    """The verdict with what its plan was made with, where that is not the default, and the further looks that were taken."""
    study = f"{view.folder.name}-again"
    later = sum(look < len(verdict.seeds) for look in plan.looks)
    return (
        _first_look(view, plan, study=study, robustness=verdict.robustness is not None),
        *(shlex.join(["nas", "verdict", "--study", study, "--add-seeds"]) for _ in range(later)),
    )


def _first_look(view: StudyView, plan: VerdictPlan, *, study: str, robustness: bool) -> str:
    names = [one.name for one in plan.judged if one.side == "hand"]
    by_name = {*NAMES, *(record.label for record in view.tally.baselines)} - view.resolved.own.keys()
    known, own = [name for name in names if name in by_name], [name for name in names if name not in by_name]
    margin = usual_margin(plan.expected)
    flags = {
        "--study": study,
        "--trial": plan.winner.trial if plan.picked else None,
        "--against": ",".join(known) or None,
        "--seeds": None if plan.looks[0] == SEEDS else plan.looks[0],
        "--looks": None if len(plan.looks) == 1 else len(plan.looks),
        "--margin": None if margin == plan.margin else f"{plan.margin:g}",
        "--deployed": plan.deployed,
        "--plan": _own_plan(plan),
    }
    words = [word for flag, value in flags.items() if value is not None for word in (flag, str(value))]
    words += ["--robustness"] if robustness else []
    return shlex.join(["nas", "verdict", *words, *_own_files([name for name in own if name not in view.resolved.own])])


def _own_plan(plan: VerdictPlan) -> str | None:
    """The plan that the user brought for networks of their own: neither the study's nor the winner's."""
    known = (plan.recipe, plan.recipe_of(plan.winner))
    tried = [its.plan for one in plan.judged for its in one.tried if its.plan not in known]
    brought = plan.own_plan or next(iter(tried), None)  # plans from before it was kept tell by what was tried
    return _as_given(brought, name=brought.name) if brought else None


def _as_given(plan: TrainingPlan, *, name: str) -> str:
    """As --plan takes it: a name, or a file for a plan that did not come with nas."""
    return name if name in plan_names() and find_plan(name) == plan else f"{name}.toml"


def _own_files(names: Sequence[str]) -> list[str]:
    return [word for name in names for word in ("--baseline", f"{name}.json")]
