"""What a search space may look at: the images' shape, the classes, and the budget."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from nas.architecture.budget import Budget
from nas.architecture.layers import Size


class Task(BaseModel):
    """A classification problem with a limit on what its network may cost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input_shape: tuple[Size, Size, Size]
    """(height, width, channels) of one image."""
    classes: Annotated[int, Field(ge=2)]
    """Number of classes."""
    budget: Budget = Budget()
    """What a network may cost at most."""
