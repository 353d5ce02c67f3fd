"""A Keras model comes back as the architecture that it was built from, or is refused for what differs."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from strategies import KERAS_LAW, architectures, plain_architectures

from nas.architecture import Activation, Architecture, Conv2D, Dense, Flatten, GlobalAveragePooling2D, Task
from nas.architecture.keras_config import architecture_from_keras
from nas.baselines import NAMES, baselines
from nas.errors import ArchitectureError
from nas.training.build import build

Config = dict[str, Any]
TASK = Task(input_shape=(28, 28, 1), classes=10)
GLOROT = {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": 3, "input_axes": None}}


def entry(class_name: str, name: str, **config: Any) -> Config:
    """A layer as Keras writes it, with the attributes that matter to a test."""
    return {"module": "keras.layers", "class_name": class_name, "config": {"name": name, **config}}


IMAGE = entry("InputLayer", "image", batch_shape=[None, 9, 8, 2], dtype="float32")
CONV = entry("Conv2D", "conv", filters=4, kernel_size=[3, 3], kernel_initializer=GLOROT)
POOL = entry("MaxPooling2D", "pool", pool_size=[2, 2], strides=[2, 2])
NORM = entry("BatchNormalization", "norm", axis=-1, momentum=0.99, epsilon=0.001)
FLATTEN = entry("Flatten", "flatten")
DENSE = entry("Dense", "dense", units=3, activation="softmax")


def sequential(*layers: Config) -> Config:
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "mine", "trainable": True, "layers": list(layers)}}


def read(*layers: Config) -> Architecture:
    return architecture_from_keras(sequential(*layers), source="mine.keras")


def changed(layer: Config, **config: Any) -> Config:
    return {**layer, "config": {**layer["config"], **config}}


def called_with(name: str, *, output: int = 0, **kwargs: Any) -> Config:
    """One call of a functional layer."""
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 1], "keras_history": [name, 0, output]}}
    return {"args": [tensor], "kwargs": kwargs}


def functional(**changes: Any) -> Config:
    """Image, flatten and dense as a functional model, with changes to its config."""
    layers = [
        {**IMAGE, "inbound_nodes": []},
        {**DENSE, "inbound_nodes": [called_with("flatten", mask=None)]},  # the order in the file is not the chain's
        {**FLATTEN, "inbound_nodes": [called_with("image")]},
    ]
    config = {"layers": layers, "input_layers": ["image", 0, 0], "output_layers": ["dense", 0, 0], **changes}
    return {"module": "keras.src.models.functional", "class_name": "Functional", "config": config}


def with_node(index: int, *nodes: Config) -> Config:
    """The functional model with other calls of one of its layers."""
    layers = deepcopy(functional()["config"]["layers"])
    layers[index]["inbound_nodes"] = list(nodes)
    return functional(layers=layers)


def with_an_island() -> Config:
    """The functional model beside two layers that call each other."""
    names = ("here", "there")
    island = [{**changed(FLATTEN, name=one), "inbound_nodes": [called_with(other)]} for one, other in (names, names[::-1])]
    return functional(layers=[*functional()["config"]["layers"], *island])


@pytest.fixture
def _forget_models() -> Iterator[None]:
    yield
    import keras

    keras.backend.clear_session()


def config_of(model: Any) -> Config:
    config = json.loads(model.to_json())
    assert isinstance(config, dict)
    return config


def classifier(architecture: Architecture) -> Architecture:
    """The network with what a classifier ends in."""
    ending = (Flatten(), Dense(units=3, activation="softmax"))
    return Architecture(input_shape=architecture.input_shape, layers=(*architecture.layers, *ending))


def as_functional(model: Any) -> Any:
    """The same layers, called one after the other."""
    import keras

    image = keras.Input(model.input_shape[1:])
    output = image
    for layer in model.layers:
        output = layer.__class__.from_config(layer.get_config())(output)
    return keras.Model(image, output)


@pytest.mark.keras
@pytest.mark.usefixtures("_forget_models")
@pytest.mark.parametrize("name", NAMES)
def test_the_hand_designed_networks_come_back_from_keras(name: str) -> None:
    network = baselines(TASK)[name]
    assert architecture_from_keras(config_of(build(network)), source=name).key == network.key


@pytest.mark.keras
@pytest.mark.usefixtures("_forget_models")
@pytest.mark.parametrize("name", NAMES)
def test_they_come_back_from_functional_models_too(name: str) -> None:
    network = baselines(TASK)[name]
    assert architecture_from_keras(config_of(as_functional(build(network))), source=name).key == network.key


@pytest.mark.keras
@pytest.mark.usefixtures("_forget_models")
@pytest.mark.parametrize("name", NAMES)
def test_a_model_that_gives_logits_gets_its_softmax(name: str) -> None:
    network = baselines(TASK)[name]
    assert architecture_from_keras(config_of(build(network, logits=True)), source=name).key == network.key


@pytest.mark.keras
@pytest.mark.slow
@KERAS_LAW
@given(architectures() | plain_architectures())
def test_chains_of_every_kind_of_layer_come_back_from_keras(architecture: Architecture) -> None:
    network = classifier(architecture)
    assert architecture_from_keras(config_of(build(network)), source="a test").key == network.key


@pytest.mark.keras
@pytest.mark.usefixtures("_forget_models")
def test_a_model_written_by_hand_is_read_as_what_it_computes() -> None:
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((28, 28, 1), dtype="uint8"),
            layers.Rescaling(1.0 / 255),
            layers.Conv2D(4, 3, activation="swish", padding="SAME"),
            layers.BatchNormalization(axis=3),
            layers.ReLU(),
            layers.Dropout(0.2, seed=1),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5, kernel_initializer=keras.initializers.GlorotUniform(seed=4)),
            layers.Activation(keras.activations.hard_swish),
            layers.Dense(10),
            layers.Softmax(axis=1),
        ]
    )
    model.compile(loss="categorical_crossentropy")
    read = architecture_from_keras(config_of(model), source="a test")
    assert [layer.model_dump(exclude_defaults=True) for layer in read.layers] == [
        {"filters": 4, "kernel_size": (3, 3), "activation": "silu", "padding": "same"},
        {},
        {"activation": "relu"},
        {"rate": 0.2},
        {},
        {"units": 5},
        {"activation": "hard_silu"},
        {"units": 10},
        {"activation": "softmax"},
    ]
    assert [row.kind for row in read.layers][1:5] == ["batch_normalization", "activation", "dropout", "global_average_pooling2d"]
    drawn = np.random.default_rng(0)
    weights = [drawn.uniform(0.1, 0.5, weight.shape) for weight in model.get_weights()]
    images = drawn.integers(0, 256, (5, 28, 28, 1), np.uint8)
    ours = build(read)
    for network in (model, ours):
        network.set_weights(weights)
    outputs = np.asarray(ours(images / np.float32(255)))
    np.testing.assert_allclose(outputs, np.asarray(model(images)), rtol=0, atol=1e-6)
    assert np.ptp(outputs, axis=0).max() > 1e-4  # it does look at the images


@pytest.mark.keras
@pytest.mark.usefixtures("_forget_models")
def test_what_keras_writes_for_other_layers_is_refused() -> None:
    import keras
    from keras import layers

    class Dense(layers.Dense):  # type: ignore[misc]
        """Somebody's own layer of a known name."""

    refused: dict[str, Any] = {
        r"The Dense layer 'mine' of it is of a kind": Dense(3, name="mine"),
        r"has kernel_initializer 'HeNormal'; only 'GlorotUniform'": layers.Dense(3, kernel_initializer="he_normal"),
        r"has kernel_regularizer 'L2\(l2=0\.01\)'; layers here have no such attribute": layers.Dense(3, kernel_regularizer="l2"),
        r"has kernel_constraint 'NonNeg'; layers": layers.Dense(3, kernel_constraint="non_neg"),
        r"has activity_regularizer 'L1\(l1=0\.0[01]\d*\)'; layers": layers.Dense(3, activity_regularizer="l1"),
        r"has dtype 'mixed_bfloat16'; only 'float32'": layers.Dense(3, dtype="mixed_bfloat16"),
        r"has activation 'LeakyReLU\(negative_slope=0\.3\)'; input should be 'linear'": layers.Dense(
            3, activation=layers.LeakyReLU()
        ),
        r"has activation 'gelu'; input should be 'linear'": layers.Dense(3, activation="gelu"),
        r"has trainable False; only True": layers.Dense(3, trainable=False),
        r"^it ends in the activation 'relu'; end it in softmax": layers.Dense(3, activation="relu"),
    }
    for message, layer in refused.items():
        model = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layer])
        with pytest.raises(ArchitectureError, match=message):
            architecture_from_keras(config_of(model), source="it")


