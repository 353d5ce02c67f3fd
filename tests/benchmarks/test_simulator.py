"""The simulator's worlds are like the real one, and our engine finds better networks in them than random draws do."""

import sys
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from fake_search import TASK
from hypothesis import given, settings
from strategies import plain_architectures

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "simulator"))  # programs beside each other, no package

from simulation import Policy, simulate
from surrogate import EPOCHS, Surrogate, read_table
from virtual import VirtualWorkers

from nas.architecture import Architecture, fits, layers_of, measure
from nas.baselines import baselines
from nas.engine.choices import Drawing
from nas.engine.spaces import find_space
from nas.engine.stoppers import Promising, SuccessiveHalving
from nas.training.curve import EpochRow
from nas.training.work import Checkpoint, Segment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world() -> Surrogate:
    return Surrogate(0)


@settings(max_examples=30, deadline=None)
@given(network=plain_architectures())
def test_a_world_is_a_function_of_its_number(network: Architecture) -> None:
    one, again, other = (Surrogate(number).curve(network, seed=3) for number in (0, 0, 1))
    assert one.shape == (EPOCHS,)
    assert ((one >= 0) & (one <= 1)).all()
    assert (one == again).all()
    assert (one != other).any() or one.max() < 0.2  # a dead training is the same everywhere


def test_seeds_of_a_network_differ_about_as_much_as_real_ones(world: Surrogate) -> None:
    network = baselines(TASK)["model-2"]
    finals = [world.curve(network, seed=seed)[-3:].mean() for seed in range(200)]
    assert 0.0005 < np.std(finals) < 0.003
    assert abs(np.mean(finals) - world.score(network)) < 0.001


def test_random_networks_are_about_as_good_as_the_real_ones() -> None:
    generator, space = np.random.default_rng(1), find_space("plain")
    drawn = (layers_of(space.draw(Drawing(generator), TASK)) for _ in range(900))
    networks = [network for network in drawn if fits(measure(network), budget=TASK.budget)][:400]
    real = np.quantile(0.994 - np.exp(-read_table().levels), (0.9, 1.0))
    for number in range(3):
        scores = [Surrogate(number).score(network) for network in networks]
        assert np.quantile(scores, (0.9, 1.0)) == pytest.approx(real, abs=0.02)


def test_virtual_workers_pass_time_side_by_side() -> None:
    def train(epochs: int) -> Segment:
        row = EpochRow(epoch=1, train_loss=0, train_accuracy=0, val_loss=0, val_accuracy=0.5, seconds=2.0)
        return Segment((row,) * epochs, Checkpoint(epochs, {}))

    pool = VirtualWorkers(workers=2, start=1.0, overhead=0.5)
    long, short = pool.submit(train, 5), pool.submit(train, 1)
    assert pool.wait([long, short]) == ({short}, {long})
    assert pool.clock() == 3.5
    third = pool.submit(train, 1)
    assert pool.wait([long, third])[0] == {third}
    assert pool.clock() == 7.0
    pool.wait([long])
    assert pool.clock() == 11.5


def test_our_engine_finds_better_networks_than_random_draws() -> None:
    """The guard of sample efficiency: five virtual minutes in each of four worlds."""
    ours, chance = Policy("forest", Promising()), Policy("random", SuccessiveHalving())

    def quality(policy: Policy) -> float:
        worlds = [Surrogate(number) for number in range(100, 104)]
        picks = [simulate(world, policy, seed=7, seconds=300).pick(seconds=300) for world in worlds]
        return fmean(world.score(pick) for world, pick in zip(worlds, picks, strict=True) if pick)

    assert quality(ours) > quality(chance) + 0.001
