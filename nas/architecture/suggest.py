"""What a search space is given to draw its choices from."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from nas.errors import SpaceError

Value = None | bool | int | float | str


class Suggest(Protocol):
    """The part of Optuna's `Trial` that a space may use; `FixedTrial` and others offer it too.

    A space keeps one distribution for one name: where a choice must fit the shape at hand it is clipped,
    since a range that changes falls out of the sampler's joint model.
    """

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """An integer from low to high, both included."""

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        """A number from low to high."""

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        """One of the choices."""


class Fixed:
    """Choices that are already made, for a space that asks for them by name.

    >>> Fixed({"filters": 8}).suggest_int("filters", 1, 32)
    8
    """

    def __init__(self, choices: Mapping[str, Value]) -> None:
        self._choices = dict(choices)

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:  # noqa: ARG002
        """The integer chosen for this name.

        Raises:
            SpaceError: If none was chosen, or one outside the range.
        """
        value = self._chosen(name)
        if not isinstance(value, int) or not low <= value <= high or (value - low) % step:
            raise SpaceError(f"The choice {name} = {value!r} is not an integer from {low} to {high} in steps of {step}.")
        return value

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:  # noqa: ARG002
        """The number chosen for this name.

        Raises:
            SpaceError: If none was chosen, or one outside the range.
        """
        value = self._chosen(name)
        if not isinstance(value, int | float) or not low <= value <= high:
            raise SpaceError(f"The choice {name} = {value!r} is not a number from {low} to {high}.")
        return float(value)

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        """The value chosen for this name.

        Raises:
            SpaceError: If none was chosen, or one that is not offered.
        """
        value = self._chosen(name)
        if value not in choices:
            raise SpaceError(f"The choice {name} = {value!r} is not one of {', '.join(map(repr, choices))}.")
        return value

    def _chosen(self, name: str) -> Value:
        if name not in self._choices:
            raise SpaceError(f"The space asks for {name}, which was not chosen.")
        return self._choices[name]
