"""What a search is to do, with everything found."""

from dataclasses import dataclass

from nas.architecture import Task
from nas.data import DataRef
from nas.engine.spaces import Space
from nas.engine.stoppers import Stopper
from nas.training.plan import TrainingPlan

BARREN_PROPOSALS = 2_000


@dataclass(frozen=True)
class Order:
    """What is to be searched for, with everything found."""

    task: Task
    space: Space
    plan: TrainingPlan
    data: DataRef
    stopper: Stopper
    seed: int
    """The study's seed."""
    trials: int
    """Networks to train."""
    timeout: float | None
    """Seconds after which no training goes on."""
    trial_timeout: float | None = None
    """Seconds that a trial may train; one that takes longer has failed."""
    patience: int = BARREN_PROPOSALS
    """Proposals in a row without a new network that fits, after which the space counts as exhausted."""
