"""The test images are opened once, written down first, and only for the networks that are named."""

import json
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_search import Inline
from numpy.typing import NDArray

from nas.architecture import Architecture, Dense, Flatten
from nas.data import DataRef, Dataset, Images
from nas.data.cache import entry_folder
from nas.data.cache_writer import lock, write_entry
from nas.data.folders import data_folder
from nas.errors import DataError
from nas.evaluation.holdout import Openings, Trained, count_openings, judge
from nas.training.plan import NOTEBOOK
from nas.training.work import Checkpoint

NETWORK = Architecture(input_shape=(2, 2, 1), layers=(Flatten(), Dense(units=2, activation="softmax")))
PIXELS = np.array([[255, 0, 0, 0], [0, 255, 0, 0], [0, 0, 255, 0], [0, 0, 0, 255], [51, 0, 0, 0]], np.uint8)
LABELS = np.array([0, 1, 0, 0, 1], np.int32)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataRef:
    """A data set with five test images, in a cache of its own."""
    monkeypatch.setenv("NAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NAS_DATA", str(tmp_path / "data"))
    images = np.zeros((10, 2, 2, 1), np.uint8)
    dataset = Dataset(
        train_images=images,
        train_labels=np.arange(10, dtype=np.int32) % 2,
        test_images=PIXELS.reshape(-1, 2, 2, 1),
        test_labels=LABELS,
        class_names=("left", "right"),
        source="a test",
    )
    with lock():
        return DataRef(name="mnist", sha256=write_entry(dataset, name="mnist").sha256)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "first"
    folder.mkdir(parents=True)
    return folder


def trained(name: str, *, weight: float = 2.0) -> Trained:
    """A network that says left for the first and third pixel, and right for the others: the more so, the larger the weight."""
    kernel = np.array([[weight, 0], [0, weight], [weight, 0], [0, weight]], np.float32)
    return Trained(name, NETWORK, NOTEBOOK, Checkpoint(15, {"model/0": kernel, "model/1": np.zeros(2, np.float32)}))


class Elsewhere(Inline):
    """A machine with a cache of its own, in which there is nothing."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        with pytest.MonkeyPatch.context() as there:
            there.setenv("NAS_CACHE", str(self.cache))
            return super().submit(fn, *args, **kwargs)


def openings(study: Path) -> list[dict[str, Any]]:
    ledger = study / "openings.jsonl"
    return [json.loads(line) for line in ledger.read_text().splitlines()] if ledger.exists() else []


class Forbidden(Executor):
    """Nothing may be submitted to it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise AssertionError("a test image was wanted")


@pytest.mark.keras
def test_loss_and_accuracy_are_those_of_the_test_images(data: DataRef, study: Path) -> None:
    (figures,) = judge([trained("one")], data=data, reason="replay", study_folder=study, executor=Inline())
    scores = 2.0 * np.array([[1, 0], [0, 1], [1, 0], [0, 1], [0.2, 0]])
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert figures.accuracy == pytest.approx(3 / 5)
    assert figures.loss == pytest.approx(-np.log(probabilities[np.arange(5), LABELS]).mean(), rel=1e-5)


@pytest.mark.keras
def test_a_network_that_is_sure_and_wrong_has_a_finite_loss(data: DataRef, study: Path) -> None:
    (figures,) = judge([trained("sure", weight=1e6)], data=data, reason="replay", study_folder=study, executor=Inline())
    assert figures.loss == pytest.approx(2 / 5 * -np.log(1e-7), rel=1e-4)


@pytest.mark.keras
def test_several_networks_are_judged_in_their_order_under_one_opening(data: DataRef, study: Path) -> None:
    several = [trained("good"), trained("bad", weight=-2.0), trained("good", weight=3.0)]
    figures = judge(several, data=data, reason="verdict", study_folder=study, executor=Inline())
    assert [one.accuracy for one in figures] == pytest.approx([3 / 5, 2 / 5, 3 / 5])
    (line,) = openings(study)
    assert (line["reason"], line["networks"], line["data"]) == ("verdict", ["good", "bad"], "mnist")
    (ledger,) = (data_folder() / "openings").iterdir()
    assert json.loads(ledger.read_text()) == line


@pytest.mark.keras
def test_images_are_judged_in_batches_that_leave_none_out(data: DataRef, study: Path) -> None:
    first = judge([trained("one")], data=data, reason="replay", study_folder=study, executor=Inline())
    assert first == judge([trained("one")], data=data, reason="replay", study_folder=study, executor=Inline())
    assert len(openings(study)) == 1  # the same weights, which show nothing new


def test_an_opening_that_cannot_be_recorded_leaves_the_images_shut(data: DataRef, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^The opening cannot be recorded in .+, so the test set stays shut"):
        judge([trained("one")], data=data, reason="replay", study_folder=tmp_path / "no-such-run", executor=Forbidden())


def test_the_opening_stands_before_the_first_image_is_read(data: DataRef, study: Path) -> None:
    with pytest.raises(AssertionError, match="a test image was wanted"):
        judge([trained("one")], data=data, reason="replay", study_folder=study, executor=Forbidden())
    assert len(openings(study)) == 1


def test_a_changed_test_image_is_judged_by_nobody(data: DataRef, study: Path) -> None:
    path = entry_folder(data.sha256) / "sealed" / "test_images.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"^The test set in .+ is damaged"):
        judge([trained("one")], data=data, reason="replay", study_folder=study, executor=Inline())


def test_the_accuracy_is_that_of_the_answers(data: DataRef, study: Path) -> None:
    (figures,) = judge([trained("one")], data=data, reason="replay", study_folder=study, executor=Inline())
    labels = np.load(entry_folder(data.sha256) / "sealed" / "test_labels.npy")
    np.testing.assert_array_equal(figures.truth, labels)
    assert figures.accuracy == np.mean(figures.predicted == labels)


@dataclass(frozen=True)
class Always:
    """Something that is no trained network of ours: it gives every image the same class."""

    label: int
    name: str = "always"

    @property
    def weights_sha256(self) -> str:
        return f"{self.label:064d}"

    def predict(self, images: Images) -> NDArray[np.float32]:
        return np.tile(np.eye(2, dtype=np.float32)[self.label], (len(images), 1))


def test_whatever_gives_probabilities_is_judged(data: DataRef, study: Path) -> None:
    left, right = judge([Always(0), Always(1)], data=data, reason="verdict", study_folder=study, executor=Inline())
    assert (left.accuracy, right.accuracy) == (3 / 5, 2 / 5)
    (line,) = openings(study)
    assert line["networks"] == ["always"]


def test_an_evaluation_without_a_study_is_counted_for_the_user(data: DataRef, study: Path, tmp_path: Path) -> None:
    for model in (Always(0), Always(0), Always(1)):
        judge([model], data=data, reason="evaluation", study_folder=None, executor=Inline())
    (ledger,) = (data_folder() / "openings").iterdir()
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [(line["reason"], line["study"]) for line in lines] == [("evaluation", None)] * 2
    assert openings(study) == []
    assert count_openings(data, study_folder=None) == Openings(study=0, in_all=2)


def test_a_machine_whose_cache_has_no_test_images_is_handed_them_and_keeps_none(
    data: DataRef, study: Path, tmp_path: Path
) -> None:
    elsewhere = Elsewhere(tmp_path / "elsewhere")
    left, right = judge([Always(0), Always(1)], data=data, reason="verdict", study_folder=study, executor=elsewhere)
    assert (left.accuracy, right.accuracy) == (3 / 5, 2 / 5)
    assert not list(tmp_path.glob("elsewhere/**/*.npy"))
    assert len(openings(study)) == 1
