"""A network that a function of somebody else's builds: which function, with which values, and what a build of it showed."""

import json
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nas.architecture.layers import Size
from nas.architecture.suggest import Value

FORMAT: Final = 1
_FACTS: Final = frozenset({"layers", "outputs", "compiled", "failure"})


class BuiltLayer(BaseModel):
    """What one call of a layer was seen to do, for one image."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """The layer's name in its model."""
    kind: str
    """Its class, such as `Conv2D`."""
    output_shape: tuple[int, ...]
    """What it gives, without the batch axis."""
    parameters: int
    """Numbers that Keras stores for it; none for a second call of the same layer."""
    trainable_parameters: int
    """Those that training changes by gradient."""
    macs: int
    """Multiply-accumulate operations of its weights."""
    activation_bytes: int
    """Bytes of its input and output together with one byte a value."""


class Factory(BaseModel):
    """A network that a Keras function builds; one that exists was built once, and counted.

    It holds no Keras: a worker builds the model again from the function's name and the values, and finds the same layers.

    Raises:
        ValueError: If it has neither layers nor a reason why there are none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = FORMAT
    """Version of this spelling; a newer one is refused."""
    source: str
    """`module:name` of a build function, or of a HyperModel's class or instance."""
    sha256: str
    """Hash of the module's source."""
    input_shape: tuple[Size, Size, Size]
    """(height, width, channels) of one image."""
    classes: Annotated[int, Field(ge=2)]
    """Number of classes."""
    values: Mapping[str, Value]
    """The hyperparameters that the build used, by KerasTuner's names."""
    layers: tuple[BuiltLayer, ...] = ()
    """Each call of a layer, in order."""
    outputs: Literal["probabilities", "logits"] = "probabilities"
    """What the model ends in."""
    compiled: bool = False
    """Whether it brings an optimizer and a loss of its own."""
    failure: str | None = None
    """Why it cannot be built with these values, or None."""

    @model_validator(mode="after")
    def _check_that_it_was_built(self) -> Self:
        if bool(self.layers) == (self.failure is not None):
            raise ValueError("a factory has the layers of a build, or the reason why there was none")
        return self

    @property
    def canonical_json(self) -> str:
        """The one spelling of it, with what the build showed: every field, sorted, without spaces."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    @cached_property
    def key(self) -> str:
        """SHA-256 of function, values, images and classes: equal keys mean the same network."""
        given = self.model_dump(mode="json", exclude=set(_FACTS))
        return sha256(json.dumps(given, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        """Whether both are the same network."""
        return self.key == other.key if isinstance(other, Factory) else NotImplemented

    def __hash__(self) -> int:
        """A hash that agrees with equality."""
        return hash(self.key)
