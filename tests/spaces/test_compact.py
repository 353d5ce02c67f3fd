"""The compact space: near the budget's edge, of many kinds, and with the networks that it names."""

from collections.abc import Mapping
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import architectures

from nas.architecture import (
    Architecture,
    AveragePooling2D,
    BatchNormalization,
    Budget,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Fixed,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    Task,
    fits,
    measure,
)
from nas.baselines import NAMES
from nas.baselines import baselines as notebook
from nas.engine.choices import Drawing
from search_spaces import compact

SHAPES = ((28, 28, 1), (32, 32, 3), (8, 8, 1), (5, 7, 2), (1, 1, 1), (2, 3, 1), (1, 40, 1), (96, 96, 3))
LAW = settings(max_examples=25)


def task_of(parameters: int | None = 7_000, shape: tuple[int, int, int] = (28, 28, 1), **more: Any) -> Task:
    return Task(input_shape=shape, classes=more.pop("classes", 10), budget=Budget(parameters=parameters, **more))


def draws(task: Task, *, count: int = 60, seed: int = 0) -> list[Architecture]:
    generator = np.random.default_rng(seed)
    return [compact.space(Drawing(generator), task) for _ in range(count)]


def some_task() -> st.SearchStrategy[Task]:
    limits = st.sampled_from(({}, {"ram_bytes": 9_000}, {"macs": 150_000}, {"flash_bytes": 12_000}))
    return st.builds(
        lambda parameters, shape, classes, more: task_of(parameters, shape, classes=classes, **more),
        st.sampled_from((None, 150, 1_000, 7_000, 50_000)),
        st.sampled_from(SHAPES),
        st.integers(2, 12),
        limits,
    )


@pytest.mark.parametrize(("name", "parameters", "trainable"), [("valid-squeezed", 6_872, 6_720), ("same-pooled", 6_966, 6_828)])
def test_a_network_designed_by_hand_is_located_and_drawn_again_from_there(name: str, parameters: int, trainable: int) -> None:
    from optuna.trial import FixedTrial

    network = compact.baselines(task_of())[name]
    cost = measure(network)
    assert (cost.parameters, cost.trainable_parameters) == (parameters, trainable)
    for limit in (parameters, 7_000, 20_000):
        choices = compact.locate(network, task_of(limit))
        assert choices is not None
        assert compact.space(FixedTrial(dict(choices)), task_of(limit)) == network
    assert compact.locate(network, task_of(parameters - 1)) is None


def test_images_too_small_for_a_network_designed_by_hand_go_without_it() -> None:
    assert compact.baselines(task_of(shape=(8, 8, 1))).keys() == {"same-pooled"}
    assert compact.baselines(task_of(shape=(2, 2, 1))) == {}


@LAW
@given(some_task(), st.integers(0, 2**32))
def test_every_network_drawn_is_located_by_choices_that_draw_it_again(task: Task, seed: int) -> None:
    for drawn in draws(task, count=3, seed=seed):
        located = compact.locate(drawn, task)
        assert located is not None
        assert compact.space(Fixed(located), task) == drawn


def test_depthwise_convolutions_step_alike_down_and_across() -> None:
    drawn = draws(task_of(shape=(49, 10, 1)), count=300, seed=1)
    strides = [layer.strides for network in drawn for layer in network.layers if isinstance(layer, DepthwiseConv2D)]
    assert {(2, 2)} <= set(strides)
    assert all(down == across for down, across in strides)  # TensorFlow has no kernel for others without oneDNN


@LAW
@given(some_task(), st.integers(0, 2**32))
def test_no_network_of_the_space_has_fewer_parameters_than_the_smallest(task: Task, seed: int) -> None:
    least = measure(compact.smallest(task)).parameters
    assert all(measure(drawn).parameters >= least for drawn in draws(task, count=3, seed=seed))


@pytest.mark.parametrize("budget", [1_000, 7_000, 50_000])
def test_every_draw_fits_and_most_lie_near_the_edge(budget: int) -> None:
    task = task_of(budget)
    drawn = draws(task)
    shares = [measure(network).parameters / budget for network in drawn]
    assert max(shares) <= 1
    assert median(shares) > 0.87
    assert sum(share > 0.7 for share in shares) > 50
    assert len({network.key for network in drawn}) == len(drawn)


