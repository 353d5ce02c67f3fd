"""KerasTuner's `hp` as a build gets it here: each value is asked for when the build comes to need it."""

from collections.abc import Callable, Mapping
from typing import Any

import keras_tuner
from keras_tuner.engine import hyperparameters

from nas.architecture.suggest import Value
from nas.training.declared import Declared, OneOf, Real, Whole, one_of, real, whole

Ask = Callable[[Declared], Value]


class AskingHyperParameters(keras_tuner.HyperParameters):  # type: ignore[misc]
    """Hyperparameters without defaults: one that is active and has no value yet gets the one that is answered.

    One build is then enough, whatever hyperparameters depend on, and nothing is chosen that the build does not use.

    Args:
        ask: Gives the value of a hyperparameter.
        values: Those that are known, by KerasTuner's names.
    """

    def __init__(self, ask: Ask, *, values: Mapping[str, Value]) -> None:
        super().__init__()
        self._ask = ask
        self.values = dict(values)

    def Int(self, *args: Any, **kwargs: Any) -> Any:  # noqa: N802 - as KerasTuner names it
        """A whole number."""
        return self._answered(super().Int, args, kwargs)

    def Float(self, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        """A number."""
        return self._answered(super().Float, args, kwargs)

    def Choice(self, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        """One of some values."""
        return self._answered(super().Choice, args, kwargs)

    def Boolean(self, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        """True or False."""
        return self._answered(super().Boolean, args, kwargs)

    def _answered(self, declare: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        before = len(self.values)
        value = declare(*args, **kwargs)
        if len(self.values) == before:
            return value  # it was known, or its condition does not hold
        new = self.space[-1]
        self.values[new.name] = self._ask(declared(new))
        return self.values[new.name]


def declared(hyperparameter: Any) -> Declared:
    """One of KerasTuner's hyperparameters as data.

    KerasTuner knows them by name and conditions, so that one name may stand for several ranges; the conditions become part of the
    name here.
    """
    conditions = [f"{one.name.rpartition('/')[2]}={'|'.join(map(str, one.values))}" for one in hyperparameter.conditions]
    return Declared("/".join((*conditions, hyperparameter.name)), _range(hyperparameter))


def _range(one: Any) -> Whole | Real | OneOf:
    match one:
        case hyperparameters.Int():
            return whole(one.min_value, one.max_value, step=one.step, sampling=one.sampling)
        case hyperparameters.Float():
            return real(one.min_value, one.max_value, step=one.step, sampling=one.sampling)
        case _:
            return one_of(tuple(one.values))
