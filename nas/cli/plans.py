"""`nas plans`: the recipes that networks are trained by."""

import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from nas.cli.options import Json

if TYPE_CHECKING:
    from nas.training.plan import TrainingPlan


def plans(
    plan: Annotated[str | None, Parameter(help="One to print: a plan's name, or a TOML file, which is checked first.")] = None,
    /,
    *,
    json: Json = False,
) -> None:
    """List the training plans, or print one as a file to copy and change.

    For example:

    - `nas plans`
    - `nas plans modern > mine.toml`, then `nas search --plan mine.toml`
    """
    from nas.cli.output import answer_json
    from nas.training.plan_files import find_plan, plan_file, plan_names

    if plan is None:
        found = [find_plan(name) for name in plan_names()]
        if json:
            answer_json({"plans": [one.model_dump(mode="json") | {"key": one.key} for one in found]})
        else:
            _answer_plans(found)
        return
    one = find_plan(plan)
    if json:
        answer_json({"plan": one.model_dump(mode="json") | {"key": one.key}})
        return
    sys.stdout.write(plan_file(plan).read_text(encoding="utf-8"))


def _answer_plans(found: "list[TrainingPlan]") -> None:
    from nas.cli.output import answer, answer_table, plain

    rows = [
        (
            plain(one.name),
            one.optimizer,
            f"{one.learning_rate:g}",
            _schedule(one),
            f"{one.batch_size}",
            f"{one.epochs}",
            f"{one.label_smoothing:g}" if one.label_smoothing else "–",
            f"{one.ema_momentum:g}" if one.ema_momentum else "–",
            f"{one.augmentation.strength:g}" if one.augmentation else "–",
        )
        for one in found
    ]
    columns = ("plan", "optimizer", "rate", "schedule", "batch", "epochs", "smoothing", "averaging", "augmentation")
    answer_table(f"{len(found)} training plans", columns, rows, words=("optimizer", "schedule"))
    answer("To make one of your own: nas plans modern > mine.toml, change it, nas search --plan mine.toml.")


def _schedule(plan: "TrainingPlan") -> str:
    first = f"{plan.warmup_epochs:g} epochs up, " if plan.warmup_epochs else ""
    return first + {"constant": "constant", "cosine": "cosine to zero"}[plan.schedule]