@pytest.mark.keras
@pytest.mark.usefixtures("_forget_models")
def test_functional_models_that_are_no_chain_are_refused() -> None:
    import keras
    from keras import layers

    image, other = keras.Input((4, 4, 1), name="image"), keras.Input((4, 4, 1))
    flat = layers.Flatten(name="flat")(image)
    one, two = layers.Dense(3, name="one")(flat), layers.Dense(3)(flat)
    shared = layers.Dense(3, name="shared")
    refused: dict[str, Any] = {
        r"^After the layer 'flat', it branches; only a chain of layers": keras.Model(image, layers.Add()([one, two])),
        r"^it has 1 inputs and 2 outputs; only networks with one": keras.Model(image, [one, two]),
        r"^it has 2 inputs and 1 outputs; only": keras.Model([image, other], layers.Flatten()(layers.Add()([image, other]))),
        r"^The Dense layer 'shared' of it is used 2 times; only a chain": keras.Model(image, shared(shared(one))),
        r"^The Dropout layer 'drop' of it is called with training=True; only calls without": keras.Model(
            image, layers.Dropout(0.5, name="drop")(one, training=True)
        ),
    }
    for message, model in refused.items():
        with pytest.raises(ArchitectureError, match=message):
            architecture_from_keras(config_of(model), source="it")


