"""Searches of other tools in a surrogate world: KerasTuner's own oracles, and promotion-type ASHA as Syne Tune has it."""

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from simulation import SEGMENT_SECONDS, START_SECONDS, TASK, Counts, epoch_seconds
from surrogate import EPOCHS

from nas.architecture import Architecture, fits, layers_of, measure
from nas.engine.choices import Drawing
from nas.engine.spaces import find_space

sys.path.insert(0, str(Path(__file__).parents[1] / "peers"))

PATIENCE_EPOCHS = 5
"""Epochs without a better accuracy after which KerasTuner's trainings end; real ones look at the loss, which no world has."""
ENDLESS = 100_000
"""Trials, or iterations of Hyperband: the clock ends the search."""
SEED_STRIDE = 1_000_000
"""KerasTuner draws with its seed plus one, plus two, and so on."""


@dataclass(frozen=True)
class Step:
    """What a worker is given."""

    name: str
    """By which its tool knows it."""
    network: Architecture
    training: str
    """Whose seed it has; a training that goes on stays the same."""
    begin: int
    """Epochs that it has already."""
    end: int
    """Epochs that it will have; none are trained where that is `begin`, as for a network over the budget."""
    patience: int = EPOCHS
    """Epochs without a better accuracy after which it ends earlier."""


class World(Protocol):
    """Where networks have curves."""

    def curve(self, network: Architecture, *, seed: int) -> NDArray[np.float64]:
        """Validation accuracy after each epoch of one training."""


class Asker(Protocol):
    """A tool that decides what is trained."""

    @property
    def pick(self) -> Architecture | None:
        """What the tool would hand over now."""

    def ask(self) -> Step | None:
        """What to train next, or None where that waits for a result."""

    def tell(self, step: Step, accuracies: Sequence[float]) -> None:
        """Validation accuracy after each epoch of a step."""


@dataclass
class Found:
    """What a search of another tool came to."""

    picks: list[tuple[float, Architecture | None]] = field(default_factory=list)
    """What it would have handed over, from each virtual second on."""
    networks: set[str] = field(default_factory=set)
    completed: int = 0
    epochs: int = 0
    refused: int = 0

    def pick(self, *, seconds: float) -> Architecture | None:
        """What it would have handed over after so many virtual seconds."""
        return next((network for begin, network in reversed(self.picks) if begin <= seconds), None)

    @property
    def counts(self) -> Counts:
        """What the search spent."""
        return Counts(trained=len(self.networks), completed=self.completed, epochs=self.epochs, refused=self.refused)


def seek(asker: Asker, surrogate: World, *, seed: int, seconds: float, slowness: float, workers: int = 2) -> Found:
    """A search of so many virtual seconds."""
    found, pending, number, now = Found(), list[tuple[float, int, Step, list[float]]](), count(), 0.0
    while True:
        while len(pending) < workers and (step := asker.ask()):
            accuracies = _until_patience(surrogate, step, seed=seed)
            spent = START_SECONDS + SEGMENT_SECONDS + slowness * epoch_seconds(step.network) * len(accuracies)
            heappush(pending, (now + spent, next(number), step, accuracies))
        if not pending:
            return found
        now, _, step, accuracies = heappop(pending)
        if now > seconds:
            return found
        asker.tell(step, accuracies)
        found.picks.append((now, asker.pick))
        if accuracies:
            found.networks.add(step.network.key)
            found.epochs += len(accuracies)
            found.completed += step.end == EPOCHS
        else:
            found.refused += 1


def _until_patience(surrogate: World, step: Step, *, seed: int) -> list[float]:
    """Accuracies of a step's epochs, cut where patience ends."""
    curve = surrogate.curve(step.network, seed=crc32(f"{seed} {step.training}".encode()))[step.begin : step.end]
    best, kept = 0, list[float]()
    for accuracy in curve:
        kept.append(float(accuracy))
        best = len(kept) - 1 if kept[-1] > kept[best] else best
        if len(kept) - 1 - best >= step.patience:
            break
    return kept


