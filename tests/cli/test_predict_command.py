"""`nas predict` names the class of an image, whatever it comes in, and says what was done to it."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Here
from hostile import BIAS, KERNEL, pack
from hostile_litert import litert
from numpy.typing import NDArray
from PIL import Image
from small_images import PIXELS


@pytest.fixture
def nas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.tflite").write_bytes(litert())
    return Here(monkeypatch, capsys)


def expected(pixels: NDArray[Any]) -> NDArray[np.float64]:
    scores = np.exp(pixels.reshape(-1, 4) / 255 @ KERNEL + BIAS)
    return np.asarray(scores / scores.sum(axis=1, keepdims=True))


def probabilities(nas: Here, *words: str) -> NDArray[np.float64]:
    """The probability of each class for each image, by class."""
    answer = nas("predict", "net.tflite", *words, "--json").succeeded().json
    by_class = [sorted(each["classes"], key=lambda one: one["class"]) for each in answer["images"]]
    return np.array([[one["probability"] for one in classes] for classes in by_class])


def test_the_table_names_the_likeliest_class_and_the_next_two(nas: Here) -> None:
    np.save("images.npy", PIXELS)
    ended = nas("predict", "net.tflite", "images.npy").succeeded()
    lines = [re.split(r"\s{2,}", line.strip()) for line in ended.out.splitlines() if line.strip(" ─")]
    assert lines[:2] == [["net.tflite"], ["image", "class", "probability", "2.", "probability", "3.", "probability"]]
    rows = expected(PIXELS)
    for index, (line, row) in enumerate(zip(lines[2:], rows, strict=True)):
        order = np.argsort(-row)
        assert line == [f"images.npy[{index}]", *(word for label in order for word in (str(label), f"{row[label]:.2%}"))]
    assert ended.err == "No model_card.json speaks of net.tflite, so pixels are divided by 255 for it.\n"


@pytest.mark.parametrize("shape", [(2, 2), (2, 2, 1), (1, 2, 2), (1, 2, 2, 1)], ids=str)
def test_an_array_may_leave_out_what_is_one(nas: Here, shape: tuple[int, ...]) -> None:
    np.save("image.npy", PIXELS[2].reshape(shape))
    np.testing.assert_allclose(probabilities(nas, "image.npy"), expected(PIXELS[2]), rtol=1e-5)


def test_floats_from_0_to_1_are_taken_and_said(nas: Here) -> None:
    np.save("image.npy", np.array([[0, 0.2], [0.6, 1.0]]))
    assert nas("predict", "net.tflite", "image.npy").succeeded().err.splitlines()[-1] == (
        "image.npy: floats from 0 to 1, taken as 255ths."
    )
    np.testing.assert_allclose(probabilities(nas, "image.npy"), expected(np.array([0, 51, 153, 255])), rtol=1e-5)


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1", "RGBA", "LA"])
def test_a_picture_is_grey_for_a_network_that_takes_grey(nas: Here, mode: str) -> None:
    Image.fromarray(PIXELS[1, ..., 0]).convert(mode).save("image.png")
    np.testing.assert_allclose(probabilities(nas, "image.png"), expected(PIXELS[1]), rtol=1e-5)


def test_a_name_in_brackets_stands_in_the_table(nas: Here) -> None:
    Image.fromarray(PIXELS[1, ..., 0]).save("a[bold].png")
    assert "a[bold].png" in nas("predict", "net.tflite", "a[bold].png").succeeded().out


def test_a_picture_is_scaled_on_demand_alone(nas: Here) -> None:
    Image.fromarray(np.full((4, 6), 255, np.uint8)).save("image.png")
    ended = nas("predict", "net.tflite", "image.png")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "nas: image.png has 4 × 6 pixels, but the network takes 2 × 2; crop it yourself, or have it scaled with --resize.\n"
    )
    ended = nas("predict", "net.tflite", "image.png", "--resize").succeeded()
    assert ended.err.splitlines()[-1] == "image.png: scaled from 4 × 6 to 2 × 2."
    np.testing.assert_allclose(probabilities(nas, "image.png", "--resize"), expected(np.full(4, 255)), rtol=1e-5)


def save(name: str, array: Any, **how: Any) -> None:
    np.save(name, array, **how)


def bomb(name: str) -> None:
    Image.new("1", (20_000, 10_000)).save(name)


def cut(name: str) -> None:
    Image.new("L", (2, 2)).save(name)
    Path(name).write_bytes(Path(name).read_bytes()[:45])


def archive(name: str) -> None:
    np.savez("archive", a=np.zeros(2))
    Path("archive.npz").rename(name)


def camera(name: str) -> None:
    """A picture whose EXIF chunk ends inside its header."""
    Image.new("L", (2, 2)).save(name, exif=b"II*\0")


def lying(name: str) -> None:
    """An array whose header promises far more than there is."""
    with Path(name).open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (10**12, 2, 2)})
        file.write(bytes(4))


MISTAKES = {
    "missing.png": (lambda _: None, "The picture missing.png cannot be read (No such file or directory)."),
    "notes.txt": (
        lambda name: Path(name).write_text("text"),
        "notes.txt is no PNG or JPEG of at most 16,777,216 pixels;",
    ),
    "cut.png": (
        cut,
        "The picture cut.png cannot be read (",
    ),
    "image.gif": (lambda name: Image.new("L", (2, 2)).save(name), "image.gif is no PNG or JPEG of"),
    "bomb.png": (bomb, "bomb.png "),
    "deep.png": (
        lambda name: Image.fromarray(np.zeros((2, 2), np.uint16)).save(name),
        "deep.png does not keep 8 bits a colour (its mode is I;16); save it as a PNG that does.",
    ),
    "clear.png": (
        lambda name: Image.new("RGBA", (2, 2), (9, 9, 9, 0)).save(name),
        "clear.png is transparent in places, and what is behind is not known; save it without transparency.",
    ),
    "pickled.npy": (
        lambda name: save(name, np.array([print, "text"], object), allow_pickle=True),
        "pickled.npy is no plain NumPy array (",
    ),
    "lying.npy": (lying, "lying.npy is no plain NumPy array ("),
    "damaged.npy": (
        lambda name: Path(name).write_bytes(b"\x93NUMPY\x01\x00\x10\x00{'descr': '|u1',("),
        "damaged.npy is no plain NumPy array (",
    ),
    "text.npy": (lambda name: Path(name).write_text("text"), "text.npy is no plain NumPy array; save it with"),
    "archive.npy": (archive, "archive.npy is no plain NumPy array; save it with"),
    "zip.npy": (lambda name: Path(name).write_bytes(b"PK\3\4rubbish"), "zip.npy is no plain NumPy array; save it with"),
    "camera.png": (camera, "camera.png is no PNG or JPEG of"),
    "archive.npz": (lambda name: np.savez(name, a=np.zeros(2)), "archive.npz is no PNG or JPEG"),
    "shape.npy": (
        lambda name: save(name, np.zeros((3, 2), np.uint8)),
        "shape.npy holds an array of shape (3, 2); wanted is (2, 2) or (2, 2, 1), or several of them in a row.",
    ),
    "none.npy": (lambda name: save(name, np.zeros((0, 2, 2), np.uint8)), "none.npy holds an array of shape (0, 2, 2);"),
    "whole.npy": (
        lambda name: save(name, np.full((2, 2), 300)),
        "whole.npy holds int64 values; wanted are bytes (uint8) from 0 to 255, or floats from 0 to 1.",
    ),
    "bright.npy": (lambda name: save(name, np.full((2, 2), 255.0)), "bright.npy holds float64 values; wanted are bytes"),
    "nan.npy": (lambda name: save(name, np.full((2, 2), np.nan)), "nan.npy holds float64 values; wanted are bytes"),
}


@pytest.mark.parametrize(("name", "make", "message"), [(name, *rest) for name, rest in MISTAKES.items()], ids=MISTAKES)
def test_what_is_no_image_for_the_network_is_one_sentence(nas: Here, name: str, make: Any, message: str) -> None:
    make(name)
    ended = nas("predict", "net.tflite", name)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"nas: {message}")
    assert ended.err.count("\n") == 1


def test_a_module_beside_the_file_is_not_imported_for_it(nas: Here) -> None:
    np.save("image.npy", PIXELS[0])
    for name in ("pickle", "numpy", "ai_edge_litert"):
        Path(f"{name}.py").write_text("open('canary', 'w')")
    ended = nas("predict", "net.tflite", "image.npy")
    assert not Path("canary").exists()
    ended.succeeded()


def test_without_an_image_or_a_models_file_it_says_what_to_give(nas: Here) -> None:
    assert (
        nas("predict", "net.tflite").err == "nas: There is no image to look at; name PNG, JPEG or .npy files after the model.\n"
    )
    assert nas("predict", "net.onnx", "image.png").err == (
        "nas: 'net.onnx' is no model's file that can be run here; give a .keras or a .tflite file.\n"
    )


@pytest.mark.keras
@pytest.mark.slow
def test_a_keras_file_answers_the_same(nas: Here) -> None:
    np.save("images.npy", PIXELS)
    pack(Path("net.keras"))
    ended = nas("predict", "net.keras", "images.npy", "--json").succeeded()
    assert ended.err == ""
    answer = json.loads(ended.out)
    assert [each["image"] for each in answer["images"]] == [f"images.npy[{index}]" for index in range(4)]
    for each, row in zip(answer["images"], expected(PIXELS), strict=True):
        for one in each["classes"]:
            assert one["name"] == str(one["class"])
            assert one["probability"] == pytest.approx(row[one["class"]], rel=1e-5)