def test_a_functional_chain_is_read_in_the_order_of_its_calls() -> None:
    assert architecture_from_keras(functional(), source="mine") == read(IMAGE, FLATTEN, DENSE)
    nested = functional(input_layers=[["image", 0, 0]], output_layers={"classes": ["dense", 0, 0]})
    assert architecture_from_keras(nested, source="mine") == read(IMAGE, FLATTEN, DENSE)


def test_a_leading_division_by_255_is_left_to_training() -> None:
    for scale in (1 / 255, 0.003921568859368563):  # the latter as float32
        assert read(IMAGE, entry("Rescaling", "r", scale=scale, offset=0), FLATTEN, DENSE) == read(IMAGE, FLATTEN, DENSE)


def test_logits_become_probabilities() -> None:
    last = read(IMAGE, FLATTEN, changed(DENSE, activation="linear")).layers[-1]
    assert isinstance(last, Dense)
    assert last.activation == "softmax"


def test_a_softmax_may_be_a_layer_of_its_own_and_follow_any_vector() -> None:
    network = read(IMAGE, CONV, entry("GlobalAveragePooling2D", "gap"), entry("Softmax", "softmax", axis=1))
    assert network.layers[1:] == (GlobalAveragePooling2D(), Activation(activation="softmax"))


def test_the_last_axis_may_be_counted_from_either_end() -> None:
    assert read(IMAGE, changed(NORM, axis=3), FLATTEN, DENSE) == read(IMAGE, NORM, FLATTEN, DENSE)
    assert isinstance(read(IMAGE, CONV, FLATTEN, DENSE).layers[0], Conv2D)


