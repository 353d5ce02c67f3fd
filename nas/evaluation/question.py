"""What a verdict is asked, and which networks of a study it can speak of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isclose

from nas.architecture import Architecture, Network, fits, measure
from nas.baselines import baselines
from nas.engine.left_out import unfit
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord
from nas.engine.search import task_of
from nas.errors import NothingToJudgeError, StudyError
from nas.evaluation.own_network import require_match
from nas.evaluation.picking import find_pick
from nas.evaluation.verdict_plan import SEEDS, Form, VerdictPlan, usual_margin
from nas.training.plan import TrainingPlan


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a verdict is asked; None where a plan that is there already, or the default, decides."""

    against: tuple[str, ...] | None = None
    """Names of hand-designed networks to compare with."""
    own: Mapping[str, Architecture] = field(default_factory=dict)
    """The user's own networks to compare with, by name."""
    own_plan: TrainingPlan | None = None
    """A plan that those are trained by as well; the better by validation counts."""
    trial: int | None = None
    """Number of the search's network that is to be judged, in place of the winner of a race."""
    seeds: int | None = None
    """Confirmation seeds a network at the first look."""
    looks: int | None = None
    """How many looks at the test figures there may be."""
    margin: float | None = None
    """Percentage points below which two networks count as equally good."""
    deployed: Form | None = None
    """What the networks are compared as, if not as they were trained."""
    plan_only: bool = False
    """Whether to end with the plan, before anything is confirmed."""
    another_look: bool = False
    """Whether to go on to the plan's next look."""
    robustness: bool = False
    """Whether to train the same networks for twice as many epochs, too."""
    again: bool = False
    """Whether to put an earlier verdict aside and begin another."""

    @property
    def named(self) -> tuple[str, ...]:
        """What it names to compare with, in alphabetical order; empty where that is left to the verdict."""
        return tuple(sorted({*(self.against or ()), *self.own}))


@dataclass(frozen=True)
class Field:
    """The networks that a study's verdict can speak of."""

    found: Mapping[str, TrialRecord]
    """Those that the search trained to the end, by name, best first."""
    hand: Mapping[str, Network]
    """Those that people designed, that keep to the budget, and that the search trained or the user names; by name."""
    others: Mapping[str, Network]
    """The others that people designed, by name."""
    scores: Mapping[str, float | None]
    """Search scores of the hand-designed networks that the search trained."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Why others that people designed are not compared unless they are asked for, by name."""

    def network(self, name: str) -> Network:
        """The network of that name."""
        return self.found[name].network if name in self.found else {**self.hand, **self.others}[name]

    def plan(self, name: str) -> TrainingPlan | None:
        """The plan that the search trained a network of its own by; None for others, which the study's plan is for."""
        return self.found[name].plan if name in self.found else None


def field_of(view: StudyView, question: Question) -> Field:
    """The networks that a verdict can speak of.

    Raises:
        NothingToJudgeError: If the search has none yet, or there is nothing to compare with.
        StudyError: If there is no such network as the question names.
        ArchitectureError: If one of the user's networks is for other images or classes.
    """
    task = task_of(view.data, budget=view.settings.limits)
    if not view.tally.ranking:
        raise NothingToJudgeError(
            f"The study {view.folder.name} has no network of its own trained to the end yet; let it search longer."
        )
    if question.trial is not None:
        find_pick(view, question.trial)
    own = {**view.resolved.own, **question.own}
    for name, network in own.items():
        require_match(network, task, source=name)
    trained = {record.label: record.network for record in view.tally.baselines}
    possible = {**baselines(task), **trained}
    for name in question.against or ():
        if name not in possible:
            raise StudyError(f"There is no hand-designed network {name!r} for these images; choose of {', '.join(possible)}.")
    if question.against == () and not own:
        raise StudyError("Nothing is named to compare with; name a hand-designed network with --against, or leave it out.")
    every = {**possible, **own}
    fitting = {name for name, network in every.items() if fits(measure(network), budget=task.budget)}
    if not (fitting or question.against):
        raise NothingToJudgeError(
            f"No hand-designed network fits {view.settings.limits.words} on these images; name one to compare with by"
            " --baseline or --against."
        )
    asked = {*trained, *own, *(question.against or ())} if trained else fitting  # not those that the search left out
    return Field(
        found={record.label: record for record in view.tally.ranking},
        hand={name: network for name, network in every.items() if name in fitting & asked},
        others={name: network for name, network in every.items() if name not in fitting & asked},
        scores={record.label: record.score for record in view.tally.baselines if record.network == every[record.label]},
        left_out=unfit(every, task) | dict.fromkeys(sorted(fitting - asked), "was not trained by the search"),
    )


def require_same_question(question: Question, plan: VerdictPlan) -> None:
    """Nothing, if a plan answers the question.

    Raises:
        StudyError: If the plan was made for another one.
    """
    judged = {one.name: one.network for one in plan.judged}
    by_hand = [one.network for one in plan.judged if one.side == "hand"]
    mine = [one for one in plan.judged if one.network in question.own.values()]
    own = [one for one in mine if one.tried or one.name != plan.network]  # older winners have the recipe that they won by
    plans = [[its.plan for its in one.tried] or [plan.recipe_of(one)] for one in own]
    differs = {
        "--trial": question.trial not in {None, plan.winner.trial},
        "--against": not set(question.against or ()) <= judged.keys(),
        "--baseline": any(network not in by_hand for network in question.own.values()),  # whatever it is called today
        "--plan": any(question.own_plan not in {None, *its} for its in plans),
        "--seeds": question.seeds not in {None, plan.looks[0]},
        "--looks": question.looks not in {None, len(plan.looks)},
        "--margin": question.margin is not None and not isclose(question.margin, plan.margin),
        "--deployed": question.deployed not in {None, plan.deployed},
    }
    changed = [flag for flag, changed in differs.items() if changed]
    if changed:
        raise StudyError(
            f"The verdict of {plan.study} was planned with another {' and '.join(changed)}, and a plan is not changed after the"
            " fact; --again puts it aside and begins another, which opens the test set once more."
        )


def asks_for(question: Question, plan: VerdictPlan) -> bool:
    """Whether a plan that was not carried out yet is what the question, its defaults included, would be planned as."""
    try:
        require_same_question(question, plan)
    except StudyError:
        return False
    margin = question.margin or usual_margin(plan.expected)
    asked = (question.trial, question.seeds or SEEDS, question.looks or 1, question.deployed)
    picked = plan.winner.trial if plan.picked else None
    same = asked == (picked, plan.looks[0], len(plan.looks), plan.deployed) and isclose(margin, plan.margin)
    named = question.named in (plan.named, tuple(sorted(one.name for one in plan.comparators)))
    return same and named and question.own_plan == plan.own_plan
