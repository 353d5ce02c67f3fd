"""What a search is after: accuracy, or accuracy and a small cost together, and the networks that no other surpasses in both."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

import optuna

from nas.architecture.budget import UNITS
from nas.engine.records import Tally, TrialRecord

Objective = Literal["accuracy", "accuracy,parameters", "accuracy,macs"]
"""What is to be large, and behind a comma what is to be small."""
CostAim = Literal["parameters", "macs"]
"""A cost that is to be small beside an accuracy that is to be large; the name is that of `Cost` and of a record's field."""
DIRECTIONS: Final[Sequence[Literal["maximize", "minimize"]]] = ("maximize", "minimize")
"""Of accuracy and cost, as Optuna calls them."""


def cost_aim(objective: Objective) -> CostAim | None:
    """The cost that an objective wants to be small, or None where accuracy is all.

    >>> cost_aim("accuracy,macs")
    'macs'
    """
    match objective:
        case "accuracy,parameters":
            return "parameters"
        case "accuracy,macs":
            return "macs"
        case "accuracy":
            return None


def unit(aim: CostAim) -> str:
    """What is counted, as people call it.

    >>> unit("macs")
    'MACs'
    """
    return UNITS[aim]


def pareto_front(records: Sequence[TrialRecord], *, aim: CostAim = "parameters") -> tuple[TrialRecord, ...]:
    """The networks than which no other is better in accuracy or cost and as good in both, the cheapest first."""
    known = [record for record in records if record.score is not None]
    best = surpassed_by_none(tuple((record.score or 0.0, getattr(record, aim)) for record in known))
    return tuple(sorted((known[index] for index in best), key=lambda record: (getattr(record, aim), record.number)))


def front_of(tally: Tally, *, aim: CostAim) -> tuple[TrialRecord, ...]:
    """The Pareto front of all networks that were trained to the end, hand-designed ones among them, the cheapest first."""
    return pareto_front((*tally.ranking, *tally.baselines), aim=aim)


def place_beside(front: Sequence[TrialRecord], record: TrialRecord, *, aim: CostAim) -> str:
    """Whether a network is on a front, or behind which network of it: the most accurate that costs no more."""
    if record in front:
        return "on it"
    ahead = [one for one in front if getattr(one, aim) <= getattr(record, aim)]
    return f"behind {ahead[-1].label}"


@lru_cache(maxsize=8)
def surpassed_by_none(values: tuple[tuple[float, float], ...]) -> tuple[int, ...]:
    """Places of the pairs than which no other has more of the first and less of the second, as Optuna sorts them.

    >>> surpassed_by_none(((0.9, 10), (0.8, 5), (0.7, 7)))
    (0, 1)
    """
    study = optuna.create_study(directions=DIRECTIONS)
    study.add_trials([optuna.trial.create_trial(values=pair) for pair in values])
    return tuple(trial.number for trial in study.best_trials)