LAYERS: list[tuple[str, Config, str]] = [
    (
        "a kind",
        entry("LSTM", "x", units=3),
        r"^The LSTM layer 'x' of mine\.keras is of a kind that cannot be trained here; known",
    ),
    ("own", {**CONV, "module": "theirs"}, r"^The Conv2D layer 'conv' of mine\.keras is of a kind that cannot be trained here"),
    ("no module", {**CONV, "module": None}, r"layer 'conv' of mine\.keras is of a kind"),
    ("nested", {**sequential(FLATTEN), "module": "keras"}, r"^The Sequential layer 'mine' of mine\.keras is of a kind"),
    ("second input", IMAGE, r"^The InputLayer layer 'image' of mine\.keras is of a kind"),
    ("line break", entry("A\nB", "x\ny"), r"^The 'A\\nB' layer 'x\\ny' of mine\.keras is of a kind"),
    ("dilation", changed(CONV, dilation_rate=[2, 2]), r"'conv' of mine\.keras has dilation_rate \(2, 2\); only \(1, 1\) is poss"),
    ("groups", changed(CONV, groups=2), r"^The Conv2D layer 'conv' of mine\.keras has groups 2; only 1 is possible here\.$"),
    (
        "channels",
        changed(CONV, data_format="channels_first"),
        r"has data_format 'channels_first'; only 'channels_last' is possible",
    ),
    ("initializer", changed(CONV, kernel_initializer={**GLOROT, "class_name": "HeNormal"}), r"has kernel_initializer 'HeNormal'"),
    (
        "axes",
        changed(CONV, kernel_initializer={**GLOROT, "config": {"input_axes": [0]}}),
        r"'GlorotUniform\(input_axes=\[0\]\)'; only",
    ),
    (
        "own initializer",
        changed(CONV, kernel_initializer={**GLOROT, "module": "mine"}),
        r"'mine\.GlorotUniform'; only 'GlorotUniform'",
    ),
    ("no initializer", changed(CONV, bias_initializer=None), r"has bias_initializer None; only 'Zeros' is possible here"),
    (
        "regularizer",
        changed(CONV, bias_regularizer={"class_name": "L2"}),
        r"has bias_regularizer .+; layers here have no such attr",
    ),
    (
        "unknown",
        changed(CONV, lora_rank=4),
        r"^The Conv2D layer 'conv' of mine\.keras has lora_rank 4; layers here have no such attr",
    ),
    ("half", changed(CONV, dtype="float16"), r"has dtype 'float16'; only 'float32' is possible here\.$"),
    ("frozen", changed(CONV, trainable=False), r"has trainable False; only True is possible here\.$"),
    (
        "activation",
        changed(CONV, activation="selu"),
        r"has activation 'selu'; input should be 'linear', 'relu', .+ or 'softmax'\.$",
    ),
    (
        "no kernel",
        entry("Conv2D", "conv", filters=3),
        r"^The Conv2D layer 'conv' of mine\.keras has no kernel_size; Keras cannot",
    ),
    ("filters", changed(CONV, filters=0), r"'conv' of mine\.keras has filters 0; input should be greater than or equal to 1\.$"),
    (
        "too large",
        changed(CONV, kernel_size=[10, 1]),
        r"'conv' of mine\.keras does not fit where it stands: A conv2d layer with a window",
    ),
    (
        "multiplier",
        entry("DepthwiseConv2D", "d", kernel_size=[1, 1], depth_multiplier=2),
        r"has depth_multiplier 2; only 1 is possible",
    ),
    (
        "overlap",
        changed(POOL, strides=[1, 1]),
        r"^The MaxPooling2D layer 'pool' .+ has strides \(1, 1\); only \(2, 2\) is possible here",
    ),
    ("pool's edge", changed(POOL, padding="same"), r"has padding 'same'; only 'valid' is possible here"),
    ("momentum", changed(NORM, momentum=0.9), r"has momentum 0\.9; only 0\.99 is possible here"),
    ("epsilon", changed(NORM, epsilon=1e-5), r"has epsilon 1e-05; only 0\.001 is possible here"),
    ("center", changed(NORM, center=False), r"has center False; only True is possible here"),
    ("axis", changed(NORM, axis=1), r"has axis 1; only -1 is possible here"),
    ("renorm", changed(NORM, renorm=True, renorm_momentum=0.5), r"has renorm True; only False is possible here"),
    (
        "relu 6",
        entry("ReLU", "r", max_value=6.0),
        r"^The ReLU layer 'r' of mine\.keras has max_value 6\.0; layers here have no such",
    ),
    ("leak", entry("ReLU", "r", negative_slope=0.1), r"has negative_slope 0\.1; only 0 is possible here"),
    ("noise", entry("Dropout", "d", rate=0.5, noise_shape=[None, 1]), r"has noise_shape \(None, 1\); layers here have no such"),
    ("all dropped", entry("Dropout", "d", rate=1.0), r"has rate 1\.0; input should be less than 1\.$"),
    ("kept axes", entry("GlobalAveragePooling2D", "g", keepdims=True), r"has keepdims True; only False is possible here"),
    (
        "dense on image",
        DENSE,
        r"^The Dense layer 'dense' of mine\.keras does not fit where it stands: A dense layer takes a vector",
    ),
    (
        "scale",
        entry("Rescaling", "r", scale=1 / 127.5, offset=-1.0),
        r"'r' of mine\.keras \(scale 0\.0078\d+, offset -1\.0\) cannot be",
    ),
    (
        "offset",
        entry("Rescaling", "r", scale=1 / 255, offset=0.5),
        r"offset 0\.5\) cannot be taken over; only Rescaling\(1/255\) right",
    ),
    (
        "by channel",
        entry("Rescaling", "r", scale=[1 / 255, 1], offset=0),
        r"cannot be taken over; only Rescaling\(1/255\) right after",
    ),
]


