"""A network of one's own to compare with: from an architecture's file, a `.keras` file, or a function."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from nas.architecture import Architecture, Shape, Task, parse_architecture
from nas.architecture.keras_config import architecture_from_keras
from nas.baselines import NAMES
from nas.errors import ArchitectureError
from nas.training.keras_file import parse_config, read_keras_file
from nas.training.model_path import model_path

TIMEOUT_SECONDS: Final = 120.0
"""How long a function may take to give its model, the import of Keras included."""

# Runs in a process of its own. What the module prints goes to stderr; stdout holds one JSON object, the outcome.
_CALLER: Final = """
import importlib, json, os, sys

answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
module_name, function_name = sys.argv[1:]
sys.path.insert(0, os.getcwd())
outcome = {}
try:
    outcome["step"] = "import"
    function = getattr(importlib.import_module(module_name), function_name, None)
    if callable(function):
        outcome["step"] = "call"
        model = function()
        keras = sys.modules.get("keras")
        if keras is not None and isinstance(model, keras.Model):
            outcome["config"] = model.to_json()
        else:
            kind = type(model)
            outcome["returned"] = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
except BaseException as error:
    outcome["error"] = (f"{type(error).__name__}: {error}".splitlines() or [""])[0][:300]
json.dump(outcome, answers)
answers.close()
"""


def find_own_networks(texts: Iterable[str]) -> dict[str, Architecture]:
    """Several networks by name.

    Raises:
        ArchitectureError: If there is no such network, it cannot be trained here, or two have the same name.
    """
    found: dict[str, Architecture] = {}
    for text in texts:
        name, network = find_own_network(text)
        if name in found:
            raise ArchitectureError(f"Two of your networks would be called {name} in tables; rename the file of one.")
        found[name] = network
    return found


def find_own_network(text: str) -> tuple[str, Architecture]:
    """A name for tables, and the network that a file or a function gives.

    Args:
        text: An architecture's file (`.json`), a model's file (`.keras`), or `module:function`, found from the current
            folder, for a function that is called without arguments and returns a Keras model.

    Returns:
        The file's stem or the function's name in letters, digits and `._-`, unlike any hand-designed network's; and
        the network.

    Raises:
        ArchitectureError: If there is no such network, or if it cannot be trained here.
    """
    path = model_path(text)
    match path.suffix:
        case ".json":
            return table_name(path.stem), _read_architecture(path)
        case ".keras":
            return table_name(path.stem), read_keras_file(path).architecture
        case _ if ":" in text:
            return table_name(text.rpartition(":")[2]), architecture_from_keras(_call(text), source=text)
        case _:
            raise ArchitectureError(
                f"There is no network {text!r}; give an architecture's .json file, a .keras file, or module:function."
            )


def require_match(architecture: Architecture, task: Task, *, source: str) -> None:
    """Nothing, for a network that takes the data's images and gives the data's classes.

    Raises:
        ArchitectureError: If it takes or gives anything else.
    """
    require_ends(architecture.input_shape, architecture.shapes[-1], task, source=source)


def require_ends(input_shape: Shape, output_shape: Shape, task: Task, *, source: str) -> None:
    """Nothing, for a network whose ends are of these shapes, where they fit the data.

    Raises:
        ArchitectureError: If it takes or gives anything else.
    """
    if input_shape != task.input_shape:
        raise ArchitectureError(
            f"{source} takes images of {_times(input_shape)}, but the data's are {_times(task.input_shape)};"
            " change the network's input or choose other data."
        )
    if output_shape != (task.classes,):
        raise ArchitectureError(
            f"{source} gives {_times(output_shape)} values for an image, but the data has {task.classes} classes;"
            f" end it in {task.classes} units or choose other data."
        )


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def table_name(written: str) -> str:
    """A name for tables: letters, digits and `._-`, unlike any hand-designed network's.

    >>> table_name("my model"), table_name("model-5")
    ('my-model', 'my-model-5')
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", written).strip(".-") or "network"
    return f"my-{name}" if name in NAMES else name


def _read_architecture(path: Path) -> Architecture:
    try:
        return parse_architecture(path.read_bytes(), source=str(path))
    except OSError as error:
        raise ArchitectureError(f"The architecture {path} cannot be read ({error.strerror}).") from None


def _call(text: str) -> dict[str, Any]:
    """The config of the model that a function returns, called in a process of its own."""
    module, _, function = text.rpartition(":")
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-c", _CALLER, module, function],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ArchitectureError(f"The function {text} gave no model within {TIMEOUT_SECONDS:g} s; make it return one.") from None
    except (OSError, ValueError) as error:
        raise ArchitectureError(f"The function {text!r} cannot be called ({error}).") from None
    try:
        outcome = json.loads(ended.stdout)
    except ValueError:
        raise ArchitectureError(
            f"The function {text} ended its process with exit code {ended.returncode} instead of returning a Keras model."
        ) from None
    match outcome:
        case {"config": str(config)}:
            return parse_config(config, source=f"The model of {text}")
        case {"error": error, "step": "import"}:
            raise ArchitectureError(f"The module {module!r} of {text} cannot be imported ({error}).")
        case {"error": error}:
            raise ArchitectureError(f"The function {text} failed ({error}); it takes no arguments and returns a Keras model.")
        case {"returned": kind}:
            raise ArchitectureError(f"The function {text} returned a {kind}; it takes no arguments and returns a Keras model.")
        case _:
            raise ArchitectureError(
                f"The module {module} has no function {function!r}; a network's function takes no arguments and returns a Keras"
                " model."
            )
