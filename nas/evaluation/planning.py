"""How a verdict is planned: the race, and what the seeds will be able to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from nas import __version__
from nas.architecture import Network, measure
from nas.data import describe
from nas.evaluation.bench import Bench
from nas.evaluation.classification import classify_validation
from nas.evaluation.deployment import VALIDATION, Contender
from nas.evaluation.holdout import count_openings
from nas.evaluation.picking import beside_pick, comparators, find_pick
from nas.evaluation.predictions import FILE as PREDICTIONS
from nas.evaluation.question import Field, Question
from nas.evaluation.race import Runner, line_up, race, winner
from nas.evaluation.recipes import under_better_plans
from nas.evaluation.verdict_plan import (
    LEVEL,
    SEEDS,
    Entrant,
    Expectation,
    VerdictPlan,
    expectation,
    level_of_a_look,
    looks_for,
    usual_margin,
)
from nas.training.executor import run_all
from nas.training.plan import TrainingPlan

ASIDE = "earlier-verdicts"
"""Folder in a run's folder with a folder for each verdict that was put aside."""
_MOST_SEEDS = 1_000
_PLAN_SEEDS = 3
"""Selection seeds on which plans are compared where no race was run."""


def last_aside(path: Path) -> int:
    """The highest number of a verdict that was put aside in a study's folder, or 0; some may have been removed."""
    return max((int(one.name) for one in (path / ASIDE).glob("*") if one.name.isdecimal()), default=0)


def opened_aside(path: Path) -> int:
    """How many of those that were put aside in a study's folder had opened the test set."""
    return sum(1 for _ in (path / ASIDE).glob(f"*/{PREDICTIONS}"))


def make_plan(bench: Bench, question: Question, field: Field) -> VerdictPlan:
    """The race, run or found, or the network that the user names, and the plan that follows."""
    own = (*(name for name in bench.view.resolved.own if name in field.hand), *question.own)
    if question.trial is None:
        raced = _race(bench, field)
        runners, chosen = raced.runners, winner(raced.runners).name
        names = comparators(question.against, runners, hand=tuple(field.hand), own=own, chosen=chosen)
    else:
        raced = _Raced(())
        pick = find_pick(bench.view, question.trial)
        runners, chosen = (Runner(pick.label, "search", pick.score),), pick.label
        bench.say(f"{chosen[:1].upper()}{chosen[1:]} was named, so there is no race.")
        aim = bench.view.settings.aim or "parameters"
        names = beside_pick(pick, against=question.against, hand=field.hand, scores=field.scores, own=own, aim=aim)
    reached = {runner.name: runner for runner in runners}

    def entrant(name: str) -> Entrant:
        record, runner = field.found.get(name), reached.get(name)
        return Entrant(
            name=name,
            side="search" if record else "hand",
            trial=record.number if record else None,
            network=field.network(name),
            search_score=record.score if record else field.scores.get(name),
            selection_scores=runner.scores if runner else (),
            plan=None if record is None or record.plan == bench.recipe else record.plan,
        )

    ran = max(len(one.scores) for one in runners)
    first = entrant(chosen)
    if chosen in question.own:
        usual = {chosen: _plans_of(chosen, question, bench.recipe)}
        (first,) = under_better_plans(bench, (first,), plans=usual, seeds=_selection_seeds(bench, ran))
    found_by = first.plan or bench.recipe
    plans = {name: (found_by,) if name in field.found else _plans_of(name, question, bench.recipe, found_by) for name in names}
    several = any(len(its) > 1 for its in plans.values())  # where nobody ran, plans are tried all the same
    selection = _selection_seeds(bench, ran or (_PLAN_SEEDS if several else 0))
    against = under_better_plans(bench, [entrant(name) for name in names], plans=plans, seeds=selection)
    looks = looks_for(question.looks or 1, seeds=question.seeds or SEEDS)
    level, test_images = level_of_a_look(looks), describe(bench.data).test
    openings = count_openings(bench.data, study_folder=bench.folder.path)
    unseen = _MOST_SEEDS * max(last_aside(bench.folder.path), openings.study)  # no seed whose test figures were seen
    expected = _expected(bench, raced.furthest, looks=looks, test_images=test_images, comparators=len(names), level=level)
    return VerdictPlan(
        study=bench.folder.name,
        date=datetime.now(UTC).date().isoformat(),
        nas_version=__version__,
        data=bench.data,
        test_images=test_images,
        recipe=bench.recipe,
        counts=dict(bench.view.tally.counts),
        race=tuple(first if runner.name == chosen else entrant(runner.name) for runner in runners),
        network=chosen,
        comparators=against,
        selection_seeds=selection,
        confirmation_seeds=tuple(bench.seed("confirmation", unseen + index) for index in range(looks[-1])),
        looks=looks,
        level=LEVEL,
        level_of_a_look=level,
        margin=question.margin or usual_margin(expected),
        expected=expected,
        openings_before=openings.in_all,
        verdicts_before=opened_aside(bench.folder.path),
        left_out={name: reason for name, reason in field.left_out.items() if name not in {chosen, *names}},
        deployed=bench.deployment.name,
        picked=question.trial is not None,
        named=question.named,
        own_plan=question.own_plan,
    )


