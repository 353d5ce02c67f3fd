"""How a network is trained, as data: everything that the figures depend on besides network, data and seed."""

from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from nas.errors import StudyError


class TrainingPlan(BaseModel):
    """A training recipe.

    >>> TrainingPlan(name="short", epochs=3).batch_size
    128
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """What tables call it."""
    optimizer: Literal["adam"] = "adam"
    """Keras's optimizer, its other settings at their defaults."""
    learning_rate: Annotated[float, Field(gt=0)] = 0.001
    """Step size of the optimizer."""
    batch_size: Annotated[int, Field(ge=1)] = 128
    """Images a step; an epoch's last batch may be smaller."""
    epochs: Annotated[int, Field(ge=1)] = 15
    """Passes over the training images."""
    loss: Literal["categorical_crossentropy"] = "categorical_crossentropy"
    """What is minimised, in nats."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """What layers compute in; weights are float32 either way."""

    @property
    def key(self) -> str:
        """SHA-256 of the canonical spelling: equal keys mean the same recipe."""
        return sha256(self.model_dump_json().encode()).hexdigest()


NOTEBOOK = TrainingPlan(name="notebook")
"""The recipe of the hand-designed networks' notebook: Adam at Keras's defaults, batch 128, 15 epochs."""

_PLANS = {NOTEBOOK.name: NOTEBOOK}


def find_plan(name: str) -> TrainingPlan:
    """The recipe of that name.

    Raises:
        StudyError: If there is none.
    """
    if name not in _PLANS:
        raise StudyError(f"There is no training plan {name!r}; choose {' or '.join(_PLANS)}.")
    return _PLANS[name]
