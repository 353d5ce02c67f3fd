"""What a KerasTuner build is asked for and asks for, as data, and how a trial draws the value of a hyperparameter."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log
from typing import assert_never

from nas.architecture import Suggest
from nas.architecture.suggest import Value
from nas.errors import SpaceError


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a build function is to build for."""

    source: str
    """`module:name` of it."""
    sha256: str
    """Hash of the module's source, as it was found."""
    input_shape: tuple[int, int, int]
    """(height, width, channels) of one image."""
    classes: int
    """Number of classes."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from low to high, both included."""

    low: int
    high: int
    step: int = 1
    log: bool = False


@dataclass(frozen=True, slots=True)
class Real:
    """A number from low to high."""

    low: float
    high: float
    step: float | None = None
    log: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some values."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """A hyperparameter of a build that is to get its value."""

    name: str
    """What a trial calls it: KerasTuner's name behind the conditions that it stands under."""
    range: Whole | Real | OneOf


def draw(declared: Declared, trial: Suggest) -> Value:
    """Its value, as a trial suggests it.

    Raises:
        SpaceError: If the trial's study has another range for the name.

    >>> from nas.architecture import Fixed
    >>> draw(Declared("units", Whole(8, 64, step=8)), Fixed({"units": 24}))
    24
    """
    try:
        match declared.range:
            case Whole(low, high, step, log):
                return trial.suggest_int(declared.name, low, high, step=step, log=log)
            case Real(low, high, step, log):
                return trial.suggest_float(declared.name, low, high, step=step, log=log)
            case OneOf(values):
                return trial.suggest_categorical(declared.name, values)
            case _:
                assert_never(declared.range)
    except ValueError as error:  # Optuna's, for a name whose values or kind changed
        raise SpaceError(
            f"The hyperparameter {declared.name} has another range than in an earlier trial ({error}); give it one range, or"
            " another name."
        ) from None


def whole(low: int, high: int, *, step: int | None, sampling: str) -> Whole | OneOf:
    """The range of `hp.Int`.

    A step of logarithmic sampling multiplies, so its values are listed; `reverse_log` is drawn evenly.

    >>> whole(4, 10, step=4, sampling="linear"), whole(2, 33, step=2, sampling="log")
    (Whole(low=4, high=8, step=4, log=False), OneOf(values=(2, 4, 8, 16, 32)))
    """
    if step is not None and sampling == "log":
        return OneOf(tuple(dict.fromkeys(int(round(value, 6)) for value in _multiplied(low, high, step))))
    step = step if step is not None and sampling == "linear" else 1
    return Whole(low, low + (high - low) // step * step, step, sampling == "log")


def real(low: float, high: float, *, step: float | None, sampling: str) -> Real | OneOf:
    """The range of `hp.Float`.

    >>> real(0, 0.55, step=0.1, sampling="linear").high
    0.5
    """
    if step is not None and sampling == "log":
        return OneOf(_multiplied(low, high, step))
    if step is not None and sampling == "linear":
        least, by = Decimal(str(low)), Decimal(str(step))
        return Real(low, float(least + (Decimal(str(high)) - least) // by * by), step)
    return Real(low, high, None, sampling == "log")


def one_of(values: Sequence[Value]) -> OneOf:
    """The range of `hp.Choice`; a value that is named twice is one value."""
    return OneOf(tuple(dict.fromkeys(values)))


def _multiplied(low: float, high: float, by: float) -> tuple[float, ...]:
    """low, low · by, low · by² … as far as high, in the number that KerasTuner makes of them."""
    return tuple(low * by**index for index in range(int(log(high / low, by) + 1e-8) + 1))
