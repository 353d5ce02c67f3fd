"""A Keras 3 model's config as an architecture: JSON in, exactly the same network out, or a refusal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isclose
from reprlib import Repr
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from nas.architecture.layers import Activation, Dense, Layer
from nas.architecture.network import Architecture
from nas.architecture.shapes import Shape, output_shape
from nas.errors import ArchitectureError

_LAYER: Final[TypeAdapter[Layer]] = TypeAdapter(Layer)
_SHOWN: Final = Repr()
_SHOWN.maxstring = 60
_CHAIN_ONLY: Final = "only a chain of layers, each taking the output of the one before, can be trained here"


@dataclass(frozen=True)
class _Kind:
    """How a layer of Keras is read: each attribute is taken over, or has the one value that layers here have."""

    spelled: Mapping[str, str]
    """The part of our spelling that the kind alone gives."""
    taken: tuple[str, ...] = ()
    """Attributes that have the same name and meaning in our spelling."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Attributes that our layers do not have, with the value that they are built with."""


_ANY_LAYER: Final = {"trainable": True, "dtype": "float32"}
_ANY_IMAGE: Final = {"data_format": "channels_last"}
_WINDOW: Final = ("kernel_size", "strides", "padding", "activation", "use_bias")
_WINDOW_FIXED: Final = {**_ANY_IMAGE, "dilation_rate": (1, 1), "bias_initializer": "Zeros"}
_POOLING_FIXED: Final = {**_ANY_IMAGE, "padding": "valid"}
_KINDS: Final = {
    "Conv2D": _Kind(
        {"kind": "conv2d"}, ("filters", *_WINDOW), {**_WINDOW_FIXED, "groups": 1, "kernel_initializer": "GlorotUniform"}
    ),
    "DepthwiseConv2D": _Kind(
        {"kind": "depthwise_conv2d"}, _WINDOW, {**_WINDOW_FIXED, "depth_multiplier": 1, "depthwise_initializer": "GlorotUniform"}
    ),
    "MaxPooling2D": _Kind({"kind": "max_pooling2d"}, ("pool_size",), _POOLING_FIXED),
    "AveragePooling2D": _Kind({"kind": "average_pooling2d"}, ("pool_size",), _POOLING_FIXED),
    "GlobalAveragePooling2D": _Kind({"kind": "global_average_pooling2d"}, fixed={**_ANY_IMAGE, "keepdims": False}),
    "BatchNormalization": _Kind(
        {"kind": "batch_normalization"},
        fixed={
            "axis": -1,
            "momentum": 0.99,
            "epsilon": 0.001,
            "center": True,
            "scale": True,
            "beta_initializer": "Zeros",
            "gamma_initializer": "Ones",
            "moving_mean_initializer": "Zeros",
            "moving_variance_initializer": "Ones",
            "synchronized": False,
            "renorm": False,
        },
    ),
    "Activation": _Kind({"kind": "activation"}, ("activation",)),
    "ReLU": _Kind({"kind": "activation", "activation": "relu"}, fixed={"negative_slope": 0, "threshold": 0}),
    "Softmax": _Kind({"kind": "activation", "activation": "softmax"}, fixed={"axis": -1}),
    "Dropout": _Kind({"kind": "dropout"}, ("rate",)),
    "Flatten": _Kind({"kind": "flatten"}, fixed=_ANY_IMAGE),
    "Dense": _Kind(
        {"kind": "dense"},
        ("units", "activation", "use_bias"),
        {"kernel_initializer": "GlorotUniform", "bias_initializer": "Zeros"},
    ),
}
_WITHOUT_EFFECT: Final = frozenset({"name", "seed", "renorm_momentum"})  # seeds are ours; the last counts with renorm alone


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


class _Entry(_Written):
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
        return f"{_word(self.class_name)} layer {_SHOWN.repr(self.name)}"


_LAYERS: Final[TypeAdapter[tuple[_Entry, ...]]] = TypeAdapter(tuple[_Entry, ...])


@dataclass(frozen=True)
class KerasNetwork:
    """What a Keras 3 model's config says."""

    architecture: Architecture
    class_names: tuple[str, ...]
    """Keras's class of each of the model's layers in order, also of those that the architecture leaves out."""

    @property
    def rescaling(self) -> bool:
        """Whether the model takes pixels from 0 to 255 and divides them by 255 itself."""
        return "Rescaling" in self.class_names


def architecture_from_keras(config: Mapping[str, Any], *, source: str) -> Architecture:
    """The architecture of `network_from_keras`."""
    return network_from_keras(config, source=source).architecture


