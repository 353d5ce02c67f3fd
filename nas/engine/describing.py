"""How a forest sees networks: by their structure, or, where a foreign function builds them, by the values it was given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log, log1p

from nas.architecture import Architecture, Factory, Network, layers_of, measure
from nas.architecture.suggest import Value
from nas.engine.features import features, finer_features
from nas.engine.tuning import plan_features
from nas.training.plan import TrainingPlan

Planned = tuple[Network, TrainingPlan | None]
"""A network, and what it is trained by where that differs from trial to trial."""
Describe = Callable[[Network, TrainingPlan | None], tuple[float, ...]]
"""A network and its plan as a row of numbers, of the same meaning and count for all that are compared."""
_WIDE = 10.0
"""A number whose largest value is so many times its smallest is seen by its logarithm."""


def describing(trained: Sequence[Planned]) -> Describe:
    """What tells the networks that a forest learns from apart."""
    built = [network for network, _ in trained if isinstance(network, Factory)]
    if built:
        return _ByValues(tuple(_column(name, built) for name in sorted({name for one in built for name in one.values})))
    finer = {_finer(layers_of(network), plan) for network, plan in trained}
    return _ByStructure(telling=len(finer) > 1)  # where all are alike, as in plain, the trees are those that they were without


@dataclass(frozen=True)
class _ByStructure:
    telling: bool
    """Whether the finer features differ."""

    def __call__(self, network: Network, plan: TrainingPlan | None) -> tuple[float, ...]:
        layers = layers_of(network)
        row = features(layers, measure(layers))
        return row + _finer(layers, plan) if self.telling else row


def _finer(network: Architecture, plan: TrainingPlan | None) -> tuple[float, ...]:
    return finer_features(network) + (plan_features(plan) if plan else ())


@dataclass(frozen=True)
class _Column:
    name: str
    words: tuple[Value, ...] | None
    """All values of one that is no number, or None."""
    low: float = 0.0
    high: float = 0.0

    def numbers(self, value: Value) -> tuple[float, ...]:
        """A value as numbers; None stands for a hyperparameter that a build did not come to."""
        if self.words is not None:
            return tuple(float(value == word) for word in self.words)
        if not isinstance(value, int | float):
            return (self._scaled(self.low) - 1.0,)
        return (self._scaled(value),)

    def _scaled(self, value: float) -> float:
        if value <= 0 or self.low <= 0 or self.high < _WIDE * self.low:
            return (value - self.low) / ((self.high - self.low) or 1.0)
        return log(value / self.low) / log(self.high / self.low)


@dataclass(frozen=True)
class _ByValues:
    columns: tuple[_Column, ...]

    def __call__(self, network: Network, plan: TrainingPlan | None) -> tuple[float, ...]:
        assert isinstance(network, Factory), "a space has networks of one kind"
        cost = measure(network)
        chosen = (number for column in self.columns for number in column.numbers(network.values.get(column.name)))
        costs = (log1p(cost.parameters), log1p(cost.macs), log1p(cost.peak_activation_bytes), len(network.layers))
        return (*costs, *chosen, *(plan_features(plan) if plan else ()))


def _column(name: str, built: Sequence[Factory]) -> _Column:
    values = [one.values[name] for one in built if name in one.values]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < len(values):
        return _Column(name, tuple(sorted(set(values), key=repr)))
    return _Column(name, None, min(numbers), max(numbers))
