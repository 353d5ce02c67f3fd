"""What a search is to do, with everything found."""

from dataclasses import dataclass

from nas.architecture import Suggest, Task
from nas.data import DataRef
from nas.engine.objective import CostAim
from nas.engine.spaces import Space
from nas.engine.stoppers import Stopper
from nas.engine.tuning import PlanTuning
from nas.training.plan import TrainingPlan
from nas.training.work import Proposal

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
    tuning: PlanTuning | None = None
    """Varies the plan from trial to trial, where it is to be."""
    aim: CostAim | None = None
    """The cost that is to be small beside a large accuracy, or None where accuracy is all."""

    def draw(self, trial: Suggest) -> Proposal:
        """What a trial's choices propose: first the network, then the plan."""
        network = self.space.draw(trial, self.task)
        return Proposal(network, self.tuning.draw(trial) if self.tuning else self.plan)
