"""Whether a training is given up, by the networks that it may be compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

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
    records: Sequence[TrialRecord],
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
        records: Of the trials that have ended.
        beside: What is being trained at the same time, baselines left out.
        stopper: Decides.
        epochs: Of a whole training.
        aim: The cost that is to be small too, or None.
    """
    within: dict[str, int] = {} if aim is None else {aim: costs(runner.network)[aim]}
    flying = [one.curve for one in beside if all(costs(one.network)[name] <= most for name, most in within.items())]
    decision = stopper.decide(runner.curve, rival_curves(records, within=within) + flying, epochs=epochs)
    if decision.goes_on:
        return None
    return f"{decision.reason}, among networks of at most {within[aim]:,} {unit(aim)}" if aim else decision.reason


def rival_curves(records: Sequence[TrialRecord], *, within: Mapping[str, int] = MappingProxyType({})) -> list[Curve]:
    """The curves that a trial is compared with: those of trained trials, not of baselines.

    Args:
        records: Of all trials.
        within: The most that a rival may cost, by the name of the cost.
    """
    return [
        record.curve
        for record in records
        if record.trained and all(getattr(record, name) <= most for name, most in within.items())
    ]
