"""Law 3: a training in segments is the training in one go, bit for bit."""

import gc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any
from weakref import ref

import numpy as np
import pytest
from small_works import BASELINES, STATEFUL, assert_same, untimed, work

from nas.architecture import Architecture
from nas.training.plan import NOTEBOOK
from nas.training.runners import make_runner
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


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """Every model that is made ready to be traced from here on, as weak references; only one may be in memory at a time."""
    models: list[Callable[[], object]] = []

    def recorded(model: Any, *given: Any, **named: Any) -> Any:
        assert not any(model() for model in models), "the last model is still in memory"
        models.append(ref(model))
        return make_runner(model, *given, **named)

    monkeypatch.setattr("nas.training.trainer.make_runner", recorded)
    train_one(work(BASELINES["basic"]))  # whatever was trained before these tests is not the latest any more
    models.clear()
    return models


def test_going_on_with_what_was_just_trained_traces_nothing(
    network: Architecture, whole: Segment, traced: list[Callable[[], object]]
) -> None:
    first = train_one(work(network, until_epoch=1))
    rest = train_one(_rest(first, network))
    assert len(traced) == 1
    assert untimed(first.curve + rest.curve) == untimed(whole.curve)
    assert_same(rest.checkpoint, whole.checkpoint)


@pytest.mark.parametrize(
    ("other", "graphs"),
    [({"seed": 6}, 1), ({"network": BASELINES["basic"]}, 3), ({"plan": NOTEBOOK.model_copy(update={"batch_size": 64})}, 3)],
    ids=["another seed", "another network", "another plan"],
)
def test_a_training_goes_on_as_ever_after_another_one(
    other: dict[str, Any], graphs: int, network: Architecture, whole: Segment, traced: list[Callable[[], object]]
) -> None:
    first = train_one(work(network, until_epoch=1))
    between = train_one(replace(work(network, until_epoch=1), **other))
    rest = train_one(_rest(first, network))
    assert len(traced) == graphs
    assert untimed(between.curve) != untimed(first.curve)
    assert untimed(first.curve + rest.curve) == untimed(whole.curve)
    assert_same(rest.checkpoint, whole.checkpoint)


def test_a_segment_done_again_from_an_older_checkpoint_is_the_same(
    network: Architecture, whole: Segment, traced: list[Callable[[], object]]
) -> None:
    first = train_one(work(network, until_epoch=1))
    copy = replace(first.checkpoint, arrays={name: array.copy() for name, array in first.checkpoint.arrays.items()})
    rests = [train_one(_rest(first, network)) for _ in range(2)]
    assert len(traced) == 1
    assert_same(first.checkpoint, copy)
    for rest in rests:  # the one of the first time is still what it was
        assert untimed(rest.curve) == untimed(whole.curve[1:])
        assert_same(rest.checkpoint, whole.checkpoint)


def test_a_training_that_starts_anew_starts_from_fresh_weights(
    network: Architecture, first: Segment, traced: list[Callable[[], object]]
) -> None:
    for _ in range(2):
        again = train_one(work(network, until_epoch=1))
        assert untimed(again.curve) == untimed(first.curve)
        assert_same(again.checkpoint, first.checkpoint)
    assert len(traced) == 1


def test_another_seed_on_the_same_graph_trains_as_in_a_process_of_its_own(
    network: Architecture, traced: list[Callable[[], object]]
) -> None:
    ours = [train_one(work(network, seed=seed, until_epoch=2)) for seed in (5, 6)][-1]
    assert len(traced) == 1
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        alone = process.submit(train_one, work(network, seed=6, until_epoch=2)).result()
    assert untimed(ours.curve) == untimed(alone.curve)
    assert_same(ours.checkpoint, alone.checkpoint)


def test_a_training_leaves_no_graph_in_memory_when_another_begins() -> None:
    graphs = []
    for name in ("model-2", "model-5", "model-2"):
        train_one(work(BASELINES[name]))  # silu would leave some: it is a custom gradient inside TensorFlow
        graphs.append(sum("FuncGraph" in type(thing).__name__ for thing in gc.get_objects()))
    assert graphs[0] == graphs[1] == graphs[2] > 0