def _plans_of(name: str, question: Question, *plans: TrainingPlan) -> tuple[TrainingPlan, ...]:
    """The plans that a hand-designed network may be trained by: the study's, the winner's, and the user's for the user's own."""
    own = (question.own_plan,) if question.own_plan and name in question.own else ()
    return tuple(dict.fromkeys((*plans, *own)))


def _selection_seeds(bench: Bench, count: int) -> tuple[int, ...]:
    return tuple(bench.seed("selection", index) for index in range(count))


def _largest_first(networks: Mapping[str, Network]) -> list[str]:
    """Names by parameters: where nothing else is known, the larger network is the likelier one to be good."""
    return sorted(networks, key=lambda name: -measure(networks[name]).parameters)


@dataclass(frozen=True)
class _Raced:
    """A race that has been run."""

    runners: tuple[Runner, ...]
    furthest: tuple[Sequence[Contender], ...] = ()
    """The networks that ran on two seeds or more, of these the two that came furthest, each on its seeds."""


def _race(bench: Bench, field: Field) -> _Raced:
    runners = line_up(
        {name: record.score or 0.0 for name, record in field.found.items()},
        {name: field.scores.get(name) for name in _largest_first(field.hand)},
    )
    if not bench.deployment.search_counts:
        runners = tuple(replace(runner, search_score=None) for runner in runners)
    bench.say(f"Race on selection seeds, by validation: {', '.join(runner.name for runner in runners)}.")
    ran: dict[str, list[Contender]] = {}

    def run(entries: Sequence[tuple[str, int]]) -> list[float]:
        works = [
            (name, bench.work(field.network(name), bench.seed("selection", index), recipe=field.plan(name)))
            for name, index in entries
        ]
        runners = bench.runners(works)
        for (name, _), runner in zip(works, runners, strict=True):
            if runner:
                ran.setdefault(name, []).append(runner)
        return [runner.score if runner else 0.0 for runner in runners]

    runners = race(runners, run=run)
    furthest = sorted((its for its in ran.values() if len(its) > 1), key=lambda its: -len(its))[:2]
    return _Raced(runners, tuple(furthest))


def _expected(
    bench: Bench,
    furthest: Sequence[Sequence[Contender]],
    *,
    looks: Sequence[int],
    test_images: int,
    comparators: int,
    level: float,
) -> Expectation | None:
    """What the first look will be able to tell, or None where fewer than two networks ran on two seeds.

    Args:
        bench: Where validation images are classified.
        furthest: The two networks that came furthest in the race, each on its selection seeds.
        looks: Seeds a network at each look.
        test_images: Number of test images.
        comparators: How many comparisons share the level.
        level: Of a look.
    """
    if len(furthest) < 2:
        return None
    given = [(contender.model, bench.data) for contenders in furthest for contender in contenders]
    classified = run_all(classify_validation, given, executor=bench.executor, at_most=bench.workers, what=VALIDATION)
    right = iter([one.predicted == one.truth for one in classified])
    correct = [np.stack([next(right) for _ in contenders]) for contenders in furthest]
    return expectation(correct[0], correct[1], seeds=looks[0], test_images=test_images, comparators=comparators, level=level)
