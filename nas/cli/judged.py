"""A verdict on the terminal and as JSON."""

from typing import Any

from nas.cli.output import answer, answer_table
from nas.evaluation.judging import Judged
from nas.evaluation.recipes import plans_in_words
from nas.evaluation.verdict import headline, sentence, signed
from nas.evaluation.verdict_plan import Entrant, VerdictPlan


def answer_plan(plan: VerdictPlan) -> None:
    """The race and what it leads to."""
    rows = [
        (
            one.name,
            _percent(one.search_score),
            *(_percent(value) for value in (*one.selection_scores, None, None, None)[:3]),
            _percent(_mean(one.selection_scores)),
            f"{one.cost.parameters:,}",
        )
        for one in plan.race
    ]
    columns = ("network", "search", "seed 1", "seed 2", "seed 3", "mean of seeds", "parameters")
    answer_table(f"The race, by {plan.kind}validation accuracy on selection seeds", columns, rows)
    names = " and ".join(one.name for one in plan.comparators)
    answer(f"{plan.network} goes to confirmation against {names}, with {plan.looks[0]} fresh seeds each.")
    if plan.expected:
        answer(plan.expected.in_words(seeds=plan.looks[0], margin=plan.margin))
    for told in (*plans_in_words(plan), *plan.left_out_in_words):
        answer(told)


def answer_judged(judged: Judged) -> None:
    """The verdict for a person: the answer first."""
    plan, verdict = judged.plan, judged.verdict
    answer(headline(plan, verdict))
    for comparison in verdict.comparisons:
        answer(f"- {sentence(plan, comparison)}")
    for told in (*plans_in_words(plan), *plan.left_out_in_words):
        answer(f"- {told}")
    seeds = len(verdict.seeds)
    rows = []
    for one in plan.judged:
        standing, cost = verdict.standing(one.name), one.cost
        interval = standing.test_interval.scaled(100)
        rows.append(
            (
                one.name,
                f"{cost.parameters:,}",
                f"{cost.macs:,}",
                f"{cost.peak_activation_bytes:,}",
                _percent(one.search_score),
                _percent(_mean(one.selection_scores)),
                _percent(standing.score),
                _percent(standing.test_accuracy),
                f"{interval.low:.2f} to {interval.high:.2f}",
            )
        )
    columns = ("network", "parameters", "MACs", "int8 bytes", "search", "selection", "confirmation", "test", "interval")
    of_files = f"; all but the search's of {plan.deployed} files" if plan.deployed else ""
    answer_table(f"Validation in search, selection and confirmation; test over {seeds} seeds (%){of_files}", columns, rows)
    if verdict.drops:
        drops = [(one.name, _percent(one.trained), _percent(one.deployed), signed(one.points)) for one in verdict.drops]
        title = f"What {plan.kind}costs: validation accuracy after the last epoch (%)"
        answer_table(title, ("network", "as trained", "int8", "drop (points)"), drops)
    if verdict.robustness:
        held = ", ".join(f"{name} {holds}" for name, holds in verdict.robustness.holds.items())
        answer(f"Twice the epochs, by {plan.kind}validation: the order holds: {held}.")
    level = f"{plan.level_of_a_look:.1%}".replace(".0%", "%")
    answer(
        f"Intervals hold together with {level} over seeds and images; margin ±{plan.margin:.2f} points. The test set was"
        f" opened {_times(verdict.openings_of_study)} by this study, {_times(verdict.openings_in_all)} by you in all."
    )


def judged_json(judged: Judged) -> dict[str, Any]:
    """A verdict as documented keys."""
    plan, verdict = judged.plan, judged.verdict
    return {
        "study": plan.study,
        "headline": headline(plan, verdict),
        "deployed": plan.deployed,
        "winner": _entrant_json(plan.winner),
        "comparisons": [
            {**comparison.model_dump(mode="json"), "sentence": sentence(plan, comparison)} for comparison in verdict.comparisons
        ],
        **verdict.model_dump(mode="json", exclude={"format", "comparisons"}),
        "plan": plan.model_dump(mode="json"),
    }


def plan_json(plan: VerdictPlan) -> dict[str, Any]:
    """A verdict's plan as documented keys."""
    return {"study": plan.study, "winner": _entrant_json(plan.winner), "plan": plan.model_dump(mode="json")}


def _entrant_json(one: Entrant) -> dict[str, Any]:
    cost = one.cost
    return {
        "name": one.name,
        "side": one.side,
        "trial": one.trial,
        "parameters": cost.parameters,
        "macs": cost.macs,
        "peak_activation_bytes": cost.peak_activation_bytes,
    }


def _mean(values: tuple[float, ...]) -> float | None:
    return sum(values) / len(values) if values else None


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
