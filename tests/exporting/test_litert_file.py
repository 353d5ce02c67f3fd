"""A LiteRT file from anywhere is looked at before it is run: honest ones classify, all others end in one sentence."""

import os
import pickle
from importlib import util
from pathlib import Path

import numpy as np
import pytest
from hostile import BIAS, KERNEL
from hostile_litert import LITERT, litert

from nas.errors import ExportError
from nas.exporting.litert_file import open_litert_file

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 2, 2, 1), dtype=np.uint8)


def probabilities(pixels: np.ndarray) -> np.ndarray:
    scores = np.exp(pixels.reshape(-1, 4) @ KERNEL + BIAS)
    return np.asarray(scores / scores.sum(axis=1, keepdims=True))


def write(path: Path) -> Path:
    path.write_bytes(litert())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ExportError) as refused:
        open_litert_file(path).predict(IMAGES)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_an_honest_file_classifies_pixels_divided_by_255(tmp_path: Path) -> None:
    opened = open_litert_file(write(tmp_path / "mine.tflite"))
    assert (opened.name, opened.input_shape, opened.output_shape) == ("mine.tflite", (2, 2, 1), (3,))
    assert opened.takes_floats
    np.testing.assert_allclose(opened.predict(IMAGES), probabilities(IMAGES / 255), rtol=1e-4)


def test_a_file_that_divides_itself_is_given_whole_pixels(tmp_path: Path) -> None:
    opened = open_litert_file(write(tmp_path / "mine.tflite"), rescaling=True)
    np.testing.assert_allclose(opened.predict(IMAGES // 64), probabilities(IMAGES // 64), rtol=1e-4)


def test_it_travels_to_another_process(tmp_path: Path) -> None:
    opened = open_litert_file(write(tmp_path / "mine.tflite"))
    assert pickle.loads(pickle.dumps(opened)).weights_sha256 == opened.weights_sha256


REASONS = {
    "truncated": "mine.tflite is no whole LiteRT file (",
    "another identifier": "mine.tflite is no LiteRT file (its identifier is not TFL3); write the file again with nas export.",
    "a custom operator": "mine.tflite uses the operator CUSTOM, which layers here do not; only built-in ones of theirs are run.",
    "a delegate": "mine.tflite uses the operator DELEGATE,",
    "a huge tensor": "mine.tflite has a tensor of shape 32768×32768×32768, too large for a small network.",
    "an input that is no image": "mine.tflite takes 1×4 and gives 1×3; a classifier here takes 1×height×width×channels and",
    "weights in another file": "mine.tflite keeps weights elsewhere; write the file again with nas export.",
    "weights that are not there": "mine.tflite cannot be run by LiteRT (",
    "a file of 300 MiB": "mine.tflite has 314,572,800 bytes; a small network's .tflite file has at most 67,108,864.",
}


@pytest.mark.parametrize("name", LITERT)
def test_a_hostile_file_is_refused_in_one_sentence(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    LITERT[name](Path("mine.tflite"))
    reason = refusal(Path("mine.tflite"))
    assert reason.startswith(REASONS.get(name, ""))
    assert reason.endswith(".")


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tflite")
    assert "is a pipe, no file" in refusal(tmp_path / "pipe.tflite")
    assert refusal(tmp_path / "missing.tflite").endswith("missing.tflite cannot be read (No such file or directory).")


def test_without_the_package_the_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = util.find_spec
    monkeypatch.setattr("nas.exporting.litert_file.find_spec", lambda name: None if name == "ai_edge_litert" else found(name))
    assert refusal(write(tmp_path / "mine.tflite")).endswith("install it with pip install 'budget-nas[export]'.")


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's, when it converts
@pytest.mark.parametrize("rescaling", [False, True], ids=["divided", "whole"])
def test_an_int8_file_tells_by_its_scale_which_pixels_it_takes(rescaling: bool, tmp_path: Path) -> None:
    from nas.exporting.apart import apart

    path = tmp_path / "mine.tflite"
    path.write_bytes(apart(int8_file, rescaling=rescaling))
    opened = open_litert_file(path)
    assert (opened.rescaling, opened.takes_floats) == (rescaling, False)
    np.testing.assert_allclose(opened.predict(IMAGES), probabilities(IMAGES / 255), atol=0.02)


def int8_file(*, rescaling: bool) -> bytes:
    """The network of the honest file, quantised; it takes whole pixels or divided ones."""
    import keras
    from hostile import SMALL

    from nas.exporting.litert import litert_int8_bytes
    from nas.training.build import build

    inner = build(SMALL)
    inner.set_weights([KERNEL, BIAS])
    before = [keras.layers.Rescaling(1 / 255)] if rescaling else []
    model = keras.Sequential([keras.Input((2, 2, 1)), *before, *inner.layers])
    calibration = np.random.default_rng(1).integers(0, 256, (200, 2, 2, 1)).astype(np.float32)
    calibration[0], calibration[1] = 0, 255
    return litert_int8_bytes(model, calibration=calibration if rescaling else calibration / np.float32(255))
