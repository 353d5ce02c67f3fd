"""A `.keras` file read as data: its config into our layers, its weights as arrays, and nothing of it run.

`keras.models.load_model` rebuilds what a file names, so its safe mode is a list of what has been thought of; here it is
the other way round, and whatever is not one of our layers is refused.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nas.architecture import Architecture, Shape
from nas.architecture.keras_config import KerasNetwork, network_from_keras
from nas.data import Images
from nas.errors import ArchitectureError
from nas.training.hdf5_arrays import read_arrays
from nas.training.keras_archive import CONFIG, FILE_BYTES, WEIGHTS, opened_archive
from nas.training.variables import SEED_STATE, LayerVariables, layer_variables
from nas.training.work import Checkpoint

CONFIG_BYTES: Final = 4 * 2**20
"""Largest model config that is read; one takes about a kilobyte a layer."""
MOST_LAYERS: Final = 1_000
MOST_PARAMETERS: Final = FILE_BYTES // 4
_DIGITS: Final = 18

# HDF5 takes some kilobytes for a group or an array; an optimizer keeps up to three further numbers for each parameter.
_HDF5_BYTES, _ARRAY_BYTES, _PARAMETER_BYTES = 2**16, 2**14, 4 * 4


@dataclass(frozen=True)
class KerasFile:
    """A trained network out of a `.keras` file; it can only be made of layers that we have."""

    name: str
    """The file's name."""
    architecture: Architecture
    checkpoint: Checkpoint
    """Its weights in the order of `build(architecture).variables`; how long they were trained is not known."""
    rescaling: bool
    """Whether the file's own model takes pixels from 0 to 255 and divides them itself, or takes them divided by 255."""

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of the images that it takes."""
        return self.architecture.input_shape

    @property
    def output_shape(self) -> Shape:
        """(classes,)."""
        return self.architecture.shapes[-1]

    @cached_property
    def weights_sha256(self) -> str:
        """Hash of its weights."""
        return self.checkpoint.sha256

    def predict(self, images: Images) -> NDArray[np.float32]:
        """Class probabilities (images, classes) for images (count, height, width, channels)."""
        from nas.training.trainer import classify

        return classify(self.architecture, self.checkpoint, images)


def read_keras_file(path: Path) -> KerasFile:
    """The trained network in a `.keras` file, rebuilt from its config and its arrays.

    Raises:
        ArchitectureError: If it cannot be read, does anything that our layers do not, or holds other weights than they
            need; all of it in one sentence, and whatever else is in the file has no effect.
    """
    with opened_archive(path) as archive:
        text = archive.read(CONFIG, at_most=CONFIG_BYTES, what="a model's")
        network = network_from_keras(parse_config(text, source=f"The {CONFIG} in {path}"), source=str(path))
        variables = layer_variables(network.architecture)
        content = archive.read(WEIGHTS, at_most=_bound(variables, source=path), what="that of these layers")
    layout = dict(zip(_groups(network), _shapes(network, variables), strict=True))
    arrays = read_arrays(content, layout, source=str(path))
    return KerasFile(path.name, network.architecture, Checkpoint(0, _numbered(variables, arrays)), network.rescaling)


def parse_config(text: str | bytes, *, source: str) -> dict[str, Any]:
    """The JSON object that a model's config is.

    Raises:
        ArchitectureError: If it is none.
    """
    try:
        value = json.loads(text, parse_int=_whole_number)
    except (ValueError, RecursionError) as error:  # the latter for brackets in brackets without end
        raise ArchitectureError(f"{source} is not JSON ({error}); save the model again with Keras 3.") from None
    if not isinstance(value, dict):
        raise ArchitectureError(f"{source} holds no JSON object; save the model again with Keras 3.")
    return value


def _whole_number(digits: str) -> int:
    if len(digits) > _DIGITS:  # sizes are multiplied, and Python prints no number of thousands of digits
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _bound(variables: Sequence[LayerVariables], *, source: Path) -> int:
    """Most bytes that the weights of such layers take, with the optimizer's."""
    parameters = sum(prod(shape) for each in variables for shape in each.weights)
    if len(variables) > MOST_LAYERS or parameters > MOST_PARAMETERS:
        raise ArchitectureError(
            f"{source} has {len(variables):,} layers and {parameters:,} parameters; a small network's file has at most"
            f" {MOST_LAYERS:,} and {MOST_PARAMETERS:,}."
        )
    arrays = sum(2 + len(each.weights) for each in variables)
    return _HDF5_BYTES + 4 * _ARRAY_BYTES * (arrays + 1) + _PARAMETER_BYTES * parameters


def _groups(network: KerasNetwork) -> list[str]:
    """The group that Keras files each layer's weights in: its class in small letters, numbered from the second on.

    Source: `_save_container_state` in keras/src/saving/saving_lib.py.
    """
    seen: dict[str, int] = {}
    groups = []
    for name in map(_snake_case, network.class_names):
        groups.append(f"{name}_{seen[name]}" if name in seen else name)
        seen[name] = seen.get(name, 0) + 1
    return groups


def _snake_case(name: str) -> str:
    """A class's name as Keras spells it in files (`to_snake_case` in keras/src/utils/naming.py).

    >>> _snake_case("GlobalAveragePooling2D"), _snake_case("ReLU"), _snake_case("Conv2D")
    ('global_average_pooling2d', 're_lu', 'conv2d')
    """
    separated = re.sub(r"\W+", "", name)
    separated = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", separated)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", separated).lower()


def _shapes(network: KerasNetwork, variables: Sequence[LayerVariables]) -> list[Sequence[Shape]]:
    """The shapes of each of the model's layers' arrays; those that our architecture leaves out have none."""
    ours = iter(variables)
    return [() if name in {"InputLayer", "Rescaling"} else next(ours).weights for name in network.class_names]


def _numbered(variables: Sequence[LayerVariables], arrays: Sequence[NDArray[np.float32]]) -> dict[str, NDArray[np.generic]]:
    """The arrays under a checkpoint's names, with the states of seed generators, which only a training reads, in between."""
    given = iter(arrays)
    ordered: list[NDArray[np.generic]] = []
    for each in variables:
        ordered.extend(next(given) for _ in each.weights)
        if each.seeded:
            ordered.append(np.zeros(SEED_STATE, np.int64))
    return {f"model/{index}": array for index, array in enumerate(ordered)}
