"""KerasTuner's own kind of HyperModels and build functions, as users bring them: good ones, and each kind of bad one."""

import os
import time
from typing import Any

import keras
import keras_tuner
from keras import layers

PIXELS = (28, 28, 1)


class Tutorial(keras_tuner.HyperModel):  # type: ignore[misc]
    """Written as KerasTuner's tutorial is, with every kind of hyperparameter."""

    def build(self, hp: Any) -> Any:
        model = keras.Sequential([keras.Input(PIXELS), layers.MaxPooling2D(hp.Fixed("shrink", 2))])
        kind = hp.Choice("kind", ["cnn", "mlp"])
        activation = hp.Choice("activation", ["relu", "tanh"])
        with hp.conditional_scope("kind", ["cnn"]):
            if kind == "cnn":
                for index in range(hp.Int("blocks", 1, 2)):
                    model.add(layers.Conv2D(hp.Int(f"width_{index}", 2, 6, step=2), 3, activation=activation))
                width = hp.Choice("width", [4, 8])
                model.add(layers.Conv2D(width, 1, activation=activation))
        model.add(layers.GlobalAveragePooling2D() if kind == "cnn" else layers.Flatten())
        with hp.conditional_scope("kind", ["mlp"]):
            if kind == "mlp":
                model.add(layers.Dense(hp.Int("hidden", 2, 16, sampling="log"), activation=activation))
        if hp.Boolean("dropout"):
            model.add(layers.Dropout(hp.Float("rate", 0.1, 0.5, step=0.1)))
        model.add(layers.Dense(10, activation="softmax"))
        model.compile(
            optimizer=keras.optimizers.SGD(hp.Float("learning_rate", 1e-3, 1e-1, sampling="log"), momentum=0.9),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model


instance = Tutorial()


def build_model(hp: Any) -> Any:
    """A build function that ends in logits and has a state of every kind, in layers and optimizer."""
    model = keras.Sequential([keras.Input(PIXELS)])
    model.add(layers.Conv2D(4, 3, strides=2, use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.Activation("relu"))
    model.add(layers.Dropout(0.25))
    model.add(layers.GaussianNoise(0.1))
    model.add(layers.Conv2D(hp.Int("filters", 2, 8, step=2, sampling="log"), 3, strides=2))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.05, 100), momentum=0.9), loss)
    return model


def sometimes(hp: Any) -> Any:
    """A build function half of whose values are possible; it leaves compiling to the search."""
    size = hp.Choice("size", [2, 4, 40, 60])
    model = keras.Sequential([keras.Input(PIXELS), layers.MaxPooling2D(4), layers.Flatten()])
    if size > 10:
        raise ValueError(f"no window of {size}")
    model.add(layers.Dense(size))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def penalised(hp: Any) -> Any:
    """One hot, with a penalty and an optimizer that does more than steps."""
    model = keras.Sequential([keras.Input(PIXELS), layers.MaxPooling2D(7), layers.Flatten()])
    strength = hp.Choice("strength", [0.0, 1.0])
    model.add(layers.Dense(10, kernel_regularizer=keras.regularizers.L2(strength)))
    model.compile(
        keras.optimizers.AdamW(0.01, clipnorm=hp.Choice("clip", [1e-9, 1.0])),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
    )
    return model


class _Spare(layers.Layer):  # type: ignore[misc]
    """Has a weight that no output depends on."""

    def build(self, shape: Any) -> None:
        self.add_weight(shape=(3,), name="spare")

    def call(self, inputs: Any) -> Any:
        return inputs


def held(hp: Any) -> Any:
    """A kernel that is held on the unit sphere, a weight that does not count, and an optimizer with a state beside its slots."""
    model = keras.Sequential([keras.Input(PIXELS), layers.MaxPooling2D(7), layers.Flatten(), _Spare()])
    model.add(layers.Dense(10, kernel_constraint=keras.constraints.UnitNorm(axis=0)))
    optimizers = {"nadam": keras.optimizers.Nadam(0.01), "sgd": keras.optimizers.SGD(0.05)}
    model.compile(
        optimizers[hp.Choice("optimizer", ["nadam", "sgd"])], keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    return model


class OwnFit(Tutorial):
    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        return model.fit(*args, epochs=hp.Int("epochs", 1, 3), **kwargs)


class _OwnStep(keras.Model):  # type: ignore[misc]
    def train_step(self, data: Any) -> Any:
        return super().train_step(data)


def own_step(hp: Any) -> Any:
    image = keras.Input(PIXELS)
    return _OwnStep(image, layers.Dense(10)(layers.Flatten()(image)))


def five_classes(hp: Any) -> Any:
    return keras.Sequential([keras.Input(PIXELS), layers.Flatten(), layers.Dense(5)])


def wrong_pixels(hp: Any) -> Any:
    return keras.Sequential([keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(10)])


def two_outputs(hp: Any) -> Any:
    image = keras.Input(PIXELS)
    flat = layers.Flatten()(image)
    return keras.Model(image, [layers.Dense(10)(flat), layers.Dense(3)(flat)])


def no_model(hp: Any) -> Any:
    return hp.Int("nothing", 1, 3)


def squared(hp: Any) -> Any:
    model = keras.Sequential([keras.Input(PIXELS), layers.Flatten(), layers.Dense(10)])
    model.compile("adam", "mse")
    return model


def dies(hp: Any) -> Any:
    if hp.Boolean("dies"):
        os._exit(3)
    return sometimes(keras_tuner.HyperParameters())


def endless(hp: Any) -> Any:
    count = 0
    while hp.Boolean(f"more_{count}"):
        count += 1
    return sometimes(keras_tuner.HyperParameters())


def sleeps(hp: Any) -> Any:
    if hp.Boolean("sleeps"):
        time.sleep(60)
    return sometimes(keras_tuner.HyperParameters())
