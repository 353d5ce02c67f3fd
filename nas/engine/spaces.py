"""Search spaces, found by name or as `module:function`."""

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import entry_points
from pathlib import Path
from reprlib import repr as shortened
from types import ModuleType
from typing import Any

import numpy as np

from nas.architecture import (
    Architecture,
    Budget,
    Factory,
    Network,
    Suggest,
    Task,
    excesses,
    failure_of,
    fits,
    measure,
    violations,
)
from nas.architecture.budget import ESTIMATED, UNITS
from nas.baselines import baselines
from nas.engine.choices import Drawing
from nas.errors import BudgetError, NasError, SpaceError, first_line
from nas.training.builder import Builder
from nas.training.declared import Wanted
from nas.training.module_source import builds_keras, look_here, module_source

GROUP = "nas.spaces"
FLAGS = {"parameters": "--budget", "macs": "--max-macs", "ram_bytes": "--max-ram", "flash_bytes": "--max-flash"}
"""How a limit is given on the command line, by its name."""
DRAWS = 2_000
"""Random networks among which one that fits is looked for where the smallest does not: as many as a search tries in vain."""
BUILDS = 10
"""Random networks among which one has to be built before a search in a foreign space begins; three alike failures are enough."""


@dataclass(frozen=True)
class Space:
    """A search space with what it can do besides drawing networks."""

    name: str
    """As the user wrote it."""
    draw: Callable[[Suggest, Task], Network]
    """A network from a trial's choices."""
    smallest: Callable[[Task], Architecture] | None
    """The network with the fewest parameters, where the space knows it."""
    locate: Callable[[Network, Task], Mapping[str, Any] | None] | None
    """The choices that give a network, where the space can say."""
    sha256: str
    """Hash of the module's source: a study goes on only with the space that it began with."""
    baselines: Callable[[Task], Mapping[str, Architecture]] | None = None
    """The networks that people designed in the manner of this space, where it names some."""
    foreign: bool = False
    """Whether a Keras function builds its networks, which takes a tenth of a second each and names no layers of ours."""


def space_names() -> tuple[str, ...]:
    """The spaces that are installed, by name."""
    return tuple(sorted(point.name for point in entry_points(group=GROUP)))


