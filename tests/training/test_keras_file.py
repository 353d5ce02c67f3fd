"""A `.keras` file is read as data: honest ones compute what Keras computes, and hostile ones are refused untouched."""

import json
import os
import zipfile
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile import BIAS, CONFIG, KERAS, KERNEL, PATHS, SMALL, WEIGHTS, pack, weights
from hypothesis import given, settings
from strategies import KERAS_LAW, architectures

from nas.architecture import Architecture, measure
from nas.errors import ArchitectureError
from nas.training import hdf5_arrays
from nas.training.keras_file import read_keras_file
from nas.training.model_path import model_path
from nas.training.variables import SEED_STATE, layer_variables


def refusal(path: Path) -> str:
    with pytest.raises(ArchitectureError) as refused:
        read_keras_file(path)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_an_honest_file_gives_its_network_and_its_arrays(tmp_path: Path) -> None:
    read = read_keras_file(pack(tmp_path / "mine.keras"))
    assert (read.name, read.architecture, read.rescaling) == ("mine.keras", SMALL, False)
    assert (read.input_shape, read.output_shape) == ((2, 2, 1), (3,))
    assert list(read.checkpoint.arrays) == ["model/0", "model/1"]
    np.testing.assert_array_equal(read.checkpoint.arrays["model/0"], KERNEL)
    np.testing.assert_array_equal(read.checkpoint.arrays["model/1"], BIAS)


def test_equal_weights_have_equal_hashes_and_others_have_others(tmp_path: Path) -> None:
    one, same = (read_keras_file(pack(tmp_path / f"{name}.keras")).weights_sha256 for name in ("one", "same"))
    other = weights(WEIGHTS | {"layers/dense/vars/1": BIAS + 1})
    assert one == same != read_keras_file(pack(tmp_path / "other.keras", content=other)).weights_sha256


def test_an_optimizers_state_is_not_looked_at(tmp_path: Path) -> None:
    state = weights(WEIGHTS | {"optimizer/vars/0": np.array(["text"], "S4"), "optimizer/secret": KERNEL})
    read = read_keras_file(pack(tmp_path / "mine.keras", content=state))
    assert len(read.checkpoint.arrays) == 2


REASONS = {
    "a lambda layer": "The Lambda layer 'lambda' of mine.keras is of a kind that cannot be trained here; known are Conv2D,",
    "os.system as a layer": "The system layer 'touch",
    "a member that climbs out": "mine.keras holds '../canary', which no .keras file of layers like those here does;",
    "a member twice": "mine.keras holds config.json twice; save the model again with model.save.",
    "an endless table of contents": "mine.keras is no whole .keras file (its table of contents is too long);",
    "a bomb as its config": "The config.json in mine.keras unpacks to 8,388,608 bytes; a model's has at most 4,194,304.",
    "a bomb as its weights": "The model.weights.h5 in mine.keras unpacks to 8,388,608 bytes; that of these layers has at most ",
    "packed numbers": "The weights in mine.keras do not fit its layers (layers/dense/vars/0 is not stored plainly);",
    "numbers that are not there": "The weights in mine.keras do not fit its layers (layers/dense/vars/0 holds fewer numbers than",
    "an external link": "The weights in mine.keras do not fit its layers (layers/dense/vars/0 is a link to somewhere else);",
    "a soft link as its layers": "The weights in mine.keras do not fit its layers (layers is a link to somewhere else);",
    "numbers in another file": "The weights in mine.keras do not fit its layers (layers/dense/vars/0 keeps its numbers in",
    "a virtual array": "The weights in mine.keras do not fit its layers (layers/dense/vars/0 is not stored plainly);",
    "texts as numbers": "The weights in mine.keras do not fit its layers (layers/dense/vars/0 holds no float32 numbers);",
    "wrong shapes": "The weights in mine.keras do not fit its layers (layers/dense/vars/0 has shape 3×4 instead of 4×3);",
    "missing weights": "The weights in mine.keras do not fit its layers (layers/dense/vars/1 is missing);",
    "a layer too many": "The weights in mine.keras do not fit its layers (layers holds 'dense_1', which no layer has);",
    "NaN among its weights": "The weights in mine.keras are not all finite numbers; train the network again and save it.",
    "weights that are no HDF5": "The weights in mine.keras do not fit its layers (no sound HDF5 file: ",
    "a huge number": "mine.keras has 2 layers and 500,000,000,000,000,000 parameters; a small network's file has at most",
    "thousands of layers": "mine.keras has 3,002 layers and 15 parameters; a small network's file has at most 1,000 and",
    "a pickle": "mine.keras is no whole .keras file (File is not a zip file); save the model again with model.save.",
}


