"""A verdict on the terminal and as JSON."""

from typing import Any

from nas.cli.output import answer, answer_json, answer_table
from nas.cli.summary import outcome_json
from nas.engine.objective import front_of
from nas.engine.search import SearchOutcome
from nas.evaluation.judging import Judged
from nas.evaluation.recipes import plans_in_words
from nas.evaluation.report.standings import standings
from nas.evaluation.report.wording import mean, percent, times
from nas.evaluation.verdict import headline, sentence, signed
from nas.evaluation.verdict_plan import Entrant, VerdictPlan
from nas.library.judging import Attempt, report_on
from nas.library.places import Place


def conclude(place: Place, outcome: SearchOutcome, attempt: Attempt, *, json: bool) -> None:
    """The end of a search: its verdict, as far as there is one, and its report; for a program the search itself, too.

    Raises:
        NasError: If something stood in the verdict's way, when all else is said.
    """
    judged, report = attempt.judged, report_on(place, attempt.judged)
    aim = outcome.settings.aim
    told_of = {one.trial for one in judged.plan.judged} if judged else set()
    front = [one.number for one in front_of(outcome.tally, aim=aim) if one.baseline is None] if aim else []
    open_points = [number for number in front if number not in told_of]
    if json:
        told = {"verdict": judged_json(judged) if judged else None, "no_verdict": attempt.missing, "report": str(report)}
        answer_json(outcome_json(outcome) | told)
    else:
        if judged:
            answer_judged(judged)
        if open_points:
            again = " --again" if judged else ""
            ask = f"nas verdict --study {outcome.folder.name} --trial {open_points[len(open_points) // 2]}{again}"
            answer(f"Each of the search's networks on the front can be judged by its number, for example: {ask}")
        answer(f"Report: {report}")
    if attempt.trouble:
        raise attempt.trouble


def answer_plan(plan: VerdictPlan) -> None:
    """The race, or that there was none, and what it leads to."""
    if not plan.picked:
        _answer_race(plan)
    names = " and ".join(one.name for one in plan.comparators)
    chosen = ", named and not chosen by a race," if plan.picked else ""
    answer(f"{plan.network}{chosen} goes to confirmation against {names}, with {plan.looks[0]} fresh seeds each.")
    if plan.expected:
        answer(plan.expected.in_words(seeds=plan.looks[0], margin=plan.margin))
    for told in (*plans_in_words(plan), *plan.left_out_in_words, *plan.again_in_words):
        answer(told)


def _answer_race(plan: VerdictPlan) -> None:
    rows = [
        (
            one.name,
            percent(one.search_score),
            *(percent(value) for value in (*one.selection_scores, None, None, None)[:3]),
            percent(mean(one.selection_scores)),
            f"{one.cost.parameters:,}",
        )
        for one in plan.race
    ]
    columns = ("network", "search", "seed 1", "seed 2", "seed 3", "mean of seeds", "parameters")
    answer_table(f"The race, by {plan.kind}validation accuracy on selection seeds (%)", columns, rows)


def answer_judged(judged: Judged) -> None:
    """The verdict for a person: the answer first."""
    plan, verdict = judged.plan, judged.verdict
    answer(headline(plan, verdict))
    for comparison in verdict.comparisons:
        answer(f"- {sentence(plan, comparison)}")
    for told in (*plans_in_words(plan), *plan.left_out_in_words, *plan.again_in_words):
        answer(f"- {told}")
    seeds = len(verdict.seeds)
    rows = [(one.name, *one.figures, one.parameters, one.macs, one.memory) for one in standings(plan, verdict)]
    columns = ("network", "search", "selection", "confirmation", "test", "95 % over seeds", "parameters", "MACs", "int8 bytes")
    of_files = f"; all but the search's of {plan.deployed} files" if plan.deployed else ""
    answer_table(f"Validation in search, selection and confirmation; test over {seeds} seeds (%){of_files}", columns, rows)
    if verdict.drops:
        drops = [(one.name, percent(one.trained), percent(one.deployed), signed(one.points)) for one in verdict.drops]
        title = f"What {plan.kind}costs: validation accuracy after the last epoch (%)"
        answer_table(title, ("network", "as trained", "int8", "drop (points)"), drops)
    if verdict.robustness:
        held = ", ".join(f"{name} {holds}" for name, holds in verdict.robustness.holds.items())
        answer(f"Twice the epochs, by {plan.kind}validation: the order holds: {held}.")
    level = f"{plan.level_of_a_look:.1%}".replace(".0%", "%")
    answer(
        f"Intervals of the differences hold together with {level} over seeds and images; margin ±{plan.margin:.2f} points. The"
        f" test set was opened {times(verdict.openings_of_study)} by this study, {times(verdict.openings_in_all)} by you in all."
    )


def judged_json(judged: Judged) -> dict[str, Any]:
    """A verdict as documented keys."""
    plan, verdict = judged.plan, judged.verdict
    return {
        "study": plan.study,
        "headline": headline(plan, verdict),
        "deployed": plan.deployed,
        "picked": plan.picked,
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
