"""What networks cost, by hand and as sums."""

from math import prod

import pytest
from hypothesis import given
from strategies import architectures, plain_architectures

from nas.architecture import (
    Activation,
    Architecture,
    AveragePooling2D,
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

_MODEL_2 = Architecture(
    input_shape=(28, 28, 1),
    layers=(
        Conv2D(filters=12, kernel_size=(5, 5), activation="relu"),
        MaxPooling2D(pool_size=(2, 2)),
        Conv2D(filters=23, kernel_size=(4, 4), activation="relu"),
        MaxPooling2D(pool_size=(3, 3)),
        Flatten(),
        Dense(units=10, activation="softmax"),
    ),
)


def _chain(*layers: Layer, input_shape: tuple[int, int, int] = (6, 5, 3)) -> Architecture:
    return Architecture(input_shape=input_shape, layers=layers)


def test_model_2_costs_layer_by_layer_what_one_works_out_by_hand() -> None:
    rows = [(row.output_shape, row.parameters, row.macs, row.activation_bytes) for row in measure(_MODEL_2).rows]
    assert rows == [
        ((24, 24, 12), 5 * 5 * 12 + 12, 24 * 24 * 12 * 5 * 5, 28 * 28 + 24 * 24 * 12),
        ((12, 12, 12), 0, 0, 24 * 24 * 12 + 12 * 12 * 12),
        ((9, 9, 23), 4 * 4 * 12 * 23 + 23, 9 * 9 * 23 * 4 * 4 * 12, 12 * 12 * 12 + 9 * 9 * 23),
        ((3, 3, 23), 0, 0, 9 * 9 * 23 + 3 * 3 * 23),
        ((207,), 0, 0, 207),
        ((10,), 207 * 10 + 10, 207 * 10, 207 + 10),
    ]


def test_model_2_has_the_totals_worked_out_by_hand() -> None:
    cost = measure(_MODEL_2)
    assert (cost.parameters, cost.trainable_parameters, cost.deployed_parameters) == (6_831, 6_831, 6_831)
    assert cost.macs == 172_800 + 357_696 + 2_070
    assert cost.peak_activation_bytes == 8_640


@pytest.mark.parametrize(
    ("layer", "parameters", "macs", "activation_bytes"),
    [
        (Conv2D(filters=4, kernel_size=(3, 2)), (3 * 2 * 3 + 1) * 4, 4 * 4 * 4 * 3 * 2 * 3, 90 + 64),
        (Conv2D(filters=4, kernel_size=(3, 2), use_bias=False), 3 * 2 * 3 * 4, 4 * 4 * 4 * 3 * 2 * 3, 90 + 64),
        (Conv2D(filters=1, kernel_size=(3, 3), strides=(2, 2), padding="same"), 28, 3 * 3 * 27, 90 + 9),
        (DepthwiseConv2D(kernel_size=(3, 2)), (3 * 2 + 1) * 3, 4 * 4 * 3 * 3 * 2, 90 + 48),
        (DepthwiseConv2D(kernel_size=(3, 2), use_bias=False), 3 * 2 * 3, 4 * 4 * 3 * 3 * 2, 90 + 48),
        (BatchNormalization(), 4 * 3, 0, 90),
        (MaxPooling2D(pool_size=(3, 2)), 0, 0, 90 + 12),
        (AveragePooling2D(pool_size=(3, 2)), 0, 0, 90 + 12),
        (GlobalAveragePooling2D(), 0, 0, 90 + 3),
        (Activation(activation="relu"), 0, 0, 90),
        (Dropout(rate=0.5), 0, 0, 90),
        (Flatten(), 0, 0, 90),
    ],
    ids=[
        "convolution",
        "convolution without bias",
        "strided convolution",
        "depthwise convolution",
        "depthwise convolution without bias",
        "normalisation",
        "max pool",
        "average pool",
        "global pool",
        "activation",
        "dropout",
        "flatten",
    ],
)
def test_a_layer_over_a_6_by_5_image_of_3_channels_costs(layer: Layer, parameters: int, macs: int, activation_bytes: int) -> None:
    (row,) = measure(_chain(layer)).rows
    assert (row.parameters, row.macs, row.activation_bytes) == (parameters, macs, activation_bytes)


@pytest.mark.parametrize(("use_bias", "parameters"), [(True, 91 * 7), (False, 90 * 7)], ids=["bias", "no bias"])
def test_a_dense_layer_multiplies_every_value_with_every_unit(use_bias: bool, parameters: int) -> None:
    row = measure(_chain(Flatten(), Dense(units=7, use_bias=use_bias))).rows[1]
    assert (row.parameters, row.macs, row.activation_bytes) == (parameters, 90 * 7, 90 + 7)


def test_a_normalisation_trains_half_of_what_it_stores() -> None:
    (row,) = measure(_chain(BatchNormalization())).rows
    assert (row.parameters, row.trainable_parameters) == (12, 6)


@pytest.mark.parametrize(
    ("before", "left"),
    [
        ((Conv2D(filters=5, kernel_size=(3, 3)),), 0),
        ((Conv2D(filters=5, kernel_size=(3, 3), use_bias=False),), 5),
        ((Conv2D(filters=5, kernel_size=(3, 3), activation="relu"),), 10),
        ((Conv2D(filters=5, kernel_size=(3, 3), use_bias=False, activation="relu"),), 10),
        ((DepthwiseConv2D(kernel_size=(3, 3)),), 0),
        ((DepthwiseConv2D(kernel_size=(3, 3), use_bias=False),), 3),
        ((Flatten(), Dense(units=4)), 0),
        ((Flatten(), Dense(units=4, use_bias=False)), 4),
        ((MaxPooling2D(pool_size=(2, 2)),), 6),
        ((Conv2D(filters=5, kernel_size=(3, 3)), Activation(activation="relu")), 10),
        ((Conv2D(filters=5, kernel_size=(3, 3)), BatchNormalization()), 10),
        ((), 6),
    ],
    ids=[
        "convolution with bias takes all",
        "convolution without bias leaves the shift",
        "a relu is between",
        "a relu is between and no bias",
        "depthwise with bias takes all",
        "depthwise without bias leaves the shift",
        "dense with bias takes all",
        "dense without bias leaves the shift",
        "after a pool",
        "after an activation",
        "a second normalisation",
        "first of all",
    ],
)
def test_a_normalisation_leaves_for_deployment_what_the_layer_before_cannot_take(before: tuple[Layer, ...], left: int) -> None:
    assert measure(_chain(*before, BatchNormalization())).rows[-1].deployed_parameters == left


@given(architectures() | plain_architectures())
def test_the_rows_of_every_network_add_up_to_its_totals(architecture: Architecture) -> None:
    cost = measure(architecture)
    assert [row.kind for row in cost.rows] == [layer.kind for layer in architecture.layers]
    for name in ("parameters", "trainable_parameters", "deployed_parameters", "macs"):
        assert getattr(cost, name) == sum(getattr(row, name) for row in cost.rows)
    assert cost.peak_activation_bytes == max(row.activation_bytes for row in cost.rows)


@given(architectures() | plain_architectures())
def test_no_network_deploys_more_than_it_trains_or_trains_more_than_it_stores(architecture: Architecture) -> None:
    for row in measure(architecture).rows:
        assert 0 <= row.deployed_parameters <= row.trainable_parameters <= row.parameters


@given(architectures() | plain_architectures())
def test_the_image_and_every_activation_fit_into_the_peak(architecture: Architecture) -> None:
    largest = max(prod(shape) for shape in (architecture.input_shape, *architecture.shapes))
    assert largest <= measure(architecture).peak_activation_bytes <= 2 * largest
