"""Other tools, simulated: ASHA promotes by its rule, and KerasTuner's oracles are asked as its own tuner asks them."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from fake_search import TASK
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "simulator"))  # programs beside each other, no package

from peers import Asha, Asker, Step, bayesian, hyperband, seek
from surrogate import EPOCHS, Surrogate

from nas.architecture import Architecture, fits, measure
from nas.baselines import baselines

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:currentThread:DeprecationWarning"),  # keras_tuner/src/engine/oracle.py, `synchronized`
    pytest.mark.filterwarnings("ignore:getName:DeprecationWarning"),  # the same
]


def test_asha_promotes_the_best_third_of_a_rung_and_prefers_high_rungs() -> None:
    asha = Asha(seed=0)
    first = [asha.ask() for _ in range(9)]
    assert {(step.begin, step.end) for step in first} == {(0, 1)}
    assert len({step.name for step in first}) == 9
    assert all(fits(measure(step.network), budget=TASK.budget) for step in first)
    for step, accuracy in zip(first[:2], (0.5, 0.9), strict=True):
        asha.tell(step, [accuracy])
    assert asha.ask().begin == 0  # a third of two is nobody
    for step, accuracy in zip(first[2:], (0.6, 0.95, 0.7, 0.4, 0.8, 0.3, 0.2), strict=True):
        asha.tell(step, [accuracy])
    promoted = [asha.ask() for _ in range(3)]
    assert [step.name for step in promoted] == [first[3].name, first[1].name, first[6].name]
    assert {(step.begin, step.end) for step in promoted} == {(1, 3)}
    assert asha.ask().begin == 0
    for step, accuracy in zip(promoted, (0.96, 0.97, 0.9), strict=True):
        asha.tell(step, [accuracy, accuracy])
    upper = asha.ask()
    assert (upper.name, upper.begin, upper.end) == (first[1].name, 3, 9)
    assert asha.pick == first[1].network


class Listed:
    """A tool that trains one network again and again, for so many epochs each time."""

    def __init__(self, network: Architecture, epochs: Sequence[int], *, patience: int = EPOCHS) -> None:
        self.steps = [Step(str(number), network, str(number), 0, end, patience) for number, end in enumerate(epochs)]
        self.told: list[tuple[Step, int]] = []
        self.pick: Architecture | None = None

    def ask(self) -> Step | None:
        return self.steps.pop(0) if self.steps else None

    def tell(self, step: Step, accuracies: Sequence[float]) -> None:
        self.told.append((step, len(accuracies)))
        self.pick = step.network


def test_two_workers_pass_virtual_time_side_by_side_and_what_ends_late_does_not_count() -> None:
    network, world = baselines(TASK)["model-2"], Surrogate(0)
    tool = Listed(network, [1, 5, 1, 1, 15])
    found = seek(tool, world, seed=0, seconds=30, slowness=1.0)
    assert [step.end for step, _ in tool.told] == [1, 1, 1, 5]
    assert found.epochs == 8
    assert (found.pick(seconds=1), found.pick(seconds=30)) == (None, network)


class Rising:
    """A world in which every training rises for four epochs, and no more."""

    def curve(self, network: Architecture, *, seed: int) -> NDArray[np.float64]:
        return np.minimum(np.arange(1, EPOCHS + 1), 4) / 10


@pytest.mark.parametrize(("patience", "epochs"), [(2, 6), (5, 9), (EPOCHS, EPOCHS)])
def test_a_training_without_progress_ends_after_its_patience(patience: int, epochs: int) -> None:
    tool = Listed(baselines(TASK)["model-2"], [EPOCHS], patience=patience)
    found = seek(tool, Rising(), seed=1, seconds=1_000, slowness=1.0)
    assert found.epochs == epochs


@pytest.mark.keras
@pytest.mark.parametrize("opened", [hyperband, bayesian], ids=["hyperband", "bayesian"])
def test_an_oracle_trains_what_fits_and_is_told_of_the_rest(opened: Callable[[int], AbstractContextManager[Asker]]) -> None:
    world = Surrogate(3)
    with opened(3) as asker:
        found = seek(asker, world, seed=3, seconds=200, slowness=1.2)
    assert found.counts.trained > 3
    assert found.counts.completed <= found.counts.trained
    assert (found.counts.refused == 0) == (opened is hyperband)
    assert (pick := found.pick(seconds=200))
    assert fits(measure(pick), budget=TASK.budget)


@pytest.mark.keras
def test_hyperband_goes_on_with_the_training_that_it_promotes() -> None:
    with hyperband(1) as asker:
        seen: dict[str, Step] = {}
        for step in islice(_steps(asker), 120):
            if step.begin:
                before = max((one for one in seen.values() if one.training == step.training), key=lambda one: one.end)
                assert (before.network, before.end) == (step.network, step.begin)
            seen[step.name] = step
    assert any(step.begin for step in seen.values())
    assert {step.training for step in seen.values() if step.begin} <= {step.training for step in seen.values() if not step.begin}


def _steps(asker: Asker) -> Iterator[Step]:
    """What a tool asks for with one worker, told an accuracy that grows with its parameters."""
    while step := asker.ask():
        yield step
        asker.tell(step, [measure(step.network).parameters / 10_000] * (step.end - step.begin))