@pytest.mark.parametrize("name", KERAS)
def test_a_hostile_file_is_refused_in_one_sentence_and_its_canary_lives(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path / "folder")
    canary = tmp_path / "canary"
    KERAS[name](Path("mine.keras"), canary)
    reason = refusal(Path("mine.keras"))
    assert reason.startswith(REASONS.get(name, ""))
    assert reason.endswith(".")
    assert not canary.exists()
    assert {entry.name for entry in tmp_path.rglob("*")} == {"folder", "mine.keras"}


def test_a_config_that_unpacks_to_more_than_it_says_is_no_whole_file(tmp_path: Path) -> None:
    bomb = pack(tmp_path / "bomb.keras", " " * 2**22, method=zipfile.ZIP_DEFLATED)
    length = (2**22).to_bytes(4, "little")
    lying = bomb.read_bytes().replace(length, (100).to_bytes(4, "little"))
    assert lying != bomb.read_bytes()
    bomb.write_bytes(lying)
    assert "is no whole .keras file (Bad CRC-32 for file 'config.json')" in refusal(bomb)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_truncated_file_is_no_whole_file(share: float, tmp_path: Path) -> None:
    path = pack(tmp_path / "cut.keras")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert refusal(path).endswith("is no whole .keras file (File is not a zip file); save the model again with model.save.")


def test_a_damaged_file_is_no_whole_file(tmp_path: Path) -> None:
    path = pack(tmp_path / "damaged.keras", method=zipfile.ZIP_DEFLATED)
    damaged = bytearray(path.read_bytes())
    at = damaged.index(b"config.json") + 30
    damaged[at : at + 10] = bytes(10)
    path.write_bytes(damaged)
    assert "is no whole .keras file (" in refusal(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON (Expecting property name"),
        ("[" * 100_000, "is not JSON (maximum recursion depth"),
        (json.dumps(CONFIG).replace("3", "3" * 400), "is not JSON (a number of 400 digits);"),
        ("[]", "holds no JSON object; save the model again with Keras 3."),
        ("{}", "holds no model config of Keras 3 (class_name: Field required);"),
    ],
    ids=["no JSON", "nested beyond reason", "an endless number", "a list", "nothing in it"],
)
def test_a_config_that_is_none_is_refused(text: str, message: str, tmp_path: Path) -> None:
    assert message in refusal(pack(tmp_path / "mine.keras", text))


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "mine.keras", "w") as archive:
        archive.writestr("metadata.json", "{}")
    assert refusal(tmp_path / "mine.keras").endswith("mine.keras has no config.json; save the model again with model.save.")


def test_a_method_that_keras_does_not_pack_with_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "mine.keras", method=zipfile.ZIP_LZMA)
    assert refusal(path).endswith("is packed unlike Keras does it; save the model again with model.save.")


def test_an_hdf5_library_that_does_not_come_to_an_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_arrays, "TIMEOUT_SECONDS", 0.01)
    message = "are damaged (HDF5 does not come to an end); save the model again with model.save."
    assert refusal(pack(tmp_path / "mine.keras")).endswith(message)


def test_an_hdf5_library_that_dies_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_arrays, "_CALLER", "import os; os.kill(os.getpid(), 11)")
    assert "do not fit its layers (HDF5 cannot read them)" in refusal(pack(tmp_path / "mine.keras"))


def test_an_answer_with_too_few_numbers_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_arrays, "_CALLER", "print(); print('four')")
    assert refusal(pack(tmp_path / "mine.keras")).endswith("are damaged; save the model again with model.save.")


