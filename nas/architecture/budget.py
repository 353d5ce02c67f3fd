"""How much a network may cost, and by how much one is over it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from nas.architecture.cost import Cost
from nas.errors import BudgetError

Limit = Annotated[int, Field(ge=1)]


class Budget(BaseModel):
    """Upper limits on a network's cost; what is None is not limited.

    >>> Budget(parameters=7_000).limits
    {'parameters': 7000}
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameters: Limit | None = None
    """Largest number of parameters, as Keras counts them (BatchNormalization's moving statistics included)."""

    @property
    def limits(self) -> dict[str, int]:
        """Name and value of each limit that is set."""
        return {} if self.parameters is None else {"parameters": self.parameters}


def violations(cost: Cost, *, budget: Budget) -> dict[str, float]:
    """How far a cost is from each limit as a share of it: at most 0 where it fits, 1.0 at twice the limit."""
    return {name: getattr(cost, name) / limit - 1 for name, limit in budget.limits.items()}


def fits(cost: Cost, *, budget: Budget) -> bool:
    """Whether no limit is exceeded."""
    return all(excess <= 0 for excess in violations(cost, budget=budget).values())


def require_fit(cost: Cost, *, budget: Budget) -> None:
    """Nothing, for a cost within the budget.

    Raises:
        BudgetError: If a limit is exceeded; the message says by how much.
    """
    for name, limit in budget.limits.items():
        excess = getattr(cost, name) - limit
        if excess > 0:
            raise BudgetError(
                f"The architecture has {getattr(cost, name):,} {name}, {excess:,} over the budget of {limit:,};"
                " use fewer filters or a smaller kernel."
            )
