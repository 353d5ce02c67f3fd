"""What a Keras 3 model's config holds: its layers as they are written, in the order in which an image passes them."""

from collections.abc import Mapping
from math import isclose
from reprlib import Repr
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from nas.errors import ArchitectureError

ANY_LAYER: Final = {"trainable": True, "dtype": "float32"}
"""What every layer's config says."""
WITHOUT_EFFECT: Final = frozenset({"name", "seed", "renorm_momentum"})
"""Attributes that change nothing here: seeds are ours, and the last counts with renorm alone."""
_SHOWN: Final = Repr()
_SHOWN.maxstring = 60
_CHAIN_ONLY: Final = "only a chain of layers, each taking the output of the one before, can be trained here"


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Node(_Written):
    """One call of a layer."""

    model_config = ConfigDict(extra="forbid")

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = {}


class _History(_Written):
    """Where a tensor is from: a layer's name, the number of its call, and the number of the output."""

    keras_history: tuple[str, int, int]


class _Tensor(_Written):
    """What a layer is called with, when that is the output of one layer."""

    config: _History


class Entry(_Written):
    """A layer, or a model, as Keras writes it."""

    class_name: str
    config: dict[str, Any]
    module: str | None = None
    inbound_nodes: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """What the person or Keras called it."""
        return str(self.config.get("name", ""))

    def __str__(self) -> str:
        """How a sentence names it."""
        return f"{word(self.class_name)} layer {_SHOWN.repr(self.name)}"


def in_order(entries: tuple[Entry, ...], model: Mapping[str, Any], *, source: str) -> tuple[Entry, ...]:
    """A functional model's layers from its one input to its one output."""
    begins, ends = _ends(model.get("input_layers")), _ends(model.get("output_layers"))
    if len(begins) != 1 or len(ends) != 1:
        raise ArchitectureError(
            f"{source} has {len(begins)} inputs and {len(ends)} outputs; only networks with one input and one output can be"
            " trained here."
        )
    after: dict[str, Entry] = {}
    for entry in entries:
        if not entry.inbound_nodes and entry.class_name == "InputLayer":
            continue
        before = _taken_from(entry, source=source)
        if before in after:
            raise ArchitectureError(f"After the layer {_SHOWN.repr(before)}, {source} branches; {_CHAIN_ONLY}.")
        after[before] = entry
    chain = [entry for entry in entries if entry.name == begins[0]][:1]
    while chain and chain[-1].name in after:
        chain.append(after.pop(chain[-1].name))
    if after or not chain or chain[-1].name != ends[0]:
        raise ArchitectureError(f"The layers of {source} do not lead from its input to its output; {_CHAIN_ONLY}.")
    return tuple(chain)


def _ends(written: object) -> list[str]:
    """Names of the layers where a functional model begins or ends: one place, a list of places, or places by name."""
    if isinstance(written, Mapping):
        written = list(written.values())
    if not isinstance(written, list) or not written:
        return []
    places = [written] if isinstance(written[0], str) else written
    return [str(place[0]) if isinstance(place, list) and place else "" for place in places]


def _taken_from(entry: Entry, *, source: str) -> str:
    """The name of the one layer whose output a layer takes."""
    if len(entry.inbound_nodes) != 1:
        raise ArchitectureError(f"The {entry} of {source} is used {len(entry.inbound_nodes)} times; {_CHAIN_ONLY}.")
    try:
        node = _Node.model_validate(entry.inbound_nodes[0])
        (tensor,) = node.args
        name, call, output = _Tensor.model_validate(tensor).config.keras_history
    except ValueError:  # ValidationError is one of these
        raise ArchitectureError(f"The {entry} of {source} takes something else than one layer's output; {_CHAIN_ONLY}.") from None
    if (call, output) != (0, 0):
        raise ArchitectureError(f"The {entry} of {source} takes another output than a layer's first; {_CHAIN_ONLY}.")
    for argument, value in node.kwargs.items():
        # Keras writes training=False for a Dropout called plainly, and overrides it when it trains
        if value is not None and not (argument == "training" and value is False):
            raise ArchitectureError(
                f"The {entry} of {source} is called with {word(argument)}={shown(value)}; only calls without arguments are"
                " possible here."
            )
    return name


def same(came: object, wanted: object) -> bool:
    """Whether two values are the same, as far as Keras may have rounded one."""
    if isinstance(came, list):
        came = tuple(came)
    if isinstance(wanted, list):
        wanted = tuple(wanted)
    if isinstance(came, float) and isinstance(wanted, int | float):
        return isclose(came, wanted, rel_tol=1e-6)  # Keras may have kept it as float32
    return came == wanted


def named(value: object) -> object:
    """An object that Keras wrote as class and config, by its name, and with what was set in it besides a seed."""
    if not isinstance(value, Mapping) or not isinstance(value.get("class_name"), str):
        return value
    config = value.get("config")
    if value["class_name"] == "DTypePolicy" and isinstance(config, Mapping):
        return config.get("name")
    settings = config if isinstance(config, Mapping) else {"config": config}
    said = {name: item for name, item in settings.items() if name not in {*ANY_LAYER, *WITHOUT_EFFECT} and item is not None}
    written = ", ".join(f"{name}={_SHOWN.repr(item)}" for name, item in said.items())
    module = str(value.get("module"))
    name = value["class_name"] if module.partition(".")[0] == "keras" else f"{module}.{value['class_name']}"
    return f"{name}({written})" if written else name


def word(text: str) -> str:
    """A name as it is, or quoted where it is no name."""
    return text if text.isidentifier() and len(text) <= 60 else _SHOWN.repr(text)


def shown(value: object) -> str:
    """A value of a config, for a sentence."""
    its = named(value)
    return _SHOWN.repr(tuple(its) if isinstance(its, list) else its)
