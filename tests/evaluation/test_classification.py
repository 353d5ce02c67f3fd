"""What a network makes of images is counted by class, and what gives no probabilities is refused."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from nas.data import Images
from nas.errors import ArchitectureError
from nas.evaluation.classification import Judgeable, classify_images
from nas.evaluation.confusion_figure import save_confusion

IMAGES = np.zeros((4, 1, 1, 1), np.uint8)


@dataclass(frozen=True, eq=False)
class Given:
    """A network that gives these values, whatever it sees."""

    values: NDArray[np.float32]
    name: str = "given"
    weights_sha256: str = "0" * 64

    def predict(self, images: Images) -> NDArray[np.float32]:
        return self.values[: len(images)]


def network(*rows: tuple[float, ...]) -> Judgeable:
    return Given(np.array(rows, np.float32))


def test_the_matrix_counts_images_by_class_and_class_given() -> None:
    model = network((0.9, 0.1, 0), (0.2, 0.8, 0), (0.6, 0.4, 0), (1, 0, 0))
    came = classify_images(model, IMAGES, np.array([0, 1, 1, 2], np.int32))
    assert came.confusion(3).tolist() == [[1, 0, 0], [1, 1, 0], [1, 0, 0]]
    assert [came.recall(label) for label in range(4)] == [1.0, 0.5, 0.0, None]
    assert came.accuracy == 0.5
    assert came.interval.contains(0.5)
    assert came.loss == pytest.approx(-np.log([0.9, 0.8, 0.4, 1e-7]).mean())


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(0.5, np.nan)], r"^given gives no numbers for some images, so its weights are of no use; train it again\.$"),
        ([(3.5, -2.0)], r"^given gives values from -2 to 3\.5, which are no probabilities; end it in softmax\.$"),
    ],
    ids=["NaN", "logits"],
)
def test_what_gives_no_probabilities_is_refused(rows: list[tuple[float, ...]], message: str) -> None:
    with pytest.raises(ArchitectureError, match=message):
        classify_images(network(*rows * 4), IMAGES, np.zeros(4, np.int32))


@pytest.mark.parametrize("classes", [2, 60, 1_000])
def test_a_picture_of_any_number_of_classes_can_be_opened(classes: int, tmp_path: Path) -> None:
    labels = np.arange(classes, dtype=np.int32)
    came = classify_images(Given(np.eye(classes, dtype=np.float32)), np.zeros((classes, 1, 1, 1), np.uint8), labels)
    names = [f"$10_${label}" for label in labels]  # no mathematics
    save_confusion([("one", came), ("other", came)], names, title="validation", path=tmp_path / "confusion.png")
    with Image.open(tmp_path / "confusion.png") as picture:
        assert max(picture.size) < 8_500
