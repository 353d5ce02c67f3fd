"""A network's features tell its structure, in the same number of columns for all."""

import pytest
from fake_search import TASK
from hypothesis import given
from strategies import architectures

from nas.architecture import (
    Architecture,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    measure,
)
from nas.baselines import baselines
from nas.engine.features import features


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
