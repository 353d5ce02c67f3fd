"""One search in a surrogate world, through the real driver, study, sampler and stopper, in virtual time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import optuna
from surrogate import Surrogate
from virtual import VirtualWorkers

from nas.architecture import Architecture, Budget, Task, layers_of, measure
from nas.baselines import baselines
from nas.data import DataRef
from nas.engine.driver import Driver
from nas.engine.objective import CostAim
from nas.engine.order import Order
from nas.engine.progress import Progress
from nas.engine.records import TrialRecord
from nas.engine.results import Training
from nas.engine.samplers import ProposalSampler, SamplerName
from nas.engine.spaces import find_space
from nas.engine.stoppers import Stopper
from nas.engine.study import Study
from nas.training.curve import Curve, EpochRow
from nas.training.plan import NOTEBOOK
from nas.training.versions import versions
from nas.training.work import Checkpoint, Segment, Work

TASK = Task(input_shape=(28, 28, 1), classes=10, budget=Budget(parameters=7_000))
DATA = DataRef(name="surrogate", sha256="0" * 64)
START_SECONDS = 0.5
"""Building and tracing a network, on a core of the machine that the epochs' seconds are from."""
SEGMENT_SECONDS = 0.1
"""Between two segments: storing, deciding, submitting."""


@dataclass(frozen=True)
class Policy:
    """How a search is done."""

    sampler: SamplerName
    stopper: Stopper
    slowness: float = 1.0
    """Seconds an epoch, as a multiple of ours."""
    aim: CostAim | None = None
    """The cost that is to be small beside a large accuracy, or None where accuracy is all."""

    def search(self, surrogate: Surrogate, *, seed: int, seconds: float) -> "Simulated":
        """A search of so many virtual seconds."""
        return simulate(surrogate, self, seed=seed, seconds=seconds)


@dataclass(frozen=True)
class Counts:
    """What a search spent."""

    trained: int
    """Networks, for at least an epoch."""
    completed: int
    """To the end."""
    epochs: int
    refused: int
    """Proposals over the budget."""


@dataclass(frozen=True)
class Simulated:
    """What a search came to."""

    records: tuple[TrialRecord, ...]
    ends: dict[int, float]
    """Virtual seconds at which each trial ended, by its number."""

    @property
    def in_order(self) -> tuple[TrialRecord, ...]:
        """The networks that the search trained, as they ended."""
        trained = [record for record in self.records if record.trained]
        return tuple(sorted(trained, key=lambda record: self.ends[record.number]))

    @property
    def counts(self) -> Counts:
        """What the search spent."""
        trained = self.in_order
        return Counts(
            trained=len(trained),
            completed=sum(record.outcome == "completed" for record in trained),
            epochs=sum(len(record.curve) for record in trained),
            refused=sum(record.outcome == "refused" for record in self.records),
        )

    def pick(self, *, seconds: float) -> Architecture | None:
        """The network with the best score among those trained to the end by then; hand-designed ones are not counted."""
        return best_of([record for record in self.in_order if self.ends[record.number] <= seconds])


def best_of(records: Sequence[TrialRecord]) -> Architecture | None:
    """The network with the best score among those trained to the end, or None if there is none."""
    done = [record for record in records if record.outcome == "completed"]
    best = max(done, key=lambda record: record.score or 0.0, default=None)
    return layers_of(best.network) if best else None


@dataclass
class Memory:
    """Trainings that are kept nowhere but in the driver: what a simulation needs of results."""

    def load(self, work: Work) -> Training | None:  # noqa: ARG002
        """Nothing is known of any training."""
        return None

    def checkpoint(self, work: Work, *, epoch: int) -> Checkpoint:  # noqa: ARG002
        """Where a training stands."""
        return Checkpoint(epoch, {})

    def save(self, work: Work, segment: Segment, *, before: Curve) -> Training:
        """The training with the segment added."""
        return Training(
            network=work.network,
            plan=work.plan,
            data=work.data,
            seed=work.seed,
            curve=before + segment.curve,
            failure=None,
            versions=versions(),
        )

    def drop_checkpoint(self, work: Work) -> None:
        """Nothing is kept."""


@dataclass
class _Watch:
    """Notes when each trial ended."""

    pool: VirtualWorkers
    ends: dict[int, float] = field(default_factory=dict)

    def __call__(self, progress: Progress) -> None:
        for record in progress.tally.records:
            self.ends.setdefault(record.number, self.pool.clock())


def simulate(
    surrogate: Surrogate,
    policy: Policy,
    *,
    seed: int,
    seconds: float | None = None,
    trials: int = 1_000_000,
    workers: int = 2,
    task: Task = TASK,
    with_baselines: bool = False,
) -> Simulated:
    """A search of so many virtual seconds, or trials, whichever ends first."""

    def train(work: Work) -> Segment:
        begin = work.checkpoint.epoch if work.checkpoint else 0
        network = layers_of(work.network)
        accuracies = surrogate.curve(network, seed=work.seed)
        rows = tuple(
            EpochRow(
                epoch=epoch,
                train_loss=0.0,
                train_accuracy=0.0,
                val_loss=0.0,
                val_accuracy=accuracies[epoch - 1],
                seconds=policy.slowness * epoch_seconds(network),
            )
            for epoch in range(begin + 1, work.until_epoch + 1)
        )
        return Segment(rows, Checkpoint(work.until_epoch, {}))

    pool = VirtualWorkers(workers=workers, start=START_SECONDS, overhead=SEGMENT_SECONDS)
    space = find_space("plain")
    order = Order(task, space, NOTEBOOK, DATA, policy.stopper, seed=seed, trials=trials, timeout=seconds, aim=policy.aim)
    proposals = ProposalSampler(
        policy.sampler,
        space=space,
        task=task,
        study_seed=seed,
        trained=lambda: driver.trained,
        barren=lambda: driver.barren,
        aim=policy.aim,
    )
    locate = space.locate if with_baselines else None
    first = {name: locate(network, task) or {} for name, network in baselines(task).items()} if locate else {}
    study = Study(optuna.storages.InMemoryStorage(), "simulated", sampler=proposals, baselines=first, aim=policy.aim)
    watch = _Watch(pool)
    driver = Driver(order, study, Memory(), pool, workers, train, watch, wait=pool.wait, clock=pool.clock)
    driver.run()
    return Simulated(driver.tally.records, watch.ends)


def epoch_seconds(network: Architecture) -> float:
    """About how long an epoch of 48,000 images takes on one core, by multiply-accumulate operations."""
    return 0.7 + 5.5e-6 * measure(network).macs
