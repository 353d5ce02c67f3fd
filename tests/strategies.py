"""The one home of Hypothesis strategies: architectures of every kind, and those of the spaces."""

from typing import Any

import numpy as np
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from nas.architecture import (
    Activation,
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
    Shape,
    Task,
)
from nas.architecture.shapes import output_shape
from nas.engine.choices import Drawing
from search_spaces import compact, plain

IMAGE_SHAPES = ((28, 28, 1), (20, 24, 3), (8, 8, 1), (32, 32, 3), (5, 7, 2))
"""(height, width, channels) that the plain space is drawn for: the notebook's, coloured, small and uneven ones."""

KERAS_LAW = settings(max_examples=40, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""For laws that build models: fewer examples, and none made smaller once one failed, which takes minutes with Keras."""

_ACTIVATIONS = st.sampled_from(("linear", "relu", "silu", "hard_silu", "softmax"))


def tasks() -> SearchStrategy[Task]:
    """A task without a budget on one of the image shapes, with two to twelve classes."""
    return st.builds(Task, input_shape=st.sampled_from(IMAGE_SHAPES), classes=st.integers(2, 12))


def plain_choices() -> SearchStrategy[dict[str, plain.Choice]]:
    """A value for every name that the plain space may ask for, each anywhere in the range that the issue gives it."""
    indices = range(1, 5)
    return st.fixed_dictionaries(
        {
            "conv_depth": st.integers(0, 4),
            "pool_type": st.sampled_from(("max", "average")),
            "input_pool": st.integers(1, 28),
            "dense_units": st.integers(0, 64),
            **{f"filters_{index}": st.integers(1, 32) for index in indices},
            **{f"kernel_{index}": st.integers(1, 7) for index in indices},
            **{f"pool_{index}": st.integers(1, 4) for index in indices},
        }
    )


@st.composite
def plain_architectures(draw: DrawFn) -> Architecture:
    """A network of the plain space."""
    return plain.space(Fixed(draw(plain_choices())), draw(tasks()))


@st.composite
def compact_architectures(draw: DrawFn) -> Architecture:
    """A network of the compact space, under one of three budgets."""
    budget = Budget(parameters=draw(st.sampled_from((1_000, 7_000, 30_000))))
    task = draw(tasks()).model_copy(update={"budget": budget})
    return compact.space(Drawing(np.random.default_rng(draw(st.integers(0, 2**32)))), task)


@st.composite
def architectures(draw: DrawFn) -> Architecture:
    """A chain of one to seven layers of any kinds that can follow each other, over a small image."""
    input_shape = draw(st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 4)))
    layers: list[Layer] = []
    given: Shape = input_shape
    for _ in range(draw(st.integers(1, 7))):
        layers.append(draw(_layers(given)))
        given = output_shape(layers[-1], given=given)
    return Architecture(input_shape=input_shape, layers=tuple(layers))


def _layers(given: Shape) -> SearchStrategy[Layer]:
    anywhere: list[SearchStrategy[Layer]] = [
        st.just(BatchNormalization()),
        st.builds(Activation, activation=_ACTIVATIONS),
        st.builds(Dropout, rate=st.sampled_from((0.0, 0.25, 0.5))),
        st.just(Flatten()),
    ]
    if len(given) == 1:
        return st.one_of(*anywhere, st.builds(Dense, units=st.integers(1, 9), activation=_ACTIVATIONS, use_bias=st.booleans()))
    pool_size = _windows(given)
    return st.one_of(
        *anywhere,
        _convolutions(given),
        st.builds(MaxPooling2D, pool_size=pool_size),
        st.builds(AveragePooling2D, pool_size=pool_size),
        st.just(GlobalAveragePooling2D()),
    )


def _convolutions(given: Shape) -> SearchStrategy[Layer]:
    small = st.tuples(st.integers(1, 5), st.integers(1, 5))
    arguments: dict[str, SearchStrategy[Any]] = {"strides": small, "activation": _ACTIVATIONS, "use_bias": st.booleans()}
    edges: list[dict[str, SearchStrategy[Any]]] = [
        {"padding": st.just("valid"), "kernel_size": _windows(given)},
        {"padding": st.just("same"), "kernel_size": small},  # may be larger than the image
    ]
    kinds: list[SearchStrategy[Layer]] = []
    for edge in edges:
        kinds.append(st.builds(Conv2D, filters=st.integers(1, 6), **arguments, **edge))
        kinds.append(st.builds(DepthwiseConv2D, **arguments, **edge))
    return st.one_of(*kinds)


def _windows(given: Shape) -> SearchStrategy[tuple[int, int]]:
    """Windows that fit into the image, up to 5 pixels or the whole of it."""
    return st.tuples(*(st.integers(1, min(size, 5)) | st.just(size) for size in given[:2]))
