"""An architecture is possible, frozen, and has one spelling."""

import json
import pickle
import re
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError
from strategies import architectures, plain_architectures

from nas.architecture import (
    Architecture,
    Budget,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPooling2D,
    Task,
    measure,
    parse_architecture,
)
from nas.errors import ArchitectureError

_SMALL = Architecture(input_shape=(4, 4, 1), layers=(MaxPooling2D(pool_size=(2, 2)), Flatten(), Dense(units=3)))


def _spelling(**changes: Any) -> str:
    return json.dumps({**json.loads(_SMALL.canonical_json), **changes})


def test_the_canonical_spelling_names_every_field_sorted_and_without_spaces() -> None:
    assert _SMALL.canonical_json == (
        '{"format":1,"input_shape":[4,4,1],"layers":[{"kind":"max_pooling2d","pool_size":[2,2]},{"kind":"flatten"},'
        '{"activation":"linear","kind":"dense","units":3,"use_bias":true}]}'
    )


@given(architectures() | plain_architectures())
def test_what_was_spelled_is_read_back(architecture: Architecture) -> None:
    read = parse_architecture(architecture.canonical_json, source="a test")
    assert read == architecture
    assert read.canonical_json == architecture.canonical_json
    assert (read.layers, read.shapes) == (architecture.layers, architecture.shapes)


@settings(max_examples=30)
@given(architectures(), architectures())
def test_keys_and_hashes_are_equal_where_networks_are_and_nowhere_else(one: Architecture, other: Architecture) -> None:
    same = (one.input_shape, one.layers) == (other.input_shape, other.layers)
    assert (one == other) is same
    assert (one.key == other.key) is same
    again = Architecture(input_shape=one.input_shape, layers=one.layers)
    assert (again, again.key, hash(again)) == (one, one.key, hash(one))


@pytest.mark.parametrize(
    "changed",
    [
        Conv2D(filters=5, kernel_size=(3, 2)),
        Conv2D(filters=4, kernel_size=(2, 3)),
        Conv2D(filters=4, kernel_size=(3, 2), strides=(1, 2)),
        Conv2D(filters=4, kernel_size=(3, 2), padding="same"),
        Conv2D(filters=4, kernel_size=(3, 2), activation="relu"),
        Conv2D(filters=4, kernel_size=(3, 2), use_bias=False),
    ],
    ids=["filters", "kernel", "strides", "padding", "activation", "bias"],
)
def test_every_field_of_a_layer_changes_the_key(changed: Layer) -> None:
    original = Architecture(input_shape=(8, 8, 1), layers=(Conv2D(filters=4, kernel_size=(3, 2)),))
    assert Architecture(input_shape=(8, 8, 1), layers=(changed,)).key != original.key


def test_the_input_shape_and_the_order_of_layers_change_the_key() -> None:
    pool, flatten, dense = _SMALL.layers
    wider = Architecture(input_shape=(4, 5, 1), layers=_SMALL.layers)
    swapped = Architecture(input_shape=(4, 4, 1), layers=(flatten, Dropout(rate=0.0), dense))
    assert len({_SMALL.key, wider.key, swapped.key}) == 3
    assert _SMALL != "something else"
    assert Architecture(input_shape=(4, 4, 1), layers=(pool, flatten, dense)) == _SMALL


@given(architectures())
def test_equal_layers_of_networks_are_one_object(architecture: Architecture) -> None:
    again = parse_architecture(architecture.canonical_json, source="a test")
    assert all(one is other for one, other in zip(architecture.layers, again.layers, strict=True))


