"""Which operators the converter makes of layers, as far as it can be told beforehand."""

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
)
from nas.architecture.operators import converted

CONV = Conv2D(filters=4, kernel_size=(3, 3), use_bias=False)
NORM = BatchNormalization()
END = Dense(units=3, activation="softmax")


@pytest.mark.parametrize(
    ("layers", "kinds"),
    [
        ((CONV,), "CONV_2D"),
        ((CONV, NORM, Activation(activation="relu")), "CONV_2D"),
        ((DepthwiseConv2D(kernel_size=(3, 3)), NORM, NORM), "DEPTHWISE_CONV_2D"),
        ((CONV, Dropout(rate=0.5), NORM), "CONV_2D"),
        ((CONV, Activation(activation="silu")), "CONV_2D LOGISTIC MUL"),
        ((CONV, Activation(activation="hard_silu")), "CONV_2D HARD_SWISH"),
        ((CONV, Activation(activation="hard_silu"), Activation(activation="relu")), "CONV_2D ADD MUL MUL"),
        ((CONV, Activation(activation="relu"), NORM), "CONV_2D MUL ADD"),
        ((MaxPooling2D(pool_size=(2, 2)), NORM, Activation(activation="relu")), "MAX_POOL_2D MUL ADD"),
        ((AveragePooling2D(pool_size=(2, 2)), Activation(activation="linear")), "AVERAGE_POOL_2D"),
        ((Activation(activation="relu"), CONV), "RELU CONV_2D"),
        ((GlobalAveragePooling2D(), END), "MEAN FULLY_CONNECTED SOFTMAX"),
        ((Flatten(), END), "RESHAPE FULLY_CONNECTED SOFTMAX"),
        ((Flatten(), NORM, END), "RESHAPE FULLY_CONNECTED SOFTMAX"),
        ((Flatten(), NORM, Dense(units=3)), "RESHAPE MUL ADD FULLY_CONNECTED"),
        ((MaxPooling2D(pool_size=(6, 6)), Flatten(), END), "MAX_POOL_2D FULLY_CONNECTED SOFTMAX"),
        ((Flatten(), Dense(units=5, activation="silu"), END), "RESHAPE FULLY_CONNECTED LOGISTIC MUL FULLY_CONNECTED SOFTMAX"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_layers_become_these_operators(layers: tuple[Layer, ...], kinds: str) -> None:
    network = Architecture(input_shape=(6, 6, 3), layers=layers)
    assert [operator.kind for operator in converted(network)] == kinds.split()


def test_a_convolution_without_bias_is_stored_with_one_and_a_dense_layer_is_not() -> None:
    conv, _, dense = converted(Architecture(input_shape=(6, 6, 3), layers=(CONV, Flatten(), Dense(units=3, use_bias=False))))
    assert (conv.bias, conv.channels, conv.weights) == (True, 4, 3 * 3 * 3 * 4)
    assert (dense.bias, dense.channels, dense.weights) == (False, 3, 64 * 3)


@given(architectures() | plain_architectures())
def test_every_network_becomes_operators_that_end_in_its_own_output(architecture: Architecture) -> None:
    operators = converted(architecture)
    if operators:
        assert operators[-1].made in {architecture.shapes[-1], (1, 1, *architecture.shapes[-1])}
    weights = sum(operator.weights for operator in operators)
    assert weights <= sum(len(operator.names) > 1 for operator in operators) * max(1, *(one.weights for one in operators), 1)