def find_space(name: str) -> Space:
    """The space of that name, or the one that `module:name` names: a function of ours, or a KerasTuner HyperModel.

    Raises:
        SpaceError: If there is none; the message names the nearest.
    """
    if ":" in name:
        module_name, _, function_name = name.partition(":")
        look_here()
        source = module_source(module_name)
        if source is not None and builds_keras(source, function_name):
            return _foreign_space(name, sha256(source).hexdigest())
        module = _import(module_name)
    else:
        points = {point.name: point for point in entry_points(group=GROUP)}
        if name not in points:
            nearest = get_close_matches(name, points, n=1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are {' and '.join(sorted(points))}."
            raise SpaceError(f"There is no search space {name!r}; {hint} Or give module:function.")
        module, function_name = _import(points[name].value), "space"
    draw = getattr(module, function_name, None)
    if not callable(draw):
        raise SpaceError(
            f"The module {module.__name__} has no function {function_name!r}; a space is a function of (trial, task)."
        )
    return Space(
        name=name,
        draw=_checked(draw, name=name),
        smallest=getattr(module, "smallest", None),
        locate=getattr(module, "locate", None),
        sha256=sha256(_source(module)).hexdigest(),
        baselines=getattr(module, "baselines", None),
    )


def designed_by_hand(space: Space, task: Task) -> dict[str, Architecture]:
    """The hand-designed networks that are possible for a task's images, by name: the notebook's, then those the space names.

    Raises:
        SpaceError: If the space gives one a name that another has.
    """
    ours, own = baselines(task), dict(space.baselines(task)) if space.baselines else {}
    for name in sorted(name for name in ours.keys() & own.keys() if ours[name] != own[name]):
        raise SpaceError(f"The space {space.name} names a network {name!r} of its own, as another one is called; choose another.")
    return ours | own


def require_networks(space: Space, task: Task) -> None:
    """Nothing, for a space whose networks can be built and counted; only a foreign one is tried.

    Raises:
        SpaceError: If none of some random ones can be built, or no network of the space can be trained here.
        BudgetError: If a limit cannot be counted for its networks.
    """
    if not space.foreign:
        return
    if ESTIMATED & task.budget.limits.keys():
        raise BudgetError(
            f"Bytes of RAM and flash are estimated from layers, which {space.name} builds by itself; leave out"
            " --max-ram, --max-flash and --fits (--budget and --max-macs can be counted)."
        )
    generator = np.random.default_rng(0)
    reasons: list[str] = []
    while len(reasons) < BUILDS and (not reasons or reasons.count(reasons[-1]) < 3):
        failure = failure_of(space.draw(Drawing(generator), task))
        if failure is None:
            return
        reasons.append(failure)
    raise SpaceError(f"The space {space.name} cannot be searched: {reasons[0]}.")


def require_room(space: Space, task: Task) -> None:
    """Nothing, for a space whose smallest network fits the budget, or that cannot say.

    The smallest has the fewest parameters. Where it fits those and not another limit, random networks are tried as well.

    Raises:
        BudgetError: If none fits; the message names the one that comes nearest.
    """
    if space.smallest is None:
        return
    least: Network = space.smallest(task)
    over = excesses(measure(least), budget=task.budget)
    if over and "parameters" not in over:
        least = _nearest(space, task, least)
        over = excesses(measure(least), budget=task.budget)
    for name in over:
        limit = task.budget.limits[name]
        needed, verb, way = limit + over[name], "has", ""
        if name in ESTIMATED:
            verb, way = "needs an estimated", ", or --fits a larger device"
        kinds = ", ".join(row.kind for row in measure(least).rows)
        raise BudgetError(
            f"No network of the space {space.name} fits a budget of {limit:,} {UNITS[name]}: its smallest"
            f" ({kinds}) {verb} {needed:,}; give {FLAGS[name]} {needed} or more{way}."
        )


def _nearest(space: Space, task: Task, least: Network) -> Network:
    """The first network that fits, else the one that is least over the budget: of a given one and of random ones."""

    def excess(network: Network) -> float:
        return max(violations(measure(network), budget=task.budget).values())

    generator = np.random.default_rng(0)
    nearest = least
    for _ in range(DRAWS):
        network = space.draw(Drawing(generator), task)
        nearest = min(nearest, network, key=excess)
        if fits(measure(nearest), budget=task.budget):
            break
    return nearest


def require_ends(network: Architecture, task: Task) -> None:
    """Nothing, for a network that takes the task's images and gives a value for each of its classes.

    Raises:
        SpaceError: If it does not; the message is the end of a sentence.
    """
    if network.input_shape != task.input_shape:
        raise SpaceError(f"a network takes {network.input_shape} images, and these are {task.input_shape}; use task.input_shape")
    if network.shapes[-1] != (task.classes,):
        raise SpaceError(
            f"a network ends in shape {network.shapes[-1]}, and there are {task.classes} classes;"
            " end in Dense(units=task.classes)"
        )


def task_for(*, input_shape: tuple[int, int, int], classes: int, budget: Budget) -> Task:
    """The task of classifying such images within a budget."""
    return Task(input_shape=input_shape, classes=classes, budget=budget)


def _foreign_space(name: str, source_sha256: str) -> Space:
    """A space whose networks a KerasTuner HyperModel or a build function makes, in a process of its own."""

    def drawn(trial: Suggest, task: Task) -> Factory:
        return _builder(Wanted(name, source_sha256, task.input_shape, task.classes)).draw(trial)

    return Space(name=name, draw=drawn, smallest=None, locate=None, sha256=source_sha256, foreign=True)


@lru_cache(maxsize=2)
def _builder(wanted: Wanted) -> Builder:
    return Builder(wanted)


def _checked(draw: Callable[[Suggest, Task], object], *, name: str) -> Callable[[Suggest, Task], Architecture]:
    def drawn(trial: Suggest, task: Task) -> Architecture:
        try:
            network = draw(trial, task)
        except NasError:
            raise
        except Exception as error:  # whatever a foreign function raises
            raise SpaceError(f"The space {name} raised {first_line(error)}.") from error
        if not isinstance(network, Architecture):
            raise SpaceError(f"The space {name} gave {shortened(network)}; a space returns an Architecture.")
        try:
            require_ends(network, task)
        except SpaceError as error:
            raise SpaceError(f"In the space {name} {error}.") from None
        return network

    return drawn


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # whatever a foreign module raises
        raise SpaceError(f"The module {name!r} of the search space cannot be imported ({first_line(error)}).") from error


def _source(module: ModuleType) -> bytes:
    file = inspect.getsourcefile(module)
    return Path(file).read_bytes() if file else module.__name__.encode()
