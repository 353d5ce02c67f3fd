"""The order of the images, and the seeds behind a training."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nas.training.trainer import epoch_order, weights_seed

_SEEDS = st.integers(0, 2**64 - 1)
_EPOCHS = st.integers(1, 1_000)


@given(st.integers(0, 300), _SEEDS, _EPOCHS)
def test_an_epoch_sees_every_image_once(count: int, seed: int, epoch: int) -> None:
    order = epoch_order(count, seed=seed, epoch=epoch)
    assert order.dtype == np.int32
    assert sorted(order.tolist()) == list(range(count))


@given(_SEEDS, _SEEDS, _EPOCHS, _EPOCHS)
def test_the_order_is_a_function_of_seed_and_epoch_and_of_nothing_else(seed: int, other: int, epoch: int, later: int) -> None:
    order = epoch_order(100, seed=seed, epoch=epoch)
    epoch_order(100, seed=other, epoch=later)
    np.testing.assert_array_equal(epoch_order(100, seed=seed, epoch=epoch), order)
    same = np.array_equal(epoch_order(100, seed=other, epoch=later), order)
    assert same is ((seed, epoch) == (other, later))


def test_the_order_of_a_seed_is_the_one_that_published_runs_had() -> None:
    assert epoch_order(8, seed=0, epoch=1).tolist() == [0, 7, 1, 4, 6, 3, 5, 2]


@given(_SEEDS, _SEEDS)
def test_each_seed_has_first_weights_of_its_own(seed: int, other: int) -> None:
    assert (weights_seed(seed) == weights_seed(other)) is (seed == other)
    assert 0 <= weights_seed(seed) < 2**32
