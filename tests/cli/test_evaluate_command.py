"""`nas evaluate` counts what a network recognises; the test set is opened on demand, and written down."""

import re
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from command_line import Here
from hostile import BIAS, KERNEL, SMALL, pack
from hostile_litert import litert
from PIL import Image
from scipy.stats import binomtest
from small_images import small_dataset

from nas.architecture import Budget
from nas.data import DataRef
from nas.data.cache import entry_folder
from nas.data.cache_writer import lock, write_entry
from nas.data.folders import data_folder
from nas.exporting.card import Artifact, Evidence, ModelCard
from nas.exporting.released import Conversion
from nas.training.plan import NOTEBOOK


@pytest.fixture
def nas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NAS_DATA", str(tmp_path / "data"))
    with lock():
        write_entry(small_dataset(), name="mnist")
    (tmp_path / "net.tflite").write_bytes(litert())
    return Here(monkeypatch, capsys)


def other() -> bytes:
    """A network that takes the last class for every image."""

    def change(model: object) -> None:
        model.buffers[2].data = np.frombuffer(np.array([0, 0, 99], np.float32).tobytes(), np.uint8)  # type: ignore[attr-defined]

    return litert(change)


def openings() -> int:
    return sum(len(ledger.read_text().splitlines()) for ledger in (data_folder() / "openings").glob("*"))


def test_each_printed_matrix_adds_up_and_its_recalls_are_right(nas: Here) -> None:
    ended = nas("evaluate", "net.tflite", "--data", "mnist", "--test").succeeded()
    scores = np.exp(KERNEL + BIAS)
    loss = -np.log((scores / scores.sum(axis=1, keepdims=True))[range(4), [0, 2, 2, 2]]).mean()
    assert ended.out.splitlines()[0] == f"net.tflite: 50.00% of 4 test images of mnist (6.76% to 93.24%), loss {loss:.4f}."
    *rows, footer = [re.split(r"\s{2,}", line.strip()) for line in ended.out.splitlines()[4:] if line.strip(" ─")][1:]
    assert [row[0] for row in rows] == ["left", "middle", "right"]
    counts = np.array([[0 if cell == "·" else int(cell) for cell in row[1:4]] for row in rows])
    assert [int(row[4]) for row in rows] == counts.sum(axis=1).tolist() == [1, 0, 3]
    assert [int(cell) for cell in footer[1:5]] == [*counts.sum(axis=0).tolist(), 4]
    assert [row[5] for row in rows] == ["100.00%", "–", "33.33%"]
    assert footer[5] == "50.00%"


def test_json_holds_the_same_figures(nas: Here) -> None:
    answer = nas("evaluate", "net.tflite", "--data", "mnist", "--json").succeeded().json
    assert (answer["data"], answer["kind"], answer["images"], answer["model"]) == ("mnist", "validation", 2, "net.tflite")
    assert sum(each["images"] for each in answer["classes"]) == 2
    right = sum(each["given"][label] for label, each in enumerate(answer["classes"]))
    interval = binomtest(right, 2).proportion_ci(0.95, "exact")
    assert answer["accuracy"] == right / 2
    assert answer["interval_95"] == pytest.approx({"low": interval.low, "high": interval.high})


def test_validation_images_are_taken_with_the_test_set_gone(nas: Here) -> None:
    import shutil

    (entry,) = (path.parent for path in Path("cache").rglob("sealed"))
    shutil.rmtree(entry / "sealed")
    nas("evaluate", "net.tflite", "--data", "mnist").succeeded()
    assert openings() == 0


def test_the_test_set_is_opened_once_for_the_same_weights_and_counted(nas: Here) -> None:
    first = nas("evaluate", "net.tflite", "--data", "mnist", "--test").succeeded()
    assert first.err.splitlines()[:2] == [
        "Opening the test set of mnist; openings so far: 0.",
        "It is recorded; openings now: 1. Nothing may be chosen by what it shows.",
    ]
    again = nas("evaluate", "net.tflite", "--data", "mnist", "--test").succeeded()
    assert again.out == first.out
    assert again.err.splitlines()[:2] == [
        "Opening the test set of mnist; openings so far: 1.",
        "It counts once, since the same weights were evaluated before; openings now: 1. Nothing may be chosen by what it shows.",
    ]
    Path("other.tflite").write_bytes(other())
    assert nas("evaluate", "other.tflite", "--data", "mnist", "--test", "--json").succeeded().json["openings"] == 2
    assert openings() == 2
    assert sorted(path.name for path in Path().iterdir()) == ["cache", "data", "net.tflite", "other.tflite"]


def test_two_files_stand_beside_each_other(nas: Here) -> None:
    Path("other.tflite").write_bytes(other())
    words = ("evaluate", "net.tflite", "--against", "other.tflite", "--data", "mnist", "--test")
    ended = nas(*words, "--figure", "confusion.png").succeeded()
    lines = ended.out.splitlines()
    assert [line.partition(" (")[0] for line in lines[:2]] == [
        "net.tflite: 50.00% of 4 test images of mnist",
        "other.tflite: 75.00% of 4 test images of mnist",
    ]
    assert lines[3] == "other.tflite has 25.00 points more than net.tflite; they differ on 3 images."
    assert lines[-1] == "Figure: confusion.png"
    with Image.open("confusion.png") as picture:
        assert picture.width > picture.height
    beside = nas(*words, "--json").succeeded().json["against"]
    assert (beside["drop_points"], beside["different"], beside["model"]) == (-25.0, 3, "other.tflite")


