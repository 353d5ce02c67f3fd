"""Law 1: what `measure` says by arithmetic is what Keras builds."""

from collections.abc import Iterator
from math import prod

import pytest
from hypothesis import given, settings
from strategies import KERAS_LAW, architectures, compact_architectures, plain_architectures

from nas.architecture import Architecture, Task, measure
from nas.baselines import NAMES, baselines
from nas.training.build import build

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module", autouse=True)
def _forget_models() -> Iterator[None]:
    yield
    import keras

    keras.backend.clear_session()


def _assert_that_keras_agrees(architecture: Architecture) -> None:
    cost, model = measure(architecture), build(architecture)
    assert cost.parameters == model.count_params()
    assert cost.trainable_parameters == sum(prod(weight.shape) for weight in model.trainable_weights)
    assert [row.parameters for row in cost.rows] == [layer.count_params() for layer in model.layers]
    assert [row.output_shape for row in cost.rows] == [layer.output.shape[1:] for layer in model.layers]


@KERAS_LAW
@given(plain_architectures())
def test_keras_agrees_on_every_network_of_the_plain_space(architecture: Architecture) -> None:
    _assert_that_keras_agrees(architecture)


@settings(KERAS_LAW, max_examples=15)
@given(compact_architectures())
def test_keras_agrees_on_networks_of_the_compact_space(architecture: Architecture) -> None:
    _assert_that_keras_agrees(architecture)


@settings(KERAS_LAW, max_examples=60)
@given(architectures())
def test_keras_agrees_on_chains_of_every_kind_of_layer(architecture: Architecture) -> None:
    _assert_that_keras_agrees(architecture)


@pytest.mark.parametrize("name", NAMES)
def test_keras_agrees_on_the_hand_designed_networks(name: str) -> None:
    _assert_that_keras_agrees(baselines(Task(input_shape=(28, 28, 1), classes=10))[name])
