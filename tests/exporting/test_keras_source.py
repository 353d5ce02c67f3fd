"""A network as Keras source, which is executed here."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from strategies import KERAS_LAW, architectures, plain_architectures

from nas.architecture import Architecture, Task, measure
from nas.baselines import NAMES, baselines
from nas.exporting.source import keras_source
from nas.training.build import build

_BASELINES = baselines(Task(input_shape=(28, 28, 1), classes=10))


@pytest.fixture(scope="module", autouse=True)
def _forget_models() -> Iterator[None]:
    yield
    import keras

    keras.backend.clear_session()


def _defined_by(source: str) -> Any:
    names: dict[str, Any] = {}
    exec(compile(source, "source.py", "exec"), names)
    return names["model"]


def _settings(layer: Any) -> dict[str, Any]:
    """All that a layer says of itself but its name, its precision and its seeds."""
    told = dict(layer.get_config())
    for name in ("name", "dtype", "seed"):
        told.pop(name, None)
    for initializer in ("kernel_initializer", "depthwise_initializer"):
        if initializer in told:
            told[initializer] = told[initializer]["class_name"]
    return told


def _assert_that_the_source_defines(architecture: Architecture) -> None:
    model, built = _defined_by(keras_source(architecture)), build(architecture)
    assert model.count_params() == measure(architecture).parameters
    assert model.input_shape == (None, *architecture.input_shape)
    assert [type(layer) for layer in model.layers] == [type(layer) for layer in built.layers]
    assert [_settings(layer) for layer in model.layers] == [_settings(layer) for layer in built.layers]


@pytest.mark.keras
@pytest.mark.parametrize("name", NAMES)
def test_the_source_of_a_hand_designed_network_defines_it(name: str) -> None:
    _assert_that_the_source_defines(_BASELINES[name])


@pytest.mark.keras
@settings(KERAS_LAW, max_examples=20)
@given(plain_architectures())
def test_the_source_of_a_plain_network_defines_it(architecture: Architecture) -> None:
    _assert_that_the_source_defines(architecture)


@pytest.mark.keras
@KERAS_LAW
@given(architectures())
def test_the_source_of_a_chain_of_any_kinds_defines_it(architecture: Architecture) -> None:
    _assert_that_the_source_defines(architecture)


def test_the_source_is_what_a_person_would_have_written() -> None:
    assert keras_source(_BASELINES["model-4"]) == (
        "import keras\n"
        "from keras import layers\n"
        "\n"
        "model = keras.Sequential(\n"
        "    [\n"
        "        keras.Input((28, 28, 1)),\n"
        '        layers.Conv2D(12, 5, activation="relu"),\n'
        "        layers.MaxPooling2D(2),\n"
        '        layers.Conv2D(23, 4, activation="relu"),\n'
        "        layers.MaxPooling2D(3),\n"
        "        layers.Flatten(),\n"
        '        layers.Dense(8, activation="relu"),\n'
        '        layers.Dense(10, activation="softmax"),\n'
        "    ]\n"
        ")"
    )
