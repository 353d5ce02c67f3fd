"""What a network is: a checked, frozen chain of layers with one canonical spelling, or a function that builds one."""

import json
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from nas.architecture.factory import Factory
from nas.architecture.layers import Layer, Size
from nas.architecture.shapes import Shape, output_shape
from nas.errors import ArchitectureError

FORMAT: Final = 1


@lru_cache(maxsize=4_096)
def _shared(layer: Layer) -> Layer:
    """The first layer that was equal to this one."""
    return layer


class Architecture(BaseModel):
    """A sequential chain of layers over an image; one that exists is possible.

    Raises:
        ArchitectureError: When made of layers that do not fit together.

    >>> from nas.architecture.layers import Dense, Flatten
    >>> Architecture(input_shape=(2, 2, 1), layers=(Flatten(), Dense(units=3))).shapes
    ((4,), (3,))
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = FORMAT
    """Version of this spelling; a newer one is refused."""
    input_shape: tuple[Size, Size, Size]
    """(height, width, channels) of one image."""
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]
    """From the image to the class probabilities."""

    @field_validator("layers")
    @classmethod
    def _share_equal_layers(cls, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        """A search of thousands of networks has some hundred different layers."""
        return tuple(map(_shared, layers))

    @model_validator(mode="after")
    def _check_that_the_layers_fit(self) -> Self:
        _ = self.shapes
        return self

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """The output shape of each layer, without the batch axis."""
        shapes: list[Shape] = []
        given: Shape = self.input_shape
        for layer in self.layers:
            given = output_shape(layer, given=given)
            shapes.append(given)
        return tuple(shapes)

    @property
    def canonical_json(self) -> str:
        """The one spelling of this architecture: every field, sorted, without spaces."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    @cached_property
    def key(self) -> str:
        """SHA-256 of the canonical spelling: equal keys mean the same network."""
        return sha256(self.canonical_json.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        """Whether both are the same network (what is cached on one of them does not matter)."""
        return self.key == other.key if isinstance(other, Architecture) else NotImplemented

    def __hash__(self) -> int:
        """A hash that agrees with equality."""
        return hash(self.key)


Network: TypeAlias = Architecture | Factory
"""What can be measured and trained: layers that we know, or a function that builds a Keras model."""


def failure_of(network: Network) -> str | None:
    """Why a network cannot be built, or None; one of layers that we know always can."""
    return network.failure if isinstance(network, Factory) else None


def layers_of(network: Network) -> Architecture:
    """A network as layers that we know.

    Raises:
        ArchitectureError: If a foreign function builds it.
    """
    if isinstance(network, Factory):
        raise ArchitectureError(f"{network.source} builds this network by itself; here layers that nas knows are needed.")
    return network


def parse_architecture(text: str | bytes, *, source: str) -> Architecture:
    """The architecture that a JSON text spells.

    Args:
        text: A JSON object with `format`, `input_shape` and `layers`.
        source: Where the text is from, for the error message.

    Raises:
        ArchitectureError: If the text is no architecture, an impossible one, or of a newer format.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:  # the latter for brackets in brackets without end
        raise ArchitectureError(f"{source} is not JSON ({error}); an architecture file holds one JSON object.") from None
    if not isinstance(value, dict):
        raise ArchitectureError(f"{source} holds no JSON object; an architecture has format, input_shape and layers.")
    if "source" in value:
        raise ArchitectureError(f"{source} names a function, {value['source']}, that builds a model; here layers are needed.")
    written = value.get("format", FORMAT)
    if isinstance(written, int) and written > FORMAT:
        raise ArchitectureError(f"{source} has format {written}, newer than the {FORMAT} that this version reads; update nas.")
    try:
        return Architecture.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "architecture"
        raise ArchitectureError(f"{source} is not a valid architecture: {place}: {first['msg']}.") from None
