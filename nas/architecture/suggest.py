"""What a search space is given to draw its choices from."""

from collections.abc import Sequence
from typing import Protocol


class Suggest(Protocol):
    """The part of Optuna's `Trial` that a space may use; `FixedTrial` and others offer it too.

    A space keeps one distribution for one name: where a choice must fit the shape at hand it is clipped,
    since a range that changes falls out of the sampler's joint model.
    """

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """An integer from low to high, both included."""

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        """A number from low to high."""

    def suggest_categorical(self, name: str, choices: Sequence[None | bool | int | float | str]) -> None | bool | int | float | str:
        """One of the choices."""