def test_what_was_asked_of_one_of_two_equal_networks_does_not_part_them() -> None:
    asked = Architecture(input_shape=_SMALL.input_shape, layers=_SMALL.layers)
    assert len(asked.key) == 64
    assert len({asked, Architecture(input_shape=_SMALL.input_shape, layers=_SMALL.layers)}) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"^net\.json is not JSON \(Expecting value.+\); an architecture file holds one JSON object\.$"),
        ("{'format': 1}", r"^net\.json is not JSON \(.+\); an architecture file holds one JSON object\.$"),
        (b"\xff\xfe\xfa", r"^net\.json is not JSON \(.+\); an architecture file holds one JSON object\.$"),
        ("[1, 2]", r"^net\.json holds no JSON object; an architecture has format, input_shape and layers\.$"),
        ("null", r"^net\.json holds no JSON object; an architecture has format, input_shape and layers\.$"),
        (
            _spelling(format=2, layers="of a kind to come"),
            r"^net\.json has format 2, newer than the 1 that this version reads; update nas\.$",
        ),
        (_spelling(format="two"), r"^net\.json is not a valid architecture: format: Input should be 1\.$"),
        ("{}", r"^net\.json is not a valid architecture: input_shape: Field required\.$"),
        ('{"input_shape": [4, 4, 1]}', r"^net\.json is not a valid architecture: layers: Field required\.$"),
        (_spelling(layers=[]), r"^net\.json is not a valid architecture: layers: Tuple should have at least 1 item"),
        (
            _spelling(layers=[{"kind": "lstm", "units": 3}]),
            r"^net\.json is not a valid architecture: layers\.0: Input tag 'lstm' found using 'kind' does not match",
        ),
        (
            _spelling(layers=[{"units": 3}]),
            r"^net\.json is not a valid architecture: layers\.0: Unable to extract tag using discriminator 'kind'\.$",
        ),
        (
            _spelling(layers=[{"kind": "flatten"}, {"kind": "dense"}]),
            r"^net\.json is not a valid architecture: layers\.1\.dense\.units: Field required\.$",
        ),
        (
            _spelling(layers=[{"kind": "flatten"}, {"kind": "dense", "units": 0}]),
            r"layers\.1\.dense\.units: Input should be greater than or equal to 1\.$",
        ),
        (
            _spelling(layers=[{"kind": "flatten"}, {"kind": "dense", "units": 10**2_200}]),
            r"layers\.1\.dense\.units: Input should be less than or equal to 1000000000000000000\.$",
        ),
        (
            _spelling(layers=[{"kind": "dropout", "rate": 1}]),
            r"layers\.0\.dropout\.rate: Input should be less than 1\.$",
        ),
        (
            _spelling(layers=[{"kind": "dropout", "rate": float("nan")}]),
            r"layers\.0\.dropout\.rate: Input should be ",
        ),
        (
            _spelling(layers=[{"kind": "flatten", "data_format": "channels_last"}]),
            r"layers\.0\.flatten\.data_format: Extra inputs are not permitted\.$",
        ),
        (_spelling(input_shape=[4, 4]), r"input_shape\.2: Field required\.$"),
        (_spelling(input_shape=[4, 0, 1]), r"input_shape\.1: Input should be greater than or equal to 1\.$"),
        (_spelling(name="mine"), r"^net\.json is not a valid architecture: name: Extra inputs are not permitted\.$"),
        (
            _spelling(layers=[{"kind": "max_pooling2d", "pool_size": [5, 2]}]),
            r"^A max_pooling2d layer with a window of 5×2 does not fit an image of 4×4; use a smaller window",
        ),
        (
            _spelling(layers=[{"kind": "dense", "units": 3}]),
            r"^A dense layer takes a vector, but shape \(4, 4, 1\) came; put a flatten layer before it\.$",
        ),
        ("[" * 100_000, r"^net\.json is not JSON \(.+\); an architecture file holds one JSON object\.$"),
    ],
    ids=[
        "empty",
        "Python, not JSON",
        "no text at all",
        "a list",
        "null",
        "newer format",
        "format in words",
        "nothing in it",
        "no layers key",
        "no layers",
        "unknown kind",
        "no kind",
        "missing key",
        "no units",
        "units beyond all bounds",
        "everything dropped",
        "rate is no number",
        "unknown argument",
        "shape without channels",
        "image without width",
        "unknown key",
        "impossible pool",
        "impossible dense",
        "nested beyond reason",
    ],
)
def test_a_text_that_is_no_architecture_is_refused_in_a_sentence(text: str | bytes, message: str) -> None:
    with pytest.raises(ArchitectureError, match=message):
        parse_architecture(text, source="net.json")


def test_a_text_without_a_format_is_of_the_first() -> None:
    spelled = json.loads(_SMALL.canonical_json)
    del spelled["format"]
    assert parse_architecture(json.dumps(spelled), source="net.json") == _SMALL


def test_an_impossible_architecture_cannot_be_made() -> None:
    with pytest.raises(ArchitectureError, match=re.escape("window of 5×5 does not fit an image of 4×4")):
        Architecture(input_shape=(4, 4, 1), layers=(Conv2D(filters=1, kernel_size=(5, 5)),))


@pytest.mark.parametrize(
    ("frozen", "field"),
    [
        (_SMALL, "layers"),
        (_SMALL.layers[0], "pool_size"),
        (Task(input_shape=(4, 4, 1), classes=3), "classes"),
        (Budget(parameters=5), "parameters"),
        (measure(_SMALL), "rows"),
        (measure(_SMALL).rows[0], "macs"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_nothing_can_be_changed_once_it_is_made(frozen: object, field: str) -> None:
    with pytest.raises((ValidationError, FrozenInstanceError), match=r"frozen|cannot assign to field"):
        setattr(frozen, field, getattr(frozen, field))


@settings(max_examples=50)
@given(architectures())
def test_a_network_and_its_cost_travel_to_another_process_unchanged(architecture: Architecture) -> None:
    sent = pickle.loads(pickle.dumps(architecture))
    assert (sent, sent.key, sent.shapes) == (architecture, architecture.key, architecture.shapes)
    assert pickle.loads(pickle.dumps(measure(architecture))) == measure(sent)
