"""Which plan a verdict's networks are trained by, where there is more than one: the better by validation counts."""

from collections.abc import Mapping, Sequence

from nas.evaluation.bench import Bench
from nas.evaluation.verdict_plan import Entrant, TriedPlan, VerdictPlan
from nas.training.plan import TrainingPlan


def under_better_plans(
    bench: Bench, entrants: Sequence[Entrant], *, plans: Mapping[str, Sequence[TrainingPlan]], seeds: Sequence[int]
) -> tuple[Entrant, ...]:
    """The entrants, each under the plan that does best on the selection seeds; of equally good ones the first.

    Args:
        bench: Where networks are trained.
        entrants: Whose plans are in question.
        plans: For each of them by name, in which one plan leaves no question.
        seeds: The selection seeds; every plan is tried on all of them.
    """
    open_ones = [(one, plan) for one in entrants for plan in plans[one.name] if len(plans[one.name]) > 1]
    if not open_ones:
        return tuple(entrants)
    names = ", ".join(dict.fromkeys(one.name for one, _ in open_ones))
    bench.say(f"Plans by validation on selection seeds: {names}.")
    works = [(one.name, bench.work(one.network, seed, recipe=plan)) for one, plan in open_ones for seed in seeds]
    scores = [runner.score if runner else 0.0 for runner in bench.runners(works)]
    tried: dict[str, list[TriedPlan]] = {}
    for index, (one, plan) in enumerate(open_ones):
        its = scores[index * len(seeds) : (index + 1) * len(seeds)]
        tried.setdefault(one.name, []).append(TriedPlan(plan=plan, scores=tuple(its)))
    return tuple(_under_better(one, tried.get(one.name, []), study=bench.recipe) for one in entrants)


def _under_better(one: Entrant, tried: Sequence[TriedPlan], *, study: TrainingPlan) -> Entrant:
    if not tried:
        return one
    better = max(tried, key=lambda its: its.mean)  # the first of equals
    own = None if better.plan == study else better.plan
    return one.model_copy(update={"plan": own, "tried": tuple(tried), "selection_scores": better.scores})


def plans_in_words(plan: VerdictPlan) -> tuple[str, ...]:
    """A sentence for each network that is not simply trained by the study's plan."""
    return tuple(sentence for one in plan.judged if (sentence := _in_words(plan, one)))


def _in_words(plan: VerdictPlan, one: Entrant) -> str:
    counts = plan.recipe_of(one)
    if not one.tried:
        return f"{one.name} is trained by {counts.name}: {counts.words}." if one.plan else ""
    theirs = {} if one.name == plan.network else {plan.recipe_of(plan.winner): "the winner's plan"}
    whose = theirs | {plan.recipe: "the study's plan"}
    told = " and ".join(
        f"{whose.get(its.plan, 'a plan of its own')} ({its.plan.name}, {its.mean:.2%}"
        f"{', which counts' if its.plan == counts else ''})"
        for its in one.tried
    )
    seeds = len(one.tried[0].scores)
    return f"{one.name} was trained by {told}: mean validation accuracy on {seeds} selection seed{'s' if seeds > 1 else ''}."
