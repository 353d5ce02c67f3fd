"""Law 3: a training in segments is the training in one go, bit for bit."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest
from small_works import BASELINES, STATEFUL, assert_same, untimed, work

from nas.architecture import Architecture
from nas.training.trainer import train, train_one
from nas.training.work import Segment, Work

pytestmark = [pytest.mark.keras, pytest.mark.slow]


@pytest.fixture(scope="module", params=[BASELINES["model-2"], STATEFUL], ids=["model-2", "with states"])
def network(request: pytest.FixtureRequest) -> Architecture:
    assert isinstance(request.param, Architecture)
    return request.param


@pytest.fixture(scope="module")
def first(network: Architecture) -> Segment:
    return train_one(work(network, until_epoch=1))


@pytest.fixture(scope="module")
def whole(network: Architecture) -> Segment:
    return train_one(work(network, until_epoch=3))


def _rest(first: Segment, network: Architecture) -> Work:
    return work(network, until_epoch=3, checkpoint=first.checkpoint)


def test_one_and_two_epochs_are_three_bit_for_bit(network: Architecture, first: Segment, whole: Segment) -> None:
    rest = train_one(_rest(first, network))
    assert untimed(first.curve + rest.curve) == untimed(whole.curve)
    assert_same(rest.checkpoint, whole.checkpoint)


def test_one_and_two_epochs_are_three_across_processes_too(network: Architecture, first: Segment, whole: Segment) -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        rest = process.submit(train_one, _rest(first, network)).result()
    assert untimed(first.curve + rest.curve) == untimed(whole.curve)
    assert_same(rest.checkpoint, whole.checkpoint)


def test_every_array_that_training_changes_is_in_the_checkpoint(network: Architecture, first: Segment, whole: Segment) -> None:
    assert (first.checkpoint.epoch, whole.checkpoint.epoch) == (1, 3)
    for name, array in whole.checkpoint.arrays.items():
        changed = not np.array_equal(array, first.checkpoint.arrays[name])
        assert changed or array.size <= 1, name  # the learning rate stays


def test_going_on_leaves_the_checkpoint_that_it_went_on_from(network: Architecture, first: Segment) -> None:
    copy = replace(first.checkpoint, arrays={name: array.copy() for name, array in first.checkpoint.arrays.items()})
    train_one(work(network, until_epoch=2, checkpoint=first.checkpoint))
    assert_same(first.checkpoint, copy)


def test_a_segment_up_to_where_the_training_stands_changes_nothing(network: Architecture, first: Segment) -> None:
    still = train_one(work(network, until_epoch=1, checkpoint=first.checkpoint))
    assert still.curve == ()
    assert_same(still.checkpoint, first.checkpoint)


def test_another_seed_gives_another_training(network: Architecture, first: Segment) -> None:
    assert untimed(train_one(work(network, seed=6)).curve) != untimed(first.curve)


def test_works_in_one_call_are_trained_in_order_as_if_alone(network: Architecture, first: Segment) -> None:
    basic, again = train((work(BASELINES["basic"]), work(network)))
    assert untimed(again.curve) == untimed(first.curve)
    assert_same(again.checkpoint, first.checkpoint)
    assert [array.shape for array in basic.checkpoint.arrays.values()][:2] == [(1, 10), (10,)]