@pytest.mark.parametrize(("layer", "message"), [case[1:] for case in LAYERS], ids=[case[0] for case in LAYERS])
def test_a_layer_that_ours_cannot_say_is_refused_by_name(layer: Config, message: str) -> None:
    with pytest.raises(ArchitectureError, match=message) as refused:
        read(IMAGE, layer, FLATTEN, DENSE)
    assert "\n" not in str(refused.value)


def test_a_division_by_255_in_another_precision_is_refused() -> None:
    with pytest.raises(ArchitectureError, match=r"^The Rescaling layer 'r' of mine\.keras has dtype 'float16'; only 'float32'"):
        read(IMAGE, entry("Rescaling", "r", scale=1 / 255, offset=0.0, dtype="float16"), FLATTEN, DENSE)


def test_a_division_by_255_anywhere_else_is_refused() -> None:
    rescaling = entry("Rescaling", "r", scale=1 / 255, offset=0.0)
    for layers in ((IMAGE, CONV, rescaling, FLATTEN, DENSE), (IMAGE, rescaling, rescaling, FLATTEN, DENSE)):
        with pytest.raises(ArchitectureError, match=r"^The Rescaling layer 'r' of mine\.keras .+ right after the input can"):
            read(*layers)


MODELS: list[tuple[str, Config, str]] = [
    ("nothing", {}, r"^mine holds no model config of Keras 3 \(class_name: Field required\); save the model again"),
    ("an architecture", {"format": 1, "layers": []}, r"^mine holds no model config of Keras 3 \(class_name: Field"),
    (
        "no layers",
        {**sequential(), "config": {}},
        r"^mine holds no model config of Keras 3 \(layers: Input should be a valid tuple\)",
    ),
    ("layers of words", sequential("dense"), r"^mine holds no model config of Keras 3 \(0: Input"),  # type: ignore[arg-type]
    (
        "subclass",
        {**sequential(), "class_name": "Mine"},
        r"^mine holds a model of the class Mine; only Sequential and Functional",
    ),
    ("own Sequential", {**sequential(), "module": "theirs"}, r"^mine holds a model of the class Sequential; only"),
    (
        "frozen",
        {**sequential(IMAGE), "config": {"trainable": False, "layers": []}},
        r"^The model of mine has trainable False; only",
    ),
    ("no layer at all", sequential(), r"^mine does not say what shape its images have; begin it with keras\.Input"),
    ("no input", sequential(FLATTEN, DENSE), r"^mine does not say what shape its images have; begin it with keras\.Input"),
    ("only an input", sequential(IMAGE), r"^mine has no layers; end it in a Dense layer with softmax\.$"),
    (
        "any size",
        sequential(changed(IMAGE, batch_shape=[None, None, 8, 2])),
        r"inputs of shape \(None, None, 8, 2\); a network here",
    ),
    (
        "no size",
        sequential(changed(IMAGE, batch_shape=[None, 0, 8, 2])),
        r"^mine takes inputs of shape \(None, 0, 8, 2\); a network",
    ),
    (
        "vectors",
        sequential(changed(IMAGE, batch_shape=[None, 784])),
        r"^mine takes inputs of shape \(None, 784\); a network here",
    ),
    ("no shape", sequential(changed(IMAGE, batch_shape=None)), r"^mine takes inputs of shape None; a network here takes images"),
    ("Keras 2", sequential(changed(IMAGE, batch_input_shape=[1])), r"'image' of mine has batch_input_shape \(1,\); layers here"),
    ("sparse", sequential(changed(IMAGE, sparse=True)), r"'image' of mine has sparse True; only False is possible here"),
    (
        "half",
        sequential(changed(IMAGE, dtype="float16")),
        r"'image' of mine has dtype 'float16'; only 'float32' is possible here",
    ),
    (
        "sigmoid",
        sequential(IMAGE, FLATTEN, changed(DENSE, activation="sigmoid")),
        r"'dense' of mine has activation 'sigmoid'; input",
    ),
    (
        "relu",
        sequential(IMAGE, FLATTEN, changed(DENSE, activation="relu")),
        r"^mine ends in the activation 'relu'; end it in softmax",
    ),
    ("flat", sequential(IMAGE, FLATTEN), r"^mine ends in a flatten layer; end it in a Dense layer with softmax\.$"),
    (
        "an image",
        sequential(IMAGE, entry("Softmax", "s")),
        r"^mine gives an output of shape \(9, 8, 2\) for an image; a classifier",
    ),
    (
        "one class",
        sequential(IMAGE, FLATTEN, changed(DENSE, units=1)),
        r"^mine gives an output of shape \(1,\) for an image; a class",
    ),
    (
        "two inputs",
        functional(input_layers=[["image", 0, 0], ["b", 0, 0]]),
        r"^mine has 2 inputs and 1 outputs; only networks with",
    ),
    ("no output", functional(output_layers=[]), r"^mine has 1 inputs and 0 outputs; only networks with one input and one output"),
    (
        "a gap",
        functional(output_layers=["flatten", 0, 0]),
        r"^The layers of mine do not lead from its input to its output; only a",
    ),
    (
        "elsewhere",
        functional(input_layers=["images", 0, 0]),
        r"^The layers of mine do not lead from its input to its output; only",
    ),
    (
        "a circle",
        with_node(2, called_with("dense")),
        r"^The layers of mine do not lead from its input to its output; only a chain",
    ),
    (
        "second output",
        with_node(1, called_with("flatten", output=1)),
        r"'dense' of mine takes another output than a layer's first",
    ),
    ("an island", with_an_island(), r"^The layers of mine do not lead from its input to its output; only a chain of layers"),
    ("a branch", with_node(1, called_with("image")), r"^After the layer 'image', mine branches; only a chain of layers, each"),
    (
        "shared",
        with_node(1, called_with("flatten"), called_with("dense")),
        r"^The Dense layer 'dense' of mine is used 2 times; only",
    ),
    ("unused", with_node(1), r"^The Dense layer 'dense' of mine is used 0 times; only a chain"),
    (
        "always training",
        with_node(1, called_with("flatten", training=True)),
        r"'dense' of mine is called with training=True; only",
    ),
    (
        "a list",
        with_node(1, {"args": [[called_with("flatten")["args"][0]]]}),
        r"'dense' of mine takes something else than one layer",
    ),
    (
        "two",
        with_node(1, {"args": called_with("flatten")["args"] * 2}),
        r"'dense' of mine takes something else than one layer's out",
    ),
    ("nobody", with_node(1, {}), r"^The Dense layer 'dense' of mine takes something else than one layer's output; only a chain"),
]


@pytest.mark.parametrize(("config", "message"), [case[1:] for case in MODELS], ids=[case[0] for case in MODELS])
def test_a_model_that_is_no_chain_over_one_image_is_refused(config: Config, message: str) -> None:
    with pytest.raises(ArchitectureError, match=message) as refused:
        architecture_from_keras(config, source="mine")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("layer", [CONV, NORM, POOL, FLATTEN], ids=lambda layer: layer["config"]["name"])
def test_no_attribute_is_left_out_unseen(layer: Config) -> None:
    ending = (changed(FLATTEN, name="last"), DENSE)
    read(IMAGE, changed(layer, of_a_version_to_come=None), *ending)  # nothing is set
    with pytest.raises(ArchitectureError, match=r"has of_a_version_to_come 'on'; layers here have no such attribute\.$"):
        read(IMAGE, changed(layer, of_a_version_to_come="on"), *ending)