class Asha:
    """Random networks that fit; the best third at each rung goes on as soon as a worker is free.

    Source: Li et al., A system for massively parallel hyperparameter tuning, arXiv:1810.05934, algorithm 2, with Syne Tune's
    defaults: one epoch at least, a reduction factor of 3, the best value ever reported as the pick's.
    """

    def __init__(self, *, seed: int) -> None:
        self._draws, self._space = np.random.default_rng(seed), find_space("plain")
        self._networks: dict[str, Architecture] = {}
        self._rungs = (1, 3, 9, EPOCHS)
        self._reached: list[dict[str, float]] = [{} for _ in self._rungs]
        self._promoted: list[set[str]] = [set() for _ in self._rungs]
        self._best: tuple[float, Architecture | None] = (0.0, None)

    @property
    def pick(self) -> Architecture | None:
        """The network with the highest accuracy after any epoch."""
        return self._best[1]

    def ask(self) -> Step:
        """A promotion from the highest rung that has one, or a new network."""
        for level in range(len(self._rungs) - 2, -1, -1):
            reached = self._reached[level]
            leaders = sorted(reached, key=lambda name: -reached[name])[: len(reached) // 3]
            name = next((name for name in leaders if name not in self._promoted[level]), None)
            if name is not None:
                self._promoted[level].add(name)
                return Step(name, self._networks[name], name, self._rungs[level], self._rungs[level + 1])
        network = self._new()
        self._networks[network.key] = network
        return Step(network.key, network, network.key, 0, self._rungs[0])

    def tell(self, step: Step, accuracies: Sequence[float]) -> None:
        """Takes a network into its rung."""
        self._reached[self._rungs.index(step.end)][step.name] = accuracies[-1]
        self._best = max(self._best, (max(accuracies), step.network), key=lambda one: one[0])

    def _new(self) -> Architecture:
        while True:
            network = layers_of(self._space.draw(Drawing(self._draws), TASK))
            if network.key not in self._networks and fits(measure(network), budget=TASK.budget):
                return network


class Oracle:
    """One of KerasTuner's oracles, asked and told as its own tuner does in `../peers/kerastuner_search.py`."""

    def __init__(self, oracle: Any, folder: Path) -> None:
        import keras_tuner
        from kerastuner_space import declare

        self._oracle, self._free = oracle, ["worker1", "worker0"]
        self._trials: dict[str, tuple[Any, str]] = {}
        self._trainings: dict[str, str] = {}
        self._best: tuple[float, Architecture | None] = (0.0, None)
        oracle._set_project_dir(folder, "search")
        oracle.verbose = 0
        declared = keras_tuner.HyperParameters()
        declare(declared)
        oracle.update_space(declared)

    @property
    def pick(self) -> Architecture | None:
        """The network of the trial with the highest accuracy."""
        return self._best[1]

    def ask(self) -> Step | None:
        """The oracle's next trial."""
        from kerastuner_space import network_of

        worker = self._free.pop()
        trial = self._oracle.create_trial(worker)
        if trial.status != "RUNNING":
            self._free.append(worker)
            return None
        self._trials[trial.trial_id] = (trial, worker)
        values, network = trial.hyperparameters.values, network_of(trial.hyperparameters)
        begin = values.get("tuner/initial_epoch", 0)
        end = values.get("tuner/epochs", EPOCHS) if fits(measure(network), budget=TASK.budget) else begin
        training = self._trainings.get(values.get("tuner/trial_id", ""), trial.trial_id)
        self._trainings[trial.trial_id] = training
        return Step(trial.trial_id, network, training, begin, end, PATIENCE_EPOCHS)

    def tell(self, step: Step, accuracies: Sequence[float]) -> None:
        """Ends the trial with its best accuracy, or that of guessing."""
        from kerastuner_space import GUESSING

        trial, worker = self._trials[step.name]
        self._free.append(worker)
        self._oracle.update_trial(step.name, {"val_accuracy": max(accuracies, default=GUESSING)})
        trial.status = "COMPLETED"
        self._oracle.end_trial(trial)
        if accuracies:
            self._best = max(self._best, (max(accuracies), step.network), key=lambda one: one[0])


@contextmanager
def asha(seed: int) -> Iterator[Asker]:
    """Promotion-type ASHA."""
    yield Asha(seed=seed)


@contextmanager
def hyperband(seed: int) -> Iterator[Asker]:
    """KerasTuner's Hyperband, iterations without end, its random draws made again until they fit."""
    import keras_tuner
    from kerastuner_space import only_fitting

    oracle = keras_tuner.oracles.HyperbandOracle(
        keras_tuner.Objective("val_accuracy", "max"),
        max_epochs=EPOCHS,
        factor=3,
        hyperband_iterations=ENDLESS,
        seed=SEED_STRIDE * (seed + 1),
    )
    oracle._random_values = only_fitting(oracle._random_values)
    with TemporaryDirectory(prefix="simulated-") as name:
        yield Oracle(oracle, Path(name))


@contextmanager
def bayesian(seed: int) -> Iterator[Asker]:
    """KerasTuner's Bayesian optimization with its defaults."""
    import keras_tuner

    warnings.filterwarnings("ignore", module="sklearn")  # what a fit of its Gaussian process says of itself
    oracle = keras_tuner.oracles.BayesianOptimizationOracle(
        keras_tuner.Objective("val_accuracy", "max"), max_trials=ENDLESS, seed=SEED_STRIDE * (seed + 1)
    )
    with TemporaryDirectory(prefix="simulated-") as name:
        yield Oracle(oracle, Path(name))


@dataclass(frozen=True)
class Peer:
    """How another tool searches."""

    open: Callable[[int], AbstractContextManager[Asker]]
    """The tool with a seed."""
    slowness: float = 1.0
    """Seconds an epoch, as a multiple of ours."""

    def search(self, surrogate: World, *, seed: int, seconds: float) -> Found:
        """A search of so many virtual seconds."""
        with self.open(seed) as asker:
            return seek(asker, surrogate, seed=seed, seconds=seconds, slowness=self.slowness)
