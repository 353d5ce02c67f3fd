"""A Keras 3 model's config as an architecture: JSON in, exactly the same network out, or a refusal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from nas.architecture.keras_entries import ANY_LAYER, WITHOUT_EFFECT, Entry, in_order, named, same, shown, word
from nas.architecture.layers import Activation, Dense, Layer
from nas.architecture.network import Architecture
from nas.architecture.shapes import Shape, output_shape
from nas.errors import ArchitectureError

_LAYER: Final[TypeAdapter[Layer]] = TypeAdapter(Layer)
_LAYERS: Final[TypeAdapter[tuple[Entry, ...]]] = TypeAdapter(tuple[Entry, ...])


@dataclass(frozen=True)
class _Kind:
    """How a layer of Keras is read: each attribute is taken over, or has the one value that layers here have."""

    spelled: Mapping[str, str]
    """The part of our spelling that the kind alone gives."""
    taken: tuple[str, ...] = ()
    """Attributes that have the same name and meaning in our spelling."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Attributes that our layers do not have, with the value that they are built with."""


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
        model = Entry.model_validate(dict(config))
        if model.class_name not in {"Sequential", "Functional"} or not _is_of_keras(model):
            raise ArchitectureError(
                f"{source} holds a model of the class {word(model.class_name)}; only Sequential and Functional models of Keras 3"
                " can be read."
            )
        entries = _LAYERS.validate_python(model.config.get("layers"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "layers"
        raise ArchitectureError(
            f"{source} holds no model config of Keras 3 ({place}: {first['msg']}); save the model again with a newer Keras."
        ) from None
    _require(model.config, ANY_LAYER, who=f"The model of {source}")
    chain = entries if model.class_name == "Sequential" else in_order(entries, model.config, source=source)
    input_shape = _input_shape(chain[:1], source=source)
    architecture = Architecture(input_shape=input_shape, layers=_layers(chain[1:], input_shape=input_shape, source=source))
    own = chain[1:] if model.class_name == "Sequential" else chain  # a Sequential model does not count its input as a layer
    return KerasNetwork(architecture, tuple(entry.class_name for entry in own))


def _is_of_keras(entry: Entry) -> bool:
    """Whether it is Keras's own class, not somebody's of the same name."""
    return entry.module is not None and entry.module.partition(".")[0] == "keras"


def _input_shape(entries: tuple[Entry, ...], *, source: str) -> tuple[int, int, int]:
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
                f"{source} takes inputs of shape {shown(came)}; a network here takes images of a known (batch, height, width,"
                " channels), such as (None, 28, 28, 1)."
            )


def _layers(entries: Iterable[Entry], *, input_shape: Shape, source: str) -> tuple[Layer, ...]:
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


def _require_division_by_255(entry: Entry, *, first: bool, who: str) -> None:
    scale, offset = (entry.config.get(name, 0.0) for name in ("scale", "offset"))
    if not (first and same(scale, 1 / 255) and same(offset, 0.0)):
        raise ArchitectureError(
            f"{who} (scale {shown(scale)}, offset {shown(offset)}) cannot be taken over; only Rescaling(1/255) right after the"
            " input can, since training divides pixels by 255."
        )
    _require(entry.config, ANY_LAYER, who=who, taken=("scale", "offset"))


def _layer(entry: Entry, *, given: Shape, who: str) -> Layer:
    """A layer of Keras in our spelling.

    Raises:
        ArchitectureError: If ours cannot say all that this one says.
    """
    kind = _KINDS.get(entry.class_name)
    if kind is None or entry.module != "keras.layers":
        raise ArchitectureError(f"{who} is of a kind that cannot be trained here; known are {', '.join(_KINDS)}.")
    fixed = {**ANY_LAYER, **kind.fixed}
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
            f"{who} has {attribute} {shown(spelled[attribute])}; {message[:1].lower()}{message[1:]}."
        ) from None


def _require(config: Mapping[str, Any], fixed: Mapping[str, Any], *, who: str, taken: tuple[str, ...] = ()) -> None:
    """Nothing, where each attribute is one of `taken`, has its fixed value, is not set, or has no effect."""
    unread = {"layers", "input_layers", "output_layers", "build_input_shape", *taken, *WITHOUT_EFFECT}
    for attribute, value in config.items():
        if attribute in fixed:
            if not same(named(value), fixed[attribute]):
                wanted = shown(fixed[attribute])
                raise ArchitectureError(f"{who} has {attribute} {shown(value)}; only {wanted} is possible here.")
        elif attribute not in unread and value is not None:
            raise ArchitectureError(f"{who} has {word(attribute)} {shown(value)}; layers here have no such attribute.")


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
