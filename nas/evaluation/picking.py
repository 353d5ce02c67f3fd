"""What a verdict's network is compared with, and which network a user may name in place of a race."""

from collections.abc import Mapping, Sequence

from nas.architecture import Network, measure
from nas.baselines import DECLARED_BEST
from nas.engine.objective import CostAim
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord
from nas.errors import StudyError
from nas.evaluation.race import Runner, best_of


def comparators(
    against: Sequence[str] | None, runners: Sequence[Runner], *, hand: Sequence[str], own: Sequence[str], chosen: str
) -> tuple[str, ...]:
    """Whom the winner of a race is compared with: whom the user names, else the declared best and the race's best by hand.

    Args:
        against: Whom the user names of the hand-designed networks, or None.
        runners: As they came in.
        hand: The networks by hand that keep to the budget.
        own: The user's own networks.
        chosen: Name of the winner.
    """
    by_hand, found = best_of(runners, "hand"), best_of(runners, "search")
    default = [name for name in (DECLARED_BEST, by_hand.name if by_hand else "") if name in hand]
    wanted = [*(default if against is None else against), *own]
    if found and by_hand and chosen == by_hand.name:
        wanted.append(found.name)  # what the search found is judged even if it did not pass
    return tuple(name for name in dict.fromkeys(wanted) if name != chosen)


def find_pick(view: StudyView, number: int) -> TrialRecord:
    """The trial of that number.

    Raises:
        StudyError: If it is none that the search itself trained to the end.
    """
    found = next((record for record in view.tally.records if record.number == number), None)
    if found is None:
        raise StudyError(f"The study {view.folder.name} has no finished trial {number}; `nas status` lists its best ones.")
    if found.baseline:
        raise StudyError(
            f"Trial {number} is {found.baseline}, which a person designed; a verdict is on a network of the search, and"
            f" --against {found.baseline} compares with that one."
        )
    if found.outcome != "completed":
        raise StudyError(
            f"Trial {number} of {view.folder.name} was {found.outcome}; a verdict takes a network that the search trained to"
            " the end."
        )
    return found


def beside_pick(
    pick: TrialRecord,
    *,
    against: Sequence[str] | None,
    hand: Mapping[str, Network],
    scores: Mapping[str, float | None],
    own: Sequence[str],
    aim: CostAim,
) -> tuple[str, ...]:
    """What a network that the user names is compared with.

    Whom the user names, else the declared best, the best by search score, and the best by search score of those that cost no
    more than it: the larger ones say what a small network gives up, the last what there was at its price.

    Args:
        pick: The network.
        against: Whom the user names of the hand-designed networks, or None.
        hand: The networks by hand that keep to the budget.
        scores: Their search scores, None or nothing for those that the search did not train.
        own: The user's own networks.
        aim: The cost that decides what costs no more.
    """

    def standing(name: str) -> tuple[float, int]:
        return scores.get(name) or -1.0, measure(hand[name]).parameters

    no_dearer = [name for name in hand if getattr(measure(hand[name]), aim) <= getattr(pick, aim)]
    best = [max(names, key=standing) for names in (list(hand), no_dearer) if names]
    default = [*([DECLARED_BEST] if DECLARED_BEST in hand else []), *best]
    return tuple(dict.fromkeys((*(default if against is None else against), *own)))
