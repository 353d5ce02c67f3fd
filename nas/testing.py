"""What every search space promises, as a check that a test of one's own can call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import Final

import numpy as np

from nas.architecture import Architecture, Budget, Cost, Fixed, Suggest, Task, fits, layers_of, measure, parse_architecture
from nas.architecture.suggest import Value
from nas.engine.choices import Drawing
from nas.engine.spaces import Space, find_space, require_ends
from nas.errors import NasError, SpaceError

TASKS: Final = (
    Task(input_shape=(28, 28, 1), classes=10, budget=Budget(parameters=7_000)),
    Task(input_shape=(32, 32, 3), classes=10, budget=Budget(parameters=50_000)),
    Task(input_shape=(8, 8, 1), classes=10, budget=Budget(parameters=1_000)),
    Task(input_shape=(20, 24, 3), classes=2),
    Task(input_shape=(96, 96, 3), classes=4, budget=Budget(parameters=20_000, ram_bytes=120_000)),
)
"""Images of several sizes, with and without colours, two to ten classes, with and without limits."""


def check_space(space: Space | str, *, tasks: Sequence[Task] = TASKS, samples: int = 20, built: int = 1, seed: int = 0) -> None:
    """Nothing, for a space that keeps its promises.

    For each task: whatever is chosen gives a network for its images and classes; the same choices give the same network, drawn
    by Optuna as well; a choice has one range, whatever the image; a network is read back from its JSON; what is measured is
    what Keras builds. Where the space has more than a function: none is smaller than `smallest`, `locate` finds choices that
    give a network again, and `baselines` that fit are located.

    Args:
        space: A space, or what `--space` takes: a name, or module:function.
        tasks: What networks are drawn for.
        samples: Networks drawn for each task.
        built: How many of these are built with Keras, which takes a tenth of a second each; 0 leaves Keras alone.
        seed: Gives every draw.

    Raises:
        SpaceError: At the first promise that is broken; one sentence says which, and for which images.

    >>> check_space("plain", samples=2, built=0)
    """
    found = find_space(space) if isinstance(space, str) else space
    generator = np.random.default_rng(seed)
    ranges: dict[str, object] = {}
    for task in tasks:
        with _told_for(found, task):
            drawn = [_check_draw(found, task, Drawing(generator), ranges) for _ in range(samples)]
            for network in drawn[:built]:
                _check_against_keras(network)
            _check_smallest(found, task, drawn)
            for network in drawn:
                _check_located(found, task, network)
            _check_baselines(found, task)


class _Recording:
    """Choices with the range that each is made from."""

    def __init__(self, choices: Suggest, ranges: dict[str, object]) -> None:
        self._choices, self._ranges = choices, ranges

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        self._record(name, ("integer", low, high, step, log))
        return self._choices.suggest_int(name, low, high, step=step, log=log)

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        self._record(name, ("number", low, high, step, log))
        return self._choices.suggest_float(name, low, high, step=step, log=log)

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        self._record(name, ("one of", *choices))
        return self._choices.suggest_categorical(name, choices)

    def _record(self, name: str, asked: tuple[object, ...]) -> None:
        before = self._ranges.setdefault(name, asked)
        if before != asked:
            raise SpaceError(f"{name} is drawn from {asked} here and from {before} elsewhere; clip what was drawn instead")


@contextmanager
def _told_for(space: Space, task: Task) -> Iterator[None]:
    """Whatever goes wrong inside, as one sentence that names space and task."""
    height, width, channels = task.input_shape
    where = f"The space {space.name} breaks its contract for {height}×{width}×{channels} images and {task.classes} classes"
    try:
        yield
    except NasError as error:
        raise SpaceError(f"{where}: {str(error).rstrip('.')}.") from error
    except Exception as error:  # whatever a foreign space raises
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise SpaceError(f"{where}: it raised {reason.rstrip('.')}.") from error


def _check_draw(space: Space, task: Task, drawing: Drawing, ranges: dict[str, object]) -> Architecture:
    network = layers_of(space.draw(_Recording(drawing, ranges), task))
    require_ends(network, task)
    for again in (Fixed(drawing.chosen), _optuna(drawing.chosen)):
        if space.draw(again, task) != network:
            raise SpaceError("the same choices gave two different networks; use nothing but what the trial suggests and the task")
    if parse_architecture(network.canonical_json, source="a network's JSON") != network:
        raise SpaceError("a network read back from its JSON is another one")
    return network


def _optuna(choices: Mapping[str, Value]) -> Suggest:
    from optuna.trial import FixedTrial

    return FixedTrial(dict(choices))


def _check_against_keras(network: Architecture) -> None:
    import keras

    from nas.training.build import build

    cost, model = measure(network), build(network)
    counted: dict[str, Callable[[Cost], object]] = {
        "parameters": lambda cost: cost.parameters,
        "trainable parameters": lambda cost: cost.trainable_parameters,
        "shapes": lambda cost: tuple(row.output_shape for row in cost.rows),
    }
    built = {
        "parameters": model.count_params(),
        "trainable parameters": sum(prod(weight.shape) for weight in model.trainable_weights),
        "shapes": tuple(layer.output.shape[1:] for layer in model.layers),
    }
    keras.backend.clear_session()
    for what, of in counted.items():
        if of(cost) != built[what]:
            raise SpaceError(f"Keras counts other {what}, {built[what]} instead of {of(cost)}")


def _check_smallest(space: Space, task: Task, drawn: Sequence[Architecture]) -> None:
    if space.smallest is None:
        return
    least = measure(space.smallest(task)).parameters
    for network in drawn:
        if measure(network).parameters < least:
            raise SpaceError(f"a network has {measure(network).parameters:,} parameters, fewer than the {least:,} of `smallest`")


def _check_located(space: Space, task: Task, network: Architecture) -> None:
    if space.locate is None:
        return
    choices = space.locate(network, task)
    if choices is None:
        raise SpaceError(f"`locate` does not find a network that was drawn ({_kinds(network)})")
    if space.draw(Fixed(choices), task) != network:
        raise SpaceError(f"`locate` gives choices of another network than the one it was asked for ({_kinds(network)})")


def _check_baselines(space: Space, task: Task) -> None:
    for name, network in (space.baselines(task) if space.baselines else {}).items():
        if fits(measure(network), budget=task.budget) and (space.locate is None or space.locate(network, task) is None):
            raise SpaceError(f"`baselines` names {name}, which `locate` does not find")


def _kinds(network: Architecture) -> str:
    return ", ".join(layer.kind for layer in network.layers)
