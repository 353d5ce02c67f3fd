"""A network's features tell its structure, in the same number of columns for all."""

from typing import Any

import pytest
from fake_search import TASK
from hypothesis import given
from strategies import architectures, plain_architectures

from nas.architecture import (
    Architecture,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    measure,
)
from nas.baselines import baselines
from nas.engine.features import features, finer_features


def row(*layers: Layer, shape: tuple[int, int, int] = (28, 28, 1)) -> tuple[float, ...]:
    network = Architecture(input_shape=shape, layers=layers)
    return features(network, measure(network))


LAST = Dense(units=10, activation="softmax")


@given(network=architectures())
def test_every_network_has_the_same_number_of_finite_features(network: Architecture) -> None:
    found = features(network, measure(network))
    assert len(found) == len(row(Flatten(), LAST))
    assert all(abs(value) < 1e9 for value in found)


def test_networks_of_equal_structure_are_equal_rows() -> None:
    convolution = Conv2D(filters=4, kernel_size=(3, 3), activation="relu")
    assert row(convolution, Flatten(), LAST) == row(convolution.model_copy(), Flatten(), LAST)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param((Conv2D(filters=4, kernel_size=(3, 3)),), (Conv2D(filters=5, kernel_size=(3, 3)),), id="filters"),
        pytest.param((Conv2D(filters=4, kernel_size=(3, 3)),), (Conv2D(filters=4, kernel_size=(5, 5)),), id="kernel"),
        pytest.param(
            (Conv2D(filters=4, kernel_size=(3, 3)),), (Conv2D(filters=4, kernel_size=(3, 3), strides=(2, 2)),), id="strides"
        ),
        pytest.param((MaxPooling2D(pool_size=(2, 2)),), (MaxPooling2D(pool_size=(3, 3)),), id="pool"),
        pytest.param((), (BatchNormalization(),), id="normalisation"),
        pytest.param((Conv2D(filters=1, kernel_size=(3, 3)),), (DepthwiseConv2D(kernel_size=(3, 3)),), id="kind"),
    ],
)
def test_networks_that_differ_have_other_rows(left: tuple[Layer, ...], right: tuple[Layer, ...]) -> None:
    assert row(*left, Flatten(), LAST) != row(*right, Flatten(), LAST)


def test_pooling_of_either_kind_and_global_pooling_are_told_apart() -> None:
    by_hand = baselines(TASK)
    assert features(by_hand["model-2"], measure(by_hand["model-2"])) != features(by_hand["model-5"], measure(by_hand["model-5"]))
    convolution = Conv2D(filters=4, kernel_size=(3, 3))
    assert row(convolution, GlobalAveragePooling2D(), LAST) != row(convolution, Flatten(), LAST)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param({"activation": "relu"}, {"activation": "silu"}, id="function"),
        pytest.param({"activation": "silu"}, {"activation": "hard_silu"}, id="its kind"),
        pytest.param({"padding": "same"}, {"padding": "valid"}, id="padding"),
        pytest.param({"strides": (2, 2)}, {}, id="strides"),
    ],
)
def test_what_plain_networks_never_differ_in_tells_compact_ones_apart(left: dict[str, Any], right: dict[str, Any]) -> None:
    def finer(arguments: dict[str, Any]) -> tuple[float, ...]:
        convolution = Conv2D(filters=4, kernel_size=(3, 3), **arguments)
        return finer_features(Architecture(input_shape=(28, 28, 1), layers=(convolution, Flatten(), LAST)))

    assert finer(left) != finer(right)


def test_dropout_and_an_average_at_the_end_are_seen() -> None:
    convolution = Conv2D(filters=4, kernel_size=(3, 3), activation="relu")
    ends = [(Flatten(),), (Flatten(), Dropout(rate=0.1)), (Flatten(), Dropout(rate=0.3)), (GlobalAveragePooling2D(),)]
    rows = {finer_features(Architecture(input_shape=(28, 28, 1), layers=(convolution, *end, LAST))) for end in ends}
    assert len(rows) == len(ends)


@given(network=plain_architectures())
def test_plain_networks_have_the_same_finer_features_so_that_their_forests_stay_as_they_are(network: Architecture) -> None:
    assert set(finer_features(network)) == {0.0}


@given(network=architectures())
def test_every_network_has_the_same_number_of_finer_features(network: Architecture) -> None:
    assert len(finer_features(network)) == 6
