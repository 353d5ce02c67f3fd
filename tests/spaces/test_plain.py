"""The plain space: its ranges, its edges, and law 2."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import IMAGE_SHAPES, architectures, plain_architectures, plain_choices, tasks

from nas.architecture import (
    Activation,
    Architecture,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Fixed,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    Suggest,
    Task,
    measure,
)
from nas.architecture.suggest import Value
from nas.baselines import NAMES, baselines
from search_spaces import plain

_MNIST = Task(input_shape=(28, 28, 1), classes=10)

_RANGES: dict[str, object] = {
    "conv_depth": (0, 4),
    "pool_type": ("max", "average"),
    "input_pool": (1, 28),
    "dense_units": (0, 64),
    **{f"filters_{index}": (1, 32) for index in (1, 2, 3, 4)},
    **{f"kernel_{index}": (1, 7) for index in (1, 2, 3, 4)},
    **{f"pool_{index}": (1, 4) for index in (1, 2, 3, 4)},
}


@dataclass
class _Recording:
    """A `Suggest` that gives fixed choices and remembers the ranges that it was asked for."""

    choices: Suggest
    asked: dict[str, object] = field(default_factory=dict)

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        self.asked[name] = (low, high) if (step, log) == (1, False) else (low, high, step, log)
        return self.choices.suggest_int(name, low, high, step=step, log=log)

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        self.asked[name] = (low, high, step, log)
        return self.choices.suggest_float(name, low, high, step=step, log=log)

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        self.asked[name] = tuple(choices)
        return self.choices.suggest_categorical(name, choices)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("basic", 20), ("model-1", 5_338), ("model-2", 6_831), ("model-3", 1_818), ("model-4", 6_505), ("model-5", 6_831)],
)
def test_a_hand_designed_network_is_located_and_drawn_again_from_there(name: str, parameters: int) -> None:
    from optuna.trial import FixedTrial

    architecture = baselines(_MNIST)[name]
    assert measure(architecture).parameters == parameters
    choices = plain.locate(architecture, _MNIST)
    assert choices is not None
    assert plain.space(Fixed(choices), _MNIST) == architecture
    assert plain.space(FixedTrial(dict(choices)), _MNIST) == architecture


@given(plain_choices(), tasks())
def test_every_network_drawn_is_located_by_choices_that_draw_it_again(choices: dict[str, plain.Choice], task: Task) -> None:
    drawn = plain.space(Fixed(choices), task)
    located = plain.locate(drawn, task)
    assert located is not None
    again = _Recording(Fixed(located))
    assert plain.space(again, task) == drawn
    assert again.asked.keys() == located.keys()


@given(plain_choices(), tasks())
def test_every_choice_is_drawn_from_one_range_whatever_the_image_and_the_other_choices(
    choices: dict[str, plain.Choice], task: Task
) -> None:
    trial = _Recording(Fixed(choices))
    plain.space(trial, task)
    assert trial.asked.items() <= _RANGES.items()


@pytest.mark.parametrize("depth", range(5))
def test_a_space_asks_for_what_its_depth_needs_and_no_more(depth: int) -> None:
    trial = _Recording(Fixed(dict.fromkeys(_RANGES, 1) | {"pool_type": "max", "conv_depth": depth}))
    plain.space(trial, _MNIST)
    layers = {f"{name}_{index}" for name in ("filters", "kernel", "pool") for index in range(1, depth + 1)}
    assert trial.asked.keys() == {"conv_depth", "pool_type", "dense_units"} | (layers or {"input_pool"})


@given(plain_choices(), tasks())
def test_a_draw_has_the_depth_the_pool_type_and_the_ends_that_were_chosen(choices: dict[str, Any], task: Task) -> None:
    drawn = plain.space(Fixed(choices), task)
    convolutions = [layer for layer in drawn.layers if isinstance(layer, Conv2D)]
    assert [layer.filters for layer in convolutions] == [choices[f"filters_{i + 1}"] for i in range(choices["conv_depth"])]
    assert {(layer.activation, layer.padding, layer.strides) for layer in convolutions} <= {("relu", "valid", (1, 1))}
    other_pool = AveragePooling2D if choices["pool_type"] == "max" else MaxPooling2D
    assert not any(isinstance(layer, other_pool) for layer in drawn.layers)
    hidden = [(layer.units, layer.activation) for layer in drawn.layers[:-1] if isinstance(layer, Dense)]
    assert hidden == ([(choices["dense_units"], "relu")] if choices["dense_units"] else [])
    assert drawn.layers[-1] == Dense(units=task.classes, activation="softmax")
    assert drawn.input_shape == task.input_shape


@given(plain_choices(), st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 4)))
def test_no_image_is_too_small_for_any_choice(choices: dict[str, Any], input_shape: tuple[int, int, int]) -> None:
    task = Task(input_shape=input_shape, classes=3)
    drawn = plain.space(Fixed(choices), task)
    assert drawn.shapes[-1] == (3,)
    assert not any(isinstance(layer, MaxPooling2D | AveragePooling2D) and layer.pool_size == (1, 1) for layer in drawn.layers)
    assert plain.locate(drawn, task) is not None


def test_kernels_and_pools_are_clipped_to_the_image_that_reaches_them() -> None:
    choices: dict[str, plain.Choice] = {
        "conv_depth": 2,
        "pool_type": "average",
        "filters_1": 3,
        "kernel_1": 5,
        "pool_1": 2,
        "filters_2": 4,
        "kernel_2": 7,
        "pool_2": 4,
        "dense_units": 6,
    }
    drawn = plain.space(Fixed(choices), Task(input_shape=(7, 14, 2), classes=10))
    assert drawn.layers == (
        Conv2D(filters=3, kernel_size=(5, 5), activation="relu"),  # (3, 10, 3)
        AveragePooling2D(pool_size=(2, 2)),  # (1, 5, 3)
        Conv2D(filters=4, kernel_size=(1, 5), activation="relu"),  # (1, 1, 4)
        Flatten(),
        Dense(units=6, activation="relu"),
        Dense(units=10, activation="softmax"),
    )


@given(plain_architectures())
def test_no_network_of_the_space_is_smaller_than_the_smallest(architecture: Architecture) -> None:
    task = Task(input_shape=architecture.input_shape, classes=architecture.shapes[-1][0])
    assert measure(architecture).parameters >= measure(plain.smallest(task)).parameters


@pytest.mark.parametrize("shape", IMAGE_SHAPES, ids=str)
@pytest.mark.parametrize("classes", [2, 10])
def test_the_smallest_network_is_in_the_space(shape: tuple[int, int, int], classes: int) -> None:
    task = Task(input_shape=shape, classes=classes)
    assert plain.locate(plain.smallest(task), task) is not None


@pytest.mark.parametrize(
    ("shape", "classes", "parameters"),
    [
        ((28, 28, 1), 10, 10 + 10),
        ((28, 28, 1), 2, 2 + 2),
        ((32, 32, 3), 10, (3 + 1) + 10 + 10),
        ((5, 7, 2), 10, (2 + 1) + 10 + 10),
        ((300, 300, 1), 10, 4 * (1 + 1) + 10 + 10),
    ],
    ids=["one pooled value", "two classes", "three values through one unit", "two values", "four pools after four convolutions"],
)
def test_the_smallest_network_has_the_parameters_worked_out_by_hand(
    shape: tuple[int, int, int], classes: int, parameters: int
) -> None:
    assert measure(plain.smallest(Task(input_shape=shape, classes=classes))).parameters == parameters


def test_the_smallest_network_for_mnist_is_the_basic_one() -> None:
    assert plain.smallest(_MNIST) == baselines(_MNIST)["basic"]


_LAST = (Flatten(), Dense(units=10, activation="softmax"))


def _conv(**changes: Any) -> Conv2D:
    return Conv2D.model_validate({"filters": 8, "kernel_size": (5, 5), "activation": "relu"} | changes)


@pytest.mark.parametrize(
    "layers",
    [
        (_conv(padding="same"), *_LAST),
        (_conv(strides=(2, 2)), *_LAST),
        (_conv(activation="linear"), *_LAST),
        (_conv(use_bias=False), *_LAST),
        (_conv(filters=33), *_LAST),
        (_conv(kernel_size=(8, 8)), *_LAST),
        (_conv(kernel_size=(3, 5)), *_LAST),
        (_conv(), MaxPooling2D(pool_size=(5, 5)), *_LAST),
        (_conv(), MaxPooling2D(pool_size=(2, 3)), *_LAST),
        (_conv(), MaxPooling2D(pool_size=(1, 1)), *_LAST),
        (_conv(), MaxPooling2D(pool_size=(2, 2)), _conv(), AveragePooling2D(pool_size=(2, 2)), *_LAST),
        (_conv(), MaxPooling2D(pool_size=(2, 2)), MaxPooling2D(pool_size=(2, 2)), *_LAST),
        (MaxPooling2D(pool_size=(2, 2)), _conv(), *_LAST),
        (MaxPooling2D(pool_size=(2, 2)), MaxPooling2D(pool_size=(2, 2)), *_LAST),
        (_conv(), _conv(), _conv(), _conv(), _conv(), *_LAST),
        (Flatten(), Dense(units=65, activation="relu"), _LAST[1]),
        (Flatten(), Dense(units=8), _LAST[1]),
        (Flatten(), Dense(units=8, activation="relu"), Dense(units=8, activation="relu"), _LAST[1]),
        (Flatten(), Dense(units=9, activation="softmax")),
        (Flatten(), Dense(units=10)),
        (_conv(), BatchNormalization(), *_LAST),
        (_conv(), Dropout(rate=0.5), *_LAST),
        (_conv(activation="linear"), Activation(activation="relu"), *_LAST),
        (DepthwiseConv2D(kernel_size=(3, 3), activation="relu"), *_LAST),
        (_conv(), GlobalAveragePooling2D(), _LAST[1]),
        (_conv(filters=10), GlobalAveragePooling2D()),
        (_conv(),),
    ],
    ids=[
        "same padding",
        "strides",
        "no relu",
        "no bias",
        "33 filters",
        "kernel of 8",
        "kernel uneven where nothing clips it",
        "pool of 5",
        "pool uneven where nothing clips it",
        "pool of 1",
        "two kinds of pooling",
        "two pools after one convolution",
        "a pool before the first convolution",
        "two pools alone",
        "five convolutions",
        "65 hidden units",
        "hidden units without relu",
        "two hidden layers",
        "nine classes",
        "no softmax",
        "normalisation",
        "dropout",
        "activation of its own",
        "depthwise",
        "global pool",
        "no dense layer",
        "no end",
    ],
)
def test_a_network_outside_the_space_is_not_located(layers: tuple[Layer, ...]) -> None:
    assert plain.locate(Architecture(input_shape=(28, 28, 1), layers=layers), _MNIST) is None


def test_a_network_for_other_images_is_not_located() -> None:
    network = baselines(Task(input_shape=(20, 24, 3), classes=10))["model-1"]
    assert plain.locate(network, _MNIST) is None


@settings(max_examples=50)
@given(architectures())
def test_a_chain_of_any_kinds_is_located_only_where_it_can_be_drawn(architecture: Architecture) -> None:
    task = Task(input_shape=architecture.input_shape, classes=10)
    choices = plain.locate(architecture, task)
    assert choices is None or plain.space(Fixed(choices), task) == architecture


def test_one_study_of_optuna_takes_draws_for_every_image_shape() -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for number in range(20):
        trial = study.ask()
        task = Task(input_shape=IMAGE_SHAPES[number % len(IMAGE_SHAPES)], classes=10)
        drawn = plain.space(trial, task)
        assert plain.space(Fixed(trial.params), task) == drawn
        study.tell(trial, 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_what_locates_a_network_is_plain_data(name: str) -> None:
    choices = plain.locate(baselines(_MNIST)[name], _MNIST)
    assert choices is not None
    assert {type(value) for value in choices.values()} <= {int, str}