def test_a_module_beside_the_file_is_not_imported_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("h5py", "json", "numpy"):
        Path(f"{name}.py").write_text("open('canary', 'w')")
    assert read_keras_file(pack(Path("mine.keras"))).architecture == SMALL
    assert not Path("canary").exists()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.keras")
    assert "is a pipe, no file" in refusal(tmp_path / "mine.keras")


@pytest.mark.parametrize("text", PATHS)
def test_a_path_that_cannot_be_read_as_data_is_refused_before_it_is_opened(text: str) -> None:
    with pytest.raises(ArchitectureError, match=r"^\S+ is [^\n]+\.$"):
        model_path(text)


@given(architectures())
@settings(max_examples=50)
def test_the_variables_of_all_layers_are_the_parameters(architecture: Architecture) -> None:
    sizes = [sum(map(prod, each.weights)) for each in layer_variables(architecture)]
    assert sizes == [row.parameters for row in measure(architecture).rows]


@pytest.mark.keras
@pytest.mark.slow
@given(architectures())
@settings(KERAS_LAW, max_examples=10)
def test_variables_stand_in_the_order_of_the_models(architecture: Architecture) -> None:
    from nas.training.build import build

    expected = [
        shape for each in layer_variables(architecture) for shape in (*each.weights, *([SEED_STATE] if each.seeded else []))
    ]
    assert [tuple(variable.shape) for variable in build(architecture).variables] == expected


def sequential(*layers: Any) -> Any:
    import keras

    return keras.Sequential([keras.Input((9, 8, 2)), *layers])


def functional(*layers: Any) -> Any:
    import keras

    image = keras.Input((9, 8, 2))
    given = image
    for layer in layers:
        given = layer(given)
    return keras.Model(image, given)


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")  # Keras's, when it saves
@pytest.mark.parametrize("make", [sequential, functional])
@pytest.mark.parametrize("rescaling", [False, True], ids=["", "rescaling"])
def test_a_file_written_by_keras_computes_what_keras_computes(make: Callable[..., Any], rescaling: bool, tmp_path: Path) -> None:
    from keras import layers

    model = make(
        *([layers.Rescaling(1 / 255)] if rescaling else []),
        layers.Conv2D(4, 3, name="the_last_by_name", use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Dropout(0.3),
        layers.Conv2D(5, (2, 1), strides=2, activation="silu", name="a_first_by_name"),
        layers.DepthwiseConv2D(2, padding="same"),
        layers.Dropout(0.0),
        layers.Activation("relu"),
        layers.Flatten(),
        layers.Dropout(0.1),
        layers.Dense(7),
        layers.BatchNormalization(),
        layers.Dense(3),
        layers.Softmax(),
    )
    generator = np.random.default_rng(0)
    for variable in model.variables:
        if variable.dtype == "float32":
            variable.assign(generator.uniform(0.1, 1, variable.shape))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(np.zeros((2, 9, 8, 2)), np.zeros(2), verbose=0)  # so that the file holds an optimizer's state
    model.save(tmp_path / "mine.keras")
    read = read_keras_file(tmp_path / "mine.keras")
    images = generator.integers(0, 256, (20, 9, 8, 2), dtype=np.uint8)
    given = images.astype(np.float32) / (1 if rescaling else 255)
    assert read.rescaling == rescaling
    np.testing.assert_allclose(read.predict(images), model(given, training=False), atol=1e-6)


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
@given(architectures())
@settings(KERAS_LAW, max_examples=8)
def test_every_classifier_that_we_build_comes_back_from_its_file(architecture: Architecture) -> None:
    from tempfile import TemporaryDirectory

    from nas.architecture import Dense, Flatten
    from nas.training.build import build

    whole = Architecture(
        input_shape=architecture.input_shape,
        layers=(*architecture.layers, Flatten(), Dense(units=3, activation="softmax")),
    )
    model = build(whole, seed=3)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mine.keras"
        model.save(path)
        read = read_keras_file(path)
    assert read.architecture == whole
    for index, variable in enumerate(model.variables):
        if variable.dtype == "float32":
            np.testing.assert_array_equal(read.checkpoint.arrays[f"model/{index}"], np.asarray(variable))