def network_from_keras(config: Mapping[str, Any], *, source: str) -> KerasNetwork:
    """The network that a Keras 3 model's config spells; nothing is imported or run for it.

    A first `Rescaling(1/255)` is left out, since training divides pixels by 255 itself, and a last `Dense` without
    activation, which gives logits, gets its softmax. How the model was compiled does not matter.

    Args:
        config: What `json.loads(model.to_json())` gives, or the `config.json` in a `.keras` file.
        source: Where it is from, for the error message.

    Raises:
        ArchitectureError: If the model is no chain over one image, or if a layer of it does anything that layers
            here do not; nothing that changes what is computed or trained is left out.

    >>> first = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 2, 2, 1]}}
    >>> second = {"module": "keras.layers", "class_name": "Flatten", "config": {"name": "flatten"}}
    >>> third = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "dense", "units": 3}}
    >>> layers = [first, second, third]
    >>> config = {"module": "keras", "class_name": "Sequential", "config": {"layers": layers}}
    >>> network_from_keras(config, source="a doctest").architecture.layers[1].activation
    'softmax'
    """
    try:
        model = _Entry.model_validate(dict(config))
        if model.class_name not in {"Sequential", "Functional"} or not _is_of_keras(model):
            raise ArchitectureError(
                f"{source} holds a model of the class {_word(model.class_name)}; only Sequential and Functional models of Keras 3"
                " can be read."
            )
        entries = _LAYERS.validate_python(model.config.get("layers"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "layers"
        raise ArchitectureError(
            f"{source} holds no model config of Keras 3 ({place}: {first['msg']}); save the model again with a newer Keras."
        ) from None
    _require(model.config, _ANY_LAYER, who=f"The model of {source}")
    chain = entries if model.class_name == "Sequential" else _in_order(entries, model.config, source=source)
    input_shape = _input_shape(chain[:1], source=source)
    architecture = Architecture(input_shape=input_shape, layers=_layers(chain[1:], input_shape=input_shape, source=source))
    own = chain[1:] if model.class_name == "Sequential" else chain  # a Sequential model does not count its input as a layer
    return KerasNetwork(architecture, tuple(entry.class_name for entry in own))


def _is_of_keras(entry: _Entry) -> bool:
    """Whether it is Keras's own class, not somebody's of the same name."""
    return entry.module is not None and entry.module.partition(".")[0] == "keras"


def _in_order(entries: tuple[_Entry, ...], model: Mapping[str, Any], *, source: str) -> tuple[_Entry, ...]:
    """A functional model's layers from its one input to its one output."""
    begins, ends = _ends(model.get("input_layers")), _ends(model.get("output_layers"))
    if len(begins) != 1 or len(ends) != 1:
        raise ArchitectureError(
            f"{source} has {len(begins)} inputs and {len(ends)} outputs; only networks with one input and one output can be"
            " trained here."
        )
    after: dict[str, _Entry] = {}
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


def _taken_from(entry: _Entry, *, source: str) -> str:
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
                f"The {entry} of {source} is called with {_word(argument)}={_shown(value)}; only calls without arguments are"
                " possible here."
            )
    return name


def _input_shape(entries: tuple[_Entry, ...], *, source: str) -> tuple[int, int, int]:
    """(height, width, channels) of the images that the input layer takes."""
    if not entries or entries[0].class_name != "InputLayer":
        raise ArchitectureError(f"{source} does not say what shape its images have; begin it with keras.Input((28, 28, 1)).")
    entry = entries[0]
    dtype = entry.config.get("dtype")
    wanted = {"sparse": False, "ragged": False, "optional": False, "dtype": "uint8" if dtype == "uint8" else "float32"}
    _require(entry.config, wanted, who=f"The {entry} of {source}", taken=("batch_shape",))
    match entry.config.get("batch_shape"):
        case [_, int(height), int(width), int(channels)] if min(height, width, channels) > 0:
            return height, width, channels
        case came:
            raise ArchitectureError(
                f"{source} takes inputs of shape {_shown(came)}; a network here takes images of a known (batch, height, width,"
                " channels), such as (None, 28, 28, 1)."
            )


def _layers(entries: Iterable[_Entry], *, input_shape: Shape, source: str) -> tuple[Layer, ...]:
    """The layers after the input, each checked where it stands, the last one ending in softmax."""
    layers: list[Layer] = []
    given = input_shape
    for index, entry in enumerate(entries):
        who = f"The {entry} of {source}"
        if entry.class_name == "Rescaling" and entry.module == "keras.layers":
            _require_division_by_255(entry, first=index == 0, who=who)
            continue
        layers.append(_layer(entry, given=given, who=who))
        try:
            given = output_shape(layers[-1], given=given)
        except ArchitectureError as error:
            raise ArchitectureError(f"{who} does not fit where it stands: {error}") from None
    if not layers:
        raise ArchitectureError(f"{source} has no layers; end it in a Dense layer with softmax.")
    layers[-1] = _with_softmax(layers[-1], source=source)
    if len(given) != 1 or given[0] < 2:
        raise ArchitectureError(
            f"{source} gives an output of shape {given} for an image; a classifier gives a vector with a probability for each of"
            " at least 2 classes."
        )
    return tuple(layers)


def _require_division_by_255(entry: _Entry, *, first: bool, who: str) -> None:
    scale, offset = (entry.config.get(name, 0.0) for name in ("scale", "offset"))
    if not (first and _same(scale, 1 / 255) and _same(offset, 0.0)):
        raise ArchitectureError(
            f"{who} (scale {_shown(scale)}, offset {_shown(offset)}) cannot be taken over; only Rescaling(1/255) right after the"
            " input can, since training divides pixels by 255."
        )
    _require(entry.config, _ANY_LAYER, who=who, taken=("scale", "offset"))


def _layer(entry: _Entry, *, given: Shape, who: str) -> Layer:
    """A layer of Keras in our spelling.

    Raises:
        ArchitectureError: If ours cannot say all that this one says.
    """
    kind = _KINDS.get(entry.class_name)
    if kind is None or entry.module != "keras.layers":
        raise ArchitectureError(f"{who} is of a kind that cannot be trained here; known are {', '.join(_KINDS)}.")
    fixed = {**_ANY_LAYER, **kind.fixed}
    if "pool_size" in kind.taken:
        fixed["strides"] = entry.config.get("pool_size")
    if "axis" in fixed and entry.config.get("axis") == len(given):  # the last one, counted from the batch axis
        fixed["axis"] = len(given)
    _require(entry.config, fixed, who=who, taken=kind.taken)
    spelled = {name: entry.config[name] for name in kind.taken if name in entry.config}
    try:
        return _LAYER.validate_python({**spelled, **kind.spelled})
    except ValidationError as error:
        mistake = error.errors()[0]
        attribute, message = str(mistake["loc"][1]), mistake["msg"]
        if mistake["type"] == "missing":
            raise ArchitectureError(f"{who} has no {attribute}; Keras cannot have written it.") from None
        raise ArchitectureError(
            f"{who} has {attribute} {_shown(spelled[attribute])}; {message[:1].lower()}{message[1:]}."
        ) from None


def _require(config: Mapping[str, Any], fixed: Mapping[str, Any], *, who: str, taken: tuple[str, ...] = ()) -> None:
    """Nothing, where each attribute is one of `taken`, has its fixed value, is not set, or has no effect."""
    unread = {"layers", "input_layers", "output_layers", "build_input_shape", *taken, *_WITHOUT_EFFECT}
    for attribute, value in config.items():
        if attribute in fixed:
            if not _same(_named(value), fixed[attribute]):
                wanted = _shown(fixed[attribute])
                raise ArchitectureError(f"{who} has {attribute} {_shown(value)}; only {wanted} is possible here.")
        elif attribute not in unread and value is not None:
            raise ArchitectureError(f"{who} has {_word(attribute)} {_shown(value)}; layers here have no such attribute.")


def _same(came: object, wanted: object) -> bool:
    if isinstance(came, list):
        came = tuple(came)
    if isinstance(wanted, list):
        wanted = tuple(wanted)
    if isinstance(came, float) and isinstance(wanted, int | float):
        return isclose(came, wanted, rel_tol=1e-6)  # Keras may have kept it as float32
    return came == wanted


def _named(value: object) -> object:
    """An object that Keras wrote as class and config, by its name, and with what was set in it besides a seed."""
    if not isinstance(value, Mapping) or not isinstance(value.get("class_name"), str):
        return value
    config = value.get("config")
    if value["class_name"] == "DTypePolicy" and isinstance(config, Mapping):
        return config.get("name")
    settings = config if isinstance(config, Mapping) else {"config": config}
    said = {name: item for name, item in settings.items() if name not in {*_ANY_LAYER, *_WITHOUT_EFFECT} and item is not None}
    written = ", ".join(f"{name}={_SHOWN.repr(item)}" for name, item in said.items())
    module = str(value.get("module"))
    name = value["class_name"] if module.partition(".")[0] == "keras" else f"{module}.{value['class_name']}"
    return f"{name}({written})" if written else name


def _word(text: str) -> str:
    """A name as it is, or quoted where it is no name."""
    return text if text.isidentifier() and len(text) <= 60 else _SHOWN.repr(text)


def _shown(value: object) -> str:
    named = _named(value)
    return _SHOWN.repr(tuple(named) if isinstance(named, list) else named)


def _with_softmax(last: Layer, *, source: str) -> Layer:
    """The last layer giving class probabilities: training takes what a last softmax is given as logits."""
    match last:
        case Dense() | Activation() if last.activation == "softmax":
            return last
        case Dense() if last.activation == "linear":
            return last.model_copy(update={"activation": "softmax"})
        case Dense() | Activation():
            raise ArchitectureError(
                f"{source} ends in the activation {last.activation!r}; end it in softmax, or in a Dense without."
            )
        case _:
            raise ArchitectureError(f"{source} ends in a {last.kind} layer; end it in a Dense layer with softmax.")
