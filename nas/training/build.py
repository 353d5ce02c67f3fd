"""The only place where a network becomes Keras."""

from typing import TYPE_CHECKING, Any, assert_never

import numpy as np

from nas.architecture import (
    Activation,
    Architecture,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Factory,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    Network,
)

if TYPE_CHECKING:
    import keras

_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def build(network: Network, *, seed: int = 0, precision: str = "float32", logits: bool = False) -> "keras.Model":
    """A Keras model with freshly drawn weights: of built-in layers, or as a foreign function makes it.

    Args:
        network: What to build.
        seed: Gives each layer's first weights and dropout; for built-in layers no global generator is touched.
        precision: `float32`, or `bfloat16` for mixed precision with float32 weights and outputs.
        logits: Whether it is to be trained: then the last softmax is left out, which trains more exactly together with the loss,
            and kernels are those that train fastest. A foreign model stays as its function makes it.

    Returns:
        A built model from (batch, height, width, channels) in float32 to (batch, classes).
    """
    if isinstance(network, Factory):
        return _foreign(network, seed=seed, precision=precision, as_built=logits)
    return _build_layers(network, seed=seed, precision=precision, logits=logits)


def _foreign(factory: Factory, *, seed: int, precision: str, as_built: bool) -> "keras.Model":
    import keras

    from nas.training.hypermodel import build_factory

    model = build_factory(factory, seed=seed, precision=precision)
    if as_built or factory.outputs == "probabilities":
        return model
    ends = keras.Sequential(name="network")
    ends.add(keras.Input(shape=factory.input_shape, name="image"))
    ends.add(model)
    ends.add(keras.layers.Softmax(name="softmax", dtype="float32"))
    return ends


def _build_layers(architecture: Architecture, *, seed: int, precision: str, logits: bool) -> "keras.Sequential":
    import keras

    seeds = np.random.SeedSequence(seed).generate_state(len(architecture.layers))
    last = len(architecture.layers) - 1
    model = keras.Sequential(name="network")
    model.add(keras.Input(shape=architecture.input_shape, name="image"))
    for index, (layer, layer_seed) in enumerate(zip(architecture.layers, seeds.tolist(), strict=True)):
        policy = "float32" if index == last else _POLICIES[precision]
        kind = (
            layer.model_copy(update={"activation": "linear"}) if logits and index == last and _ends_in_softmax(layer) else layer
        )
        common = {"name": f"{layer.kind}_{index + 1}", "dtype": policy}
        model.add(_keras_layer(kind, seed=layer_seed, trains=logits, common=common))
    return model


def _ends_in_softmax(layer: Layer) -> bool:
    return isinstance(layer, Dense | Activation) and layer.activation == "softmax"


def _keras_layer(layer: Layer, *, seed: int, trains: bool, common: dict[str, str]) -> "keras.layers.Layer":
    from keras import layers

    match layer:
        case Conv2D():
            return layers.Conv2D(layer.filters, **_windowed(layer, trains=trains), kernel_initializer=_glorot(seed), **common)
        case DepthwiseConv2D():
            return layers.DepthwiseConv2D(**_windowed(layer, trains=trains), depthwise_initializer=_glorot(seed), **common)
        case MaxPooling2D():
            return layers.MaxPooling2D(layer.pool_size, **common)
        case AveragePooling2D():
            return layers.AveragePooling2D(layer.pool_size, **common)
        case GlobalAveragePooling2D():
            return layers.GlobalAveragePooling2D(**common)
        case BatchNormalization():
            return _normalization(trains=trains, common=common)
        case Activation():
            return layers.Activation(_activation(layer, trains=trains), **common)
        case Dropout():
            return layers.Dropout(layer.rate, seed=seed, **common)
        case Flatten():
            return layers.Flatten(**common)
        case Dense():
            activation = _activation(layer, trains=trains)
            return layers.Dense(
                layer.units, activation=activation, use_bias=layer.use_bias, kernel_initializer=_glorot(seed), **common
            )
        case _:
            assert_never(layer)


def _normalization(*, trains: bool, common: dict[str, str]) -> "keras.layers.Layer":
    import keras

    if not trains or keras.backend.backend() != "tensorflow":
        return keras.layers.BatchNormalization(**common)
    from nas.training.normalizing import FusedBatchNormalization

    return FusedBatchNormalization(**common)


def _activation(layer: Activation | Conv2D | DepthwiseConv2D | Dense, *, trains: bool) -> Any:
    import keras

    if not trains or keras.backend.backend() != "tensorflow":
        return layer.activation
    from nas.training.activating import FASTEST

    return FASTEST.get(layer.activation, layer.activation)


def _windowed(layer: Conv2D | DepthwiseConv2D, *, trains: bool) -> dict[str, Any]:
    return {
        "kernel_size": layer.kernel_size,
        "strides": layer.strides,
        "padding": layer.padding,
        "activation": _activation(layer, trains=trains),
        "use_bias": layer.use_bias,
    }


def _glorot(seed: int) -> "keras.initializers.Initializer":
    from keras import initializers

    return initializers.GlorotUniform(seed=seed)
