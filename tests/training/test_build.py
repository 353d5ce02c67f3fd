"""Layers become Keras: names, seeds, precision, and no global generator."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from small_works import BASELINES, STATEFUL, work

from nas.architecture import Architecture, Dense, Flatten
from nas.training.build import build
from nas.training.trainer import train_one

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module", autouse=True)
def _forget_models() -> Iterator[None]:
    yield
    import keras

    keras.backend.clear_session()


def _weights(model: Any) -> list[Any]:
    return [np.asarray(variable) for variable in model.variables]


def _equal(one: list[Any], other: list[Any]) -> bool:
    return all(np.array_equal(left, right) for left, right in zip(one, other, strict=True))


def test_layers_are_named_by_kind_and_place() -> None:
    assert [layer.name for layer in build(BASELINES["model-2"]).layers] == [
        "conv2d_1",
        "max_pooling2d_2",
        "conv2d_3",
        "max_pooling2d_4",
        "flatten_5",
        "dense_6",
    ]
    assert [tensor.name for tensor in build(BASELINES["basic"]).inputs] == ["image"]


def test_a_seed_gives_the_weights_and_another_seed_gives_others() -> None:
    first = _weights(build(STATEFUL, seed=1))
    assert _equal(first, _weights(build(STATEFUL, seed=1)))
    kernels = [index for index, weights in enumerate(first) if weights.ndim > 1]
    other = _weights(build(STATEFUL, seed=2))
    assert len(kernels) == 4
    assert not any(np.array_equal(first[index], other[index]) for index in kernels)


def test_no_two_layers_draw_the_same_weights() -> None:
    model = build(Architecture(input_shape=(2, 2, 1), layers=(Flatten(), Dense(units=4), Dense(units=4))))
    assert not np.array_equal(model.layers[1].kernel, model.layers[2].kernel)


def test_kernels_are_glorot_uniform_and_biases_zero_as_keras_draws_them() -> None:
    model = build(Architecture(input_shape=(30, 30, 1), layers=(Flatten(), Dense(units=100))))
    kernel, bias = (np.asarray(variable) for variable in model.variables)
    limit = np.sqrt(6 / (900 + 100))
    assert np.abs(kernel).max() <= limit
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    assert not bias.any()


def _draws_of_global_generators() -> list[float]:
    import tensorflow as tf

    return [random.random(), float(np.random.rand()), float(tf.random.uniform(()))]  # noqa: NPY002 - it is what we look at


@pytest.mark.parametrize(
    "do",
    [lambda: build(STATEFUL, seed=1), pytest.param(lambda: train_one(work(STATEFUL)), marks=pytest.mark.slow)],
    ids=["build", "train"],
)
def test_python_numpy_and_tensorflow_keep_their_global_generators(do: Callable[[], object]) -> None:
    import keras

    keras.utils.set_random_seed(7)
    untouched = _draws_of_global_generators()
    keras.utils.set_random_seed(7)
    do()
    assert _draws_of_global_generators() == untouched


def test_a_build_takes_nothing_from_keras_own_generator() -> None:
    import keras

    keras.utils.set_random_seed(7)
    untouched = float(keras.random.uniform(()))
    keras.utils.set_random_seed(7)
    build(STATEFUL, seed=1)
    assert float(keras.random.uniform(())) == untouched


def test_global_seeds_do_not_change_what_is_built() -> None:
    import keras

    keras.utils.set_random_seed(1)
    first = _weights(build(STATEFUL, seed=1))
    keras.utils.set_random_seed(2)
    assert _equal(first, _weights(build(STATEFUL, seed=1)))


def test_a_model_for_training_ends_in_logits_of_the_same_weights() -> None:
    probabilities, logits = build(BASELINES["model-1"], seed=3), build(BASELINES["model-1"], seed=3, logits=True)
    images = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)
    raw = np.exp(np.asarray(logits(images)))
    np.testing.assert_allclose(raw / raw.sum(axis=1, keepdims=True), np.asarray(probabilities(images)), atol=1e-6)
    assert np.asarray(probabilities(images)).sum(axis=1) == pytest.approx(1.0)
    assert not np.allclose(np.asarray(logits(images)).sum(axis=1), 1.0)


def test_bfloat16_computes_in_it_but_keeps_weights_and_outputs_in_float32() -> None:
    model = build(BASELINES["model-1"], precision="bfloat16")
    assert [layer.compute_dtype for layer in model.layers] == ["bfloat16", "bfloat16", "bfloat16", "float32"]
    assert {variable.dtype for variable in model.variables} == {"float32"}
    assert model(np.zeros((1, 28, 28, 1), np.float32)).dtype == "float32"
