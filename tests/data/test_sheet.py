"""The contact sheet."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from tiny_data import own_cache, stored, tiny

from nas.data import Dataset, find, save_contact_sheet
from nas.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_cache(tmp_path, monkeypatch)


def _flat(*, train: int, validation: int, test: int, channels: int = 1) -> Dataset:
    """Two classes; all training pixels are `train`, all validation pixels `validation`, all test pixels `test`."""
    images = np.full((10, 14, 14, channels), train, np.uint8)
    images[8:] = validation
    labels = np.arange(10, dtype=np.int32) % 2
    return Dataset(
        train_images=images,
        train_labels=labels,
        test_images=np.full((10, 14, 14, channels), test, np.uint8),
        test_labels=labels,
        class_names=("even", "odd"),
        source="a test",
    )


def _grey_share(path: Path, value: int) -> float:
    pixels = np.rint(matplotlib.image.imread(path)[..., :3] * 255)
    return float((pixels == value).all(axis=-1).mean())


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_sheet_shows_training_images_alone(tmp_path: Path, channels: int) -> None:
    stored(_flat(train=128, validation=7, test=9, channels=channels))
    path = tmp_path / "sheet.png"
    save_contact_sheet(find("mnist"), path, columns=6)
    assert _grey_share(path, 128) > 0.1
    assert _grey_share(path, 255) > 0.1
    assert _grey_share(path, 7) < 0.001
    assert _grey_share(path, 9) < 0.001


def test_a_class_with_more_images_has_a_fuller_row(tmp_path: Path) -> None:
    stored(tiny(train=120, shape=(28, 28, 1), classes=2))
    narrow, wide = tmp_path / "narrow.png", tmp_path / "wide.png"
    save_contact_sheet(find("mnist"), narrow, columns=10)
    save_contact_sheet(find("mnist"), wide, columns=20)
    assert matplotlib.image.imread(narrow).shape[0] == matplotlib.image.imread(wide).shape[0]
    assert matplotlib.image.imread(narrow).shape[1] < matplotlib.image.imread(wide).shape[1]


def test_a_sheet_that_cannot_be_written_ends_in_a_sentence(tmp_path: Path) -> None:
    stored(tiny())
    with pytest.raises(
        DataError, match=r"^The contact sheet cannot be written to .+ \(No such file or directory\); choose another file\.$"
    ):
        save_contact_sheet(find("mnist"), tmp_path / "missing" / "sheet.png")
