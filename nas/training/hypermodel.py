"""The one place where a user's build function runs: from its name and values to a Keras model, with weights from a seed."""

import importlib
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import keras
import keras_tuner
import numpy as np

from nas.architecture import Factory
from nas.architecture.suggest import Value
from nas.errors import MissingModuleError, SpaceError, TrainingError, first_line
from nas.training.declared import Declared, Wanted
from nas.training.hyperparameters import Ask, AskingHyperParameters
from nas.training.module_source import look_here, module_source, source_sha256
from nas.training.objective import require_objective
from nas.training.seen_layers import see_layers

_POLICIES: Final = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
_OWN_TRAINING: Final = ("train_step", "compute_loss", "fit")
"""What a model class may override and this training would leave out."""


def count(wanted: Wanted, ask: Ask, *, values: Mapping[str, Value]) -> Factory:
    """A network of a build function, built once and counted; where it cannot be built or used, with the reason.

    Args:
        wanted: What is built.
        ask: Gives the values of hyperparameters.
        values: Those that are known, by KerasTuner's names.

    Raises:
        SpaceError: If there is no such function, or one that no network can be searched with.
    """
    build = _find(wanted.source, wanted.sha256)
    hp = AskingHyperParameters(ask, values=values)
    facts: dict[str, Any]
    try:
        with _seeded(0):
            model = build(hp)
        facts = _facts(model, wanted)
    except Exception as error:  # whatever a foreign function raises
        facts = {"failure": first_line(error)}
    finally:
        keras.backend.clear_session()
    return Factory(
        source=wanted.source,
        sha256=wanted.sha256,
        input_shape=wanted.input_shape,
        classes=wanted.classes,
        values=dict(hp.values),
        **facts,
    )


def build_factory(factory: Factory, *, seed: int, precision: str = "float32") -> Any:
    """The Keras model of a factory, compiled if it compiles itself.

    Weights and dropout come from the seed, unless the function gives an initializer a seed of its own: it runs with the process's
    generators set by the seed, and those of Python and NumPy are as they were afterwards.

    Args:
        factory: What to build.
        seed: Gives the first weights.
        precision: What layers compute in where the function does not say so itself.

    Raises:
        TrainingError: If another model comes out than the one that was counted.
    """
    build = _find(factory.source, factory.sha256)
    hp = AskingHyperParameters(_unknown, values=factory.values)
    with _seeded(seed), _policy(precision):
        model = build(hp)
        if not model.built:
            model(np.zeros((1, *factory.input_shape), np.float32), training=False)
    counted = sum(layer.parameters for layer in factory.layers)
    if model.count_params() != counted:
        raise TrainingError(
            f"{factory.source} built {model.count_params():,} parameters from values that gave {counted:,} before; a build may"
            " depend on nothing but its hyperparameters."
        )
    return model


@lru_cache(maxsize=8)
def _find(source: str, sha256: str) -> Callable[[Any], Any]:
    """The build function of that name."""
    look_here()
    module_name, _, name = source.partition(":")
    if module_source(module_name) is None:
        raise MissingModuleError(
            f"There is no module {module_name!r} here; start nas in the folder that holds it.", module=module_name
        )
    if source_sha256(module_name) != sha256:
        raise SpaceError(f"The source of {module_name} has changed since its networks were counted; choose another --study.")
    try:
        with _seeded(0):  # what a module draws when it is imported is the same in every process
            module = importlib.import_module(module_name)
            found = getattr(module, name, None)
            if isinstance(found, type) and issubclass(found, keras_tuner.HyperModel):
                found = found()
    except (Exception, SystemExit) as error:  # whatever a foreign module raises
        raise SpaceError(f"The module {module_name!r} of the search space cannot be imported ({first_line(error)}).") from None
    if isinstance(found, keras_tuner.HyperModel):
        if getattr(found.fit, "__func__", None) is not keras_tuner.HyperModel.fit:
            raise SpaceError(
                f"{source} overrides fit, which a search leaves out since it trains by itself; move what it chooses into build."
            )
        return _checked(found.build, source)
    if isinstance(found, type) or not callable(found):
        raise SpaceError(f"The module {module_name} has no HyperModel or build function {name!r}; give one, or module:function.")
    return _checked(found, source)


def _checked(build: Callable[[Any], Any], source: str) -> Callable[[Any], Any]:
    def built(hp: AskingHyperParameters) -> Any:
        model = build(hp)
        if not isinstance(model, keras.Model):
            raise SpaceError(f"{source} returned a {type(model).__name__}; a build function returns a Keras model.")
        return model

    return built


def _facts(model: Any, wanted: Wanted) -> dict[str, Any]:
    """What the build shows.

    Raises:
        SpaceError: If no classifier of these images can be trained with it.
    """
    for name in _OWN_TRAINING:
        if getattr(type(model), name) is not getattr(keras.Model, name):
            raise SpaceError(f"its model overrides {name}, which a search leaves out since it trains by itself")
    images = np.random.default_rng(0).random((2, *wanted.input_shape), np.float32)
    layers, outputs = see_layers(model, images)
    if outputs.shape != (2, wanted.classes):
        shape = "×".join(map(str, outputs.shape[1:])) or "no"
        raise SpaceError(f"its model gives {shape} values for an image, but the data has {wanted.classes} classes")
    if not model.trainable_weights:
        raise SpaceError("its model has nothing to train")
    require_objective(model)
    share = bool((outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=1e-4))
    return {"layers": layers, "outputs": "probabilities" if share else "logits", "compiled": bool(model.compiled)}


def _unknown(declared: Declared) -> Value:
    raise TrainingError(
        f"The hyperparameter {declared.name} was not there when the network was counted; a build may depend on nothing but its"
        " hyperparameters."
    )


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """All generators that a build may draw from, set; Python's and NumPy's are as before afterwards."""
    kept, kept_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - foreign code draws from it
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(kept)
        np.random.set_state(kept_numpy)  # noqa: NPY002


@contextmanager
def _policy(precision: str) -> Iterator[None]:
    """The precision of layers that are made without one."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(_POLICIES[precision])
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
