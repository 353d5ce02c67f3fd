"""Fashion-MNIST and digits: where they come from and what they are."""

from pathlib import Path

import numpy as np
import pytest
from tiny_data import idx_files, own_cache, stored, sums, tiny

from nas.data import Split, describe, find, load
from nas.data.cache import entry_folder
from nas.data.fashion_mnist import CLASS_NAMES, SUMS, fetch, read_from_debian
from nas.data.mnist import SUMS as MNIST_SUMS
from nas.data.mnist import TRAIN_IMAGES, Source
from nas.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_cache(tmp_path, monkeypatch)


def test_digits_have_17_shades_and_every_part_all_classes() -> None:
    ref = find("digits")
    data, summary = load(ref), describe(ref)
    assert ref.name == "digits"
    assert data.input_shape == (8, 8, 1)
    assert np.unique(data.train_images).tolist() == np.rint(np.arange(17) * 255 / 16).tolist()
    assert (summary.training, summary.validation, summary.test) == (1_151, 287, 359)
    assert min(summary.training_per_class) > 0.9 * max(summary.training_per_class)


def test_fashion_mnist_is_taken_from_debians_package(tmp_path: Path) -> None:
    files = idx_files()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    source = Source("Debian's package", lambda: read_from_debian((tmp_path / "missing", tmp_path)))
    dataset = fetch(sources=(source,), sums=sums(files))
    assert dataset.class_names == CLASS_NAMES
    assert dataset.source == "Debian's package"
    assert len(dataset.train_images) == 12
    assert SUMS.keys() == MNIST_SUMS.keys()
    assert SUMS[TRAIN_IMAGES] != MNIST_SUMS[TRAIN_IMAGES]


def test_fashion_mnist_that_is_nowhere_says_how_to_get_it(tmp_path: Path) -> None:
    source = Source("Debian's package dataset-fashion-mnist", lambda: read_from_debian((tmp_path / "missing",)))
    message = (
        r"^Fashion-MNIST was found nowhere; tried were Debian's package dataset-fashion-mnist \(not installed; sudo apt-get"
        r" install dataset-fashion-mnist\); put train-images-idx3-ubyte, .+, plain or \.gz, into .+/by-hand/fashion-mnist\.$"
    )
    with pytest.raises(DataError, match=message):
        fetch(sources=(source,))


def test_a_known_name_with_a_share_of_its_own_keeps_its_name_and_its_test_set() -> None:
    dataset = tiny(train=600)
    usual, drawn = stored(dataset), find("mnist", val_split=0.1)
    assert drawn.name == "mnist"
    assert drawn.split == Split(images=60)
    assert drawn.sha256 != usual.sha256
    assert np.bincount(load(drawn).val_labels).tolist() == [6] * 10
    sealed = entry_folder(drawn.sha256) / "sealed" / "test_images.npy"
    np.testing.assert_array_equal(np.load(sealed), dataset.test_images)
    assert find("mnist").sha256 == usual.sha256
    assert find("mnist", val_split=0.1) == drawn
