"""The plain space in KerasTuner's words."""

from collections.abc import Callable, Mapping
from typing import Any

from searching import BUDGET, TASK

from nas.architecture import Architecture, Fixed, measure
from search_spaces.plain import MAX_DEPTH, space

GUESSING = 0.1
"""What an oversized network is told to be worth: KerasTuner then goes on, and learns to avoid it."""


def network_of(hp: Any) -> Architecture:
    """The network of the choices made."""
    return space(Fixed(hp.values), TASK)


def declare(hp: Any) -> None:
    """The choices of the plain space, each active only where the space asks for it."""
    hp.Int("conv_depth", 0, MAX_DEPTH)
    hp.Choice("pool_type", ["max", "average"])
    with hp.conditional_scope("conv_depth", [0]):
        hp.Int("input_pool", 1, 28)
    for index in range(1, MAX_DEPTH + 1):
        with hp.conditional_scope("conv_depth", list(range(index, MAX_DEPTH + 1))):
            hp.Int(f"filters_{index}", 1, 32)
            hp.Int(f"kernel_{index}", 1, 7)
            hp.Int(f"pool_{index}", 1, 4)
    hp.Int("dense_units", 0, 64)


def only_fitting(draw: Callable[[], Mapping[str, Any] | None]) -> Callable[[], Mapping[str, Any] | None]:
    """Random choices drawn again until their network fits, so that a bracket of Hyperband holds nothing else."""

    def drawn() -> Mapping[str, Any] | None:
        while True:
            choices = draw()
            if choices is None or measure(space(Fixed(choices), TASK)).parameters <= BUDGET:
                return choices

    return drawn
