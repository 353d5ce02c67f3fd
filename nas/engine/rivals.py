"""Whether a training is given up, by the networks that it may be compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nas.architecture import Network
from nas.engine.objective import CostAim, unit
from nas.engine.records import TrialRecord, costs
from nas.engine.stoppers import Stopper
from nas.training.curve import Curve


@dataclass(frozen=True)
class Runner:
    """A network in training."""

    network: Network
    curve: Curve
    """Its epochs so far."""


def reason_to_stop(
    runner: Runner,
    *,
    ended: Sequence[TrialRecord],
    beside: Sequence[Runner],
    stopper: Stopper,
    epochs: int,
    aim: CostAim | None,
) -> str | None:
    """Why a training is given up, or None where it goes on.

    Where cost counts, its rivals are the networks that cost no more than it: a better curve of a dearer one does not keep it
    from the front.

    Args:
        runner: The training.
        ended: Records of the trials that were trained, baselines left out.
        beside: What is being trained at the same time, baselines left out.
        stopper: Decides.
        epochs: Of a whole training.
        aim: The cost that is to be small too, or None.
    """
    within: dict[str, int] = {} if aim is None else {aim: costs(runner.network)[aim]}
    flying = [one.curve for one in beside if all(costs(one.network)[name] <= most for name, most in within.items())]
    decision = stopper.decide(runner.curve, rival_curves(ended, within=within) + flying, epochs=epochs)
    if decision.goes_on:
        return None
    return f"{decision.reason}, among networks of at most {within[aim]:,} {unit(aim)}" if aim else decision.reason


def rival_curves(ended: Sequence[TrialRecord], *, within: Mapping[str, int]) -> list[Curve]:
    """The curves that a trial is compared with.

    Args:
        ended: Records of the trials that were trained.
        within: The most that a rival may cost, by the name of the cost.
    """
    if not within:
        return [record.curve for record in ended]
    return [record.curve for record in ended if all(getattr(record, name) <= most for name, most in within.items())]
