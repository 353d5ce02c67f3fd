"""What a search space holds for a task, as random draws show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from nas.architecture import Network, Task, failure_of, fits, measure
from nas.architecture.suggest import Value
from nas.engine.choices import Drawing
from nas.engine.spaces import Space, designed_by_hand, require_networks


@dataclass(frozen=True)
class Survey:
    """What random draws show of a space."""

    space: str
    """Its name."""
    draws: int
    """Networks drawn."""
    fitting: int
    """How many of them fit the budget."""
    distinct: int
    """How many different ones there were."""
    combinations: float
    """About how many ways there are to make the choices, those from a continuous range left out."""
    continuous: int
    """Most choices from a continuous range that one network took."""
    smallest: Network
    """The network with the fewest parameters, as the space knows it or else of those drawn."""
    smallest_known: bool
    """Whether the space knows it."""
    largest: Network
    """The network with the most parameters of those drawn."""
    baselines: Mapping[str, Network]
    """The hand-designed networks that the space contains, by name."""


class _Counting:
    """A drawing that counts the ways that it could have gone."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self.ways, self.continuous = 1.0, 0

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        self.ways *= (high - low) // step + 1
        return self._drawing.suggest_int(name, low, high, step=step, log=log)

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        if step:
            self.ways *= round((high - low) / step) + 1
        else:
            self.continuous += 1
        return self._drawing.suggest_float(name, low, high, step=step, log=log)

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        self.ways *= len(choices)
        return self._drawing.suggest_categorical(name, choices)


def survey(space: Space, task: Task, *, draws: int, seed: int) -> Survey:
    """What so many random draws show of a space.

    The number of combinations is the mean over draws of the ways that each could have gone, which is right on average
    where choices depend on each other (D. Knuth, Estimating the efficiency of backtrack programs, 1975).

    Raises:
        SpaceError: If the networks of a foreign space cannot be built.
    """
    require_networks(space, task)
    generator = np.random.default_rng(seed)
    counted = [_Counting(Drawing(generator)) for _ in range(draws)]
    networks = [space.draw(one, task) for one in counted]
    by_size = sorted(
        (network for network in networks if failure_of(network) is None), key=lambda network: measure(network).parameters
    )
    return Survey(
        space=space.name,
        draws=draws,
        fitting=sum(fits(measure(network), budget=task.budget) for network in by_size),
        distinct=len({network.key for network in networks}),
        combinations=fmean(one.ways for one in counted),
        continuous=max(one.continuous for one in counted),
        smallest=space.smallest(task) if space.smallest else by_size[0],
        smallest_known=space.smallest is not None,
        largest=by_size[-1],
        baselines={
            name: network
            for name, network in designed_by_hand(space, task).items()
            if space.locate and space.locate(network, task) is not None
        },
    )


def sample(space: Space, task: Task, *, count: int, seed: int) -> tuple[Network, ...]:
    """So many random networks of a space, whatever they cost.

    Raises:
        SpaceError: If the networks of a foreign space cannot be built.
    """
    require_networks(space, task)
    generator = np.random.default_rng(seed)
    return tuple(space.draw(Drawing(generator), task) for _ in range(count))