@pytest.mark.parametrize(
    "task",
    [
        pytest.param(task_of(shape=(96, 96, 3), ram_bytes=60_000), id="RAM"),
        pytest.param(task_of(macs=200_000), id="MACs"),
        pytest.param(task_of(flash_bytes=12_000), id="flash"),
        pytest.param(task_of(7_000, classes=1_000), id="many classes"),
        pytest.param(task_of(150), id="few parameters"),
    ],
)
def test_draws_fit_other_limits_as_well(task: Task) -> None:
    assert all(fits(measure(network), budget=task.budget) for network in draws(task, count=25))


def test_the_same_choices_make_a_larger_network_where_the_budget_is_larger() -> None:
    drawing = Drawing(np.random.default_rng(3))
    sizes = [
        measure(compact.space(Fixed(drawing.chosen) if drawing.chosen else drawing, task_of(budget))).parameters
        for budget in (2_000, 7_000, 30_000)
    ]
    assert sizes == sorted(set(sizes))


def test_draws_are_of_every_kind() -> None:
    layers = [layer for network in draws(task_of(), count=100) for layer in network.layers]
    kinds = {Conv2D, DepthwiseConv2D, MaxPooling2D, AveragePooling2D, BatchNormalization, Dropout, Flatten}
    assert kinds | {GlobalAveragePooling2D} <= {type(layer) for layer in layers}
    windows = [layer for layer in layers if isinstance(layer, Conv2D | DepthwiseConv2D)]
    assert {(1, 1), (3, 3), (5, 5)} <= {layer.kernel_size for layer in windows}
    assert {"valid", "same"} == {layer.padding for layer in windows}
    assert {(1, 1), (2, 2), (3, 3)} == {layer.strides for layer in windows}
    assert {"linear", "relu", "silu", "hard_silu"} == {layer.activation for layer in windows}


def test_a_network_too_thin_for_its_budget_is_made_shorter() -> None:
    tight, wide = (draws(task_of(budget), count=40) for budget in (300, 7_000))
    assert median(len(network.layers) for network in tight) < median(len(network.layers) for network in wide)


def test_large_images_may_be_shrunk_before_the_first_convolution_and_small_ones_only_under_other_limits() -> None:
    def asked(task: Task) -> Mapping[str, object]:
        drawing = Drawing(np.random.default_rng(0))
        compact.space(drawing, task)
        return drawing.chosen

    assert "shrink_1" not in asked(task_of())
    assert "shrink_1" in asked(task_of(shape=(96, 96, 3)))
    assert "shrink_1" in asked(task_of(ram_bytes=5_000))


_LAST = Dense(units=10, activation="softmax")


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param((Flatten(), _LAST), id="no convolution"),
        pytest.param((Conv2D(filters=4, kernel_size=(3, 3), activation="relu"),), id="no end"),
        pytest.param((Conv2D(filters=4, kernel_size=(3, 3)), GlobalAveragePooling2D(), _LAST), id="no function"),
        pytest.param(
            (Conv2D(filters=4, kernel_size=(4, 4), activation="relu"), GlobalAveragePooling2D(), _LAST), id="kernel of 4"
        ),
        pytest.param(
            (Conv2D(filters=4, kernel_size=(3, 3), activation="relu"), Flatten(), _LAST), id="flattened without pooling"
        ),
        pytest.param((Flatten(), Dense(units=9), Dense(units=9), _LAST), id="two hidden layers"),
        pytest.param((MaxPooling2D(pool_size=(28, 28)), Flatten(), _LAST), id="pooling alone"),
        pytest.param((DepthwiseConv2D(kernel_size=(3, 3)), GlobalAveragePooling2D(), _LAST), id="half a separable block"),
        pytest.param(
            (
                Conv2D(filters=2, kernel_size=(3, 3), activation="relu"),
                Conv2D(filters=90, kernel_size=(3, 3), activation="relu"),
                GlobalAveragePooling2D(),
                _LAST,
            ),
            id="widths too far apart",
        ),
    ],
)
def test_a_network_outside_the_space_is_not_located(layers: tuple[Layer, ...]) -> None:
    assert compact.locate(Architecture(input_shape=(28, 28, 1), layers=layers), task_of()) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_notebooks_networks_are_of_another_kind(name: str) -> None:
    task = task_of()
    assert compact.locate(notebook(task)[name], task) is None


@settings(max_examples=50)
@given(architectures())
def test_a_chain_of_any_kinds_is_located_only_where_it_can_be_drawn(architecture: Architecture) -> None:
    task = task_of(shape=architecture.input_shape)
    choices = compact.locate(architecture, task)
    assert choices is None or compact.space(Fixed(choices), task) == architecture
