"""How much a network may cost, and by how much one is over it."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from nas.architecture.cost import Cost
from nas.errors import BudgetError

Limit = Annotated[int, Field(ge=1)]
UNITS: Final = {
    "parameters": "parameters",
    "macs": "MACs",
    "ram_bytes": "bytes of RAM",
    "flash_bytes": "bytes of flash",
}
"""What is counted, by the name of its limit."""
ESTIMATED: Final = frozenset({"ram_bytes", "flash_bytes"})
"""Costs that are upper estimates until a network is converted."""


class Budget(BaseModel):
    """Upper limits on a network's cost; what is None is not limited.

    >>> Budget(parameters=7_000).limits
    {'parameters': 7000}
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameters: Limit | None = None
    """Largest number of parameters, as Keras counts them (BatchNormalization's moving statistics included)."""
    macs: Limit | None = None
    """Most multiply-accumulate operations for one image."""
    ram_bytes: Limit | None = None
    """Most bytes of the arena that TensorFlow Lite Micro works in, as estimated."""
    flash_bytes: Limit | None = None
    """Most bytes of the int8 LiteRT file, as estimated."""

    @property
    def limits(self) -> dict[str, int]:
        """Name and value of each limit that is set; the names are those of `Cost`."""
        return self.model_dump(exclude_none=True)

    @property
    def words(self) -> str:
        """All limits as people say them.

        >>> Budget(parameters=7_000, ram_bytes=8_192).words
        '7,000 parameters and 8,192 bytes of RAM'
        """
        each = [f"{limit:,} {UNITS[name]}" for name, limit in self.limits.items()]
        return " and ".join([", ".join(each[:-1]), each[-1]] if len(each) > 1 else each)

    def tightened(self, other: "Budget") -> "Budget":
        """The smaller of both limits, each by itself.

        >>> Budget(parameters=7_000, ram_bytes=9_000).tightened(Budget(ram_bytes=8_000)).limits
        {'parameters': 7000, 'ram_bytes': 8000}
        """
        mine, others = self.limits, other.limits
        return Budget(**{name: min(mine.get(name, limit), others.get(name, limit)) for name, limit in (mine | others).items()})


def violations(cost: Cost, *, budget: Budget) -> dict[str, float]:
    """How far a cost is from each limit as a share of it: at most 0 where it fits, 1.0 at twice the limit."""
    return {name: getattr(cost, name) / limit - 1 for name, limit in budget.limits.items()}


def fits(cost: Cost, *, budget: Budget) -> bool:
    """Whether no limit is exceeded."""
    return all(getattr(cost, name) <= limit for name, limit in budget.limits.items())


def excesses(cost: Cost, *, budget: Budget) -> dict[str, int]:
    """By how much each limit that is exceeded is."""
    over = {name: getattr(cost, name) - limit for name, limit in budget.limits.items()}
    return {name: excess for name, excess in over.items() if excess > 0}


def describe_excess(cost: Cost, *, budget: Budget) -> str:
    """By how much which limits are exceeded, in words; empty for a cost within the budget."""
    return ", ".join(f"{excess:,} {UNITS[name]} over" for name, excess in excesses(cost, budget=budget).items())


def describe_cost(cost: Cost, name: str) -> str:
    """One of a network's costs with a verb, such as `has 6,831 parameters` or `needs an estimated 9,120 bytes of RAM`."""
    verb = "needs an estimated" if name in ESTIMATED else "has"
    return f"{verb} {getattr(cost, name):,} {UNITS[name]}"


def require_fit(cost: Cost, *, budget: Budget) -> None:
    """Nothing, for a cost within the budget.

    Raises:
        BudgetError: If a limit is exceeded; the message says by how much.
    """
    for name, excess in excesses(cost, budget=budget).items():
        raise BudgetError(
            f"The architecture {describe_cost(cost, name)}, {excess:,} over the budget of {budget.limits[name]:,};"
            " use fewer filters or a smaller kernel."
        )