def card(content: bytes, *, refit: bool = False) -> str:
    """A model card that speaks of a file with this content, which divides pixels itself."""
    artifact = Artifact(
        format="litert",
        title="LiteRT",
        file="net.tflite",
        size_bytes=len(content),
        sha256={"net.tflite": sha256(content).hexdigest()},
    )
    return ModelCard(
        label="trial 3",
        study="made",
        why="Made up for a test.",
        refit=refit,
        network=SMALL,
        plan=NOTEBOOK,
        data=DataRef(name="mnist", sha256="0" * 64),
        source="a test",
        class_names=("a", "b", "c"),
        training_images=8,
        seed=0,
        weights_sha256="0" * 64,
        conversion=Conversion(include_rescaling=True),
        evidence=Evidence(),
        budget=Budget(),
        parameters=15,
        macs=12,
        peak_activation_bytes=8,
        artifacts=(artifact,),
        environment={},
    ).model_dump_json()


def likeliest(nas: Here) -> tuple[str, float, str]:
    """Name and probability of the class that an image with a pixel of 1 gets, and what is said about it."""
    np.save("image.npy", np.array([[1, 0], [0, 0]], np.uint8))
    ended = nas("predict", "net.tflite", "image.npy", "--json").succeeded()
    first = ended.json["images"][0]["classes"][0]
    return first["name"], first["probability"], ended.err


def test_a_file_beside_its_card_is_read_as_the_card_says(nas: Here) -> None:
    name, divided, remark = likeliest(nas)
    assert (name, remark) == ("0", "No model_card.json speaks of net.tflite, so pixels are divided by 255 for it.\n")
    Path("model_card.json").write_text(card(litert()))
    name, whole, remark = likeliest(nas)
    assert (name, remark) == ("a", "")
    assert whole > divided + 0.1


def test_a_card_of_another_file_says_nothing_about_this_one(nas: Here) -> None:
    before = likeliest(nas)
    for says in (card(other()), '{"schema_version": "0.0.2", "model_details": {}}'):  # the second is another tool's
        Path("model_card.json").write_text(says)
        assert likeliest(nas) == before


def test_a_card_of_ours_that_cannot_be_read_is_not_passed_over(nas: Here) -> None:
    Path("model_card.json").write_text('{"format": 99}')
    ended = nas("evaluate", "net.tflite", "--data", "mnist")
    assert ended.code == 2
    assert "model_card.json has format 99, newer than" in ended.err


def test_a_refit_is_said_to_know_the_validation_images(nas: Here) -> None:
    Path("model_card.json").write_text(card(litert(), refit=True))
    said = "net.tflite was trained on validation images too, so that its figures for them say nothing.\n"
    assert nas("evaluate", "net.tflite", "--data", "mnist").succeeded().err == said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("wide.keras",),
            "wide.keras takes images of 2×2×1, but the data's are 3×3×1; change the network's",
        ),
        (("missing.keras",), "The file missing.keras cannot be read (No such file or directory)."),
        (("net.onnx",), "'net.onnx' is no model's file that can be run here; give a .keras or a .tflite file."),
        (("wide.keras", "--against", "net.h5"), "net.h5 is HDF5, whose layers Keras can only rebuild by running them;"),
    ],
    ids=["another size", "no file", "another kind", "HDF5"],
)
def test_what_does_not_fit_is_one_sentence_and_opens_nothing(nas: Here, words: tuple[str, ...], message: str) -> None:
    from dataclasses import replace

    small = small_dataset()
    wider = [np.pad(images, ((0, 0), (0, 1), (0, 1), (0, 0))) for images in (small.train_images, small.test_images)]
    with lock():
        wide = write_entry(replace(small, train_images=wider[0], test_images=wider[1]), name="mnist")
    assert entry_folder(wide.sha256).is_dir()
    pack(Path("wide.keras"))
    ended = nas("evaluate", *words, "--data", "mnist", "--test")
    assert (ended.code, ended.out, openings()) == (2, "", 0)
    assert ended.err.startswith(f"nas: {message}")
    assert ended.err.count("\n") == 1


@pytest.mark.keras
@pytest.mark.slow
def test_a_keras_file_and_its_litert_file_classify_alike(nas: Here) -> None:
    pack(Path("net.keras"))
    words = ("evaluate", "net.keras", "--against", "net.tflite", "--data", "mnist", "--json")
    answer = nas(*words).succeeded().json
    assert answer["loss"] == pytest.approx(answer["against"]["loss"], rel=1e-5)
    assert (answer["against"]["different"], answer["against"]["drop_points"]) == (0, 0.0)
