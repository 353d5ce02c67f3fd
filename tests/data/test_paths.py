"""Archives become data sets: what is taken, how it is split, and what it is called."""

import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_sources import good, in_order, pixels, saved, sealed
from tiny_data import own_cache, stored

from nas.data import Split, cache_folder, count_validation_duplicates, describe, find, load, take_in, told
from nas.data.cache import entry_folder
from nas.data.source import Part, Source, make_dataset
from nas.errors import DataError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    own_cache(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_test_images_are_split_off_first_and_then_validation_images_each_class_alike() -> None:
    ref = find(saved())
    data, (test_images, test_labels) = load(ref), sealed(ref)
    assert np.bincount(test_labels).tolist() == [2, 2, 2, 2]
    assert np.bincount(data.val_labels).tolist() == [2, 2, 2, 2]
    assert np.bincount(data.train_labels).tolist() == [6, 6, 6, 6]
    everything = np.concatenate([data.train_images, data.val_images, test_images])
    assert in_order(everything[..., 0]) == in_order(good()["x_train"])
    labels = {image.tobytes(): label for image, label in zip(good()["x_train"], good()["y_train"], strict=True)}
    for images, found in ((data.train_images, data.train_labels), (test_images, test_labels)):
        assert [labels[image.tobytes()] for image in images] == found.tolist()


def test_what_the_archive_sets_aside_stays_aside_in_file_order() -> None:
    parts = {
        "x_val": pixels(8, 5, 6, seed=1),
        "y_val": np.arange(8) % 4,
        "x_test": pixels(4, 5, 6, seed=2),
        "y_test": np.arange(4),
    }
    ref = find(saved(**parts))
    data = load(ref)
    np.testing.assert_array_equal(data.train_images[..., 0], good()["x_train"])
    np.testing.assert_array_equal(data.val_images[..., 0], parts["x_val"])
    np.testing.assert_array_equal(sealed(ref)[0][..., 0], parts["x_test"])
    with pytest.raises(DataError, match=r"^screws@\w{8} has validation images of its own, so there is nothing for --val-split"):
        find("screws.npz", val_split=0.3)


def test_arrays_stay_mapped_whatever_the_split() -> None:
    for ref in (find(saved()), find("screws.npz", val_split=0.4)):
        data = load(ref)
        assert all(isinstance(array, np.memmap) for array in (data.train_images, data.val_images, data.val_labels))


def test_a_share_of_ones_own_is_another_draw_over_the_same_test_set() -> None:
    usual, larger = find(saved()), find("screws.npz", val_split=0.5)
    assert larger == find(usual.name, val_split=0.5)
    assert (usual.name, describe(usual).validation, describe(larger).validation) == (larger.name, 8, 16)
    assert usual.sha256 != larger.sha256
    np.testing.assert_array_equal(sealed(usual)[0], sealed(larger)[0])
    assert find("screws.npz", val_split=0.2) == usual
    assert larger.split == Split(images=16)
    assert describe(larger).drawn == 0.5


@pytest.mark.parametrize(
    ("dtype", "low", "high", "words", "kept"),
    [
        pytest.param("uint8", 0, 255, "bytes from 0 to 255, taken as they are", [0, 255], id="bytes"),
        pytest.param("uint8", 0, 20, "bytes from 0 to 20, taken as they are", [0, 20], id="dark bytes"),
        pytest.param(
            "float32", 0, 1, "floats from 0 to 1, kept in 8 bits: 0 becomes 0, and 1 becomes 255", [0, 255], id="0 to 1"
        ),
        pytest.param(
            "float64", 0, 0.8, "floats from 0 to 0.8, kept in 8 bits: 0 becomes 0, and 1 becomes 255", [0, 204], id="0 to 0.8"
        ),
        pytest.param(
            "float16", -1, 1, "floats from −1 to 1, kept in 8 bits: −1 becomes 0, and 1 becomes 255", [0, 255], id="−1 to 1"
        ),
        pytest.param(
            "float32", 0, 255, "floats from 0 to 255, kept in 8 bits: rounded to whole numbers", [0, 255], id="0 to 255"
        ),
        pytest.param(
            "float64", 0, 16, "floats from 0 to 16, kept in 8 bits: 0 becomes 0, and 16 becomes 255", [0, 255], id="0 to 16"
        ),
        pytest.param(
            "float64", -3, 2, "floats from −3 to 2, kept in 8 bits: −3 becomes 0, and 2 becomes 255", [0, 255], id="its own"
        ),
        pytest.param("int64", 0, 255, "whole numbers from 0 to 255, taken as they are", [0, 255], id="bytes in long integers"),
        pytest.param("uint16", 0, 60_000, "whole numbers from 0 to 60000, kept in 8 bits: 0 becomes", [0, 255], id="16 bits"),
        pytest.param(">f4", 0, 1, "floats from 0 to 1, kept in 8 bits", [0, 255], id="big-endian"),
        pytest.param(
            "bool", 0, 1, "truth values from 0 to 1, kept as bytes: 0 becomes 0, and 1 becomes 255", [0, 255], id="truth"
        ),
    ],
)
def test_the_range_is_detected_and_told(dtype: str, low: float, high: float, words: str, kept: list[int]) -> None:
    share = np.random.default_rng(0).random((40, 5, 6))
    share[:, 0, 0], share[:, 0, 1] = 0, 1  # every image reaches both ends
    images = (low + np.rint(share * 16) / 16 * (high - low)).astype(dtype)
    ref = find(saved(x_train=images))
    stored = load(ref).train_images
    assert [int(stored.min()), int(stored.max())] == kept
    assert (describe(ref).pixels or "").startswith(words)
    assert words in (told(ref) or "")


@pytest.mark.parametrize(
    "labels",
    [
        np.arange(40) % 4,
        (np.arange(40) % 4).astype(np.uint8),
        (np.arange(40) % 4).astype(np.float64),
        (np.arange(40) % 4)[:, None],
        np.eye(4)[np.arange(40) % 4],
        np.eye(4, dtype=bool)[np.arange(40) % 4],
    ],
    ids=["integers", "bytes", "floats", "a column", "one-hot", "one-hot truth"],
)
def test_labels_may_be_spelled_in_any_of_these_ways(labels: Any) -> None:
    assert find(saved(y_train=labels)).sha256 == find(saved("again.npz")).sha256


@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 1), (1, 9, 3), (1, 1), (17, 2, 3)], ids=str)
def test_images_may_have_any_height_and_width_and_one_or_three_channels(shape: tuple[int, ...]) -> None:
    channels = shape[2] if len(shape) == 3 else 1
    assert load(find(saved(x_train=pixels(40, *shape)))).input_shape == (*shape[:2], channels)


def test_a_thousand_classes_are_possible() -> None:
    labels = np.arange(3_000) % 1_000
    data = load(find(saved(x_train=pixels(3_000, 3, 3), y_train=labels)))
    assert data.classes == 1_000
    assert len(np.unique(data.train_labels)) == 1_000


def test_class_names_come_along_and_make_another_data_set() -> None:
    named = find(saved(class_names=np.array(["bolt", "nut", "pin", "screw"])))
    assert describe(named).class_names == ("bolt", "nut", "pin", "screw")
    assert describe(find(saved("numbered.npz"))).class_names == ("0", "1", "2", "3")
    assert find("numbered.npz").sha256 != named.sha256


def test_images_in_two_splits_are_counted() -> None:
    images = good()["x_train"]
    ref = find(saved(x_val=images[:3], y_val=np.arange(3), x_test=images[:2], y_test=np.arange(2)))
    assert (count_validation_duplicates(ref), describe(ref).test_duplicates) == (3, 2)
    alone = find(saved("alone.npz"))
    assert (count_validation_duplicates(alone), describe(alone).test_duplicates) == (0, 0)


def test_what_rounding_adds_to_a_range_is_no_other_range() -> None:
    images = good()["x_train"] / 255
    ref = find(saved(x_train=images, x_test=images[:4] * (1 + 1e-7), y_test=np.arange(4)))
    np.testing.assert_array_equal(sealed(ref)[0][..., 0], good()["x_train"][:4])


def test_a_file_is_called_by_its_content_wherever_it_lies(here: Path) -> None:
    ref = find(saved())
    assert ref.name == f"screws@{ref.sha256[:8]}"
    (here / "elsewhere").mkdir()
    moved = shutil.move("screws.npz", here / "elsewhere" / "bolts.npz")
    assert find(ref.name) == find(str(moved)) == ref
    saved(x_train=pixels(40, 5, 6, seed=9))
    assert find("screws.npz").name != ref.name


def test_a_file_that_did_not_change_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ref = find(saved())
    monkeypatch.setattr("nas.data.finding.read_path", None)
    assert find("screws.npz") == ref


def test_a_name_whose_entry_is_gone_asks_for_the_file() -> None:
    ref = find(saved())
    shutil.rmtree(entry_folder(ref.sha256))
    with pytest.raises(
        DataError, match=rf"^The data set {ref.name} is not in the cache .+; give the path that it was read from, or"
    ):
        find(ref.name)
    assert find("screws.npz") == ref


def test_a_counted_split_is_spelled_by_its_count_and_a_share_as_ever() -> None:
    assert Split().model_dump_json() == '{"kind":"last","fraction":0.2}'
    assert Split(kind="all", fraction=0.1).model_dump_json() == '{"kind":"all","fraction":0.1}'
    counted = Split(images=288)
    assert counted.model_dump_json() == '{"kind":"last","images":288}'
    assert Split.model_validate_json(counted.model_dump_json()) == counted
    assert pickle.loads(pickle.dumps(counted)) == counted


def test_arrays_that_are_a_part_of_another_set_have_a_name_that_leads_to_them() -> None:
    images, labels = pixels(40, 5, 6), np.arange(40) % 4
    name = take_in((images, labels))
    ref = find(name)
    shutil.rmtree(cache_folder())
    dataset = make_dataset(Source(train=Part(images, labels, "x_train", "y_train"), words="arrays"))
    assert stored(dataset, name="others val-split 0.2").sha256 == ref.sha256  # as `--val-split` makes it
    assert take_in((images, labels)) == name
    assert find(name) == ref


def test_a_page_of_the_web_in_place_of_a_file_of_images_is_told(tmp_path: Path) -> None:
    for name, content in (("html", b"<!DOCTYPE html>" + b"x" * 400), ("axes", b"\0\0\x08\x20" + b"\xff" * 200)):
        folder = tmp_path / name
        folder.mkdir()
        for file in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
            (folder / file).write_bytes(content)
    with pytest.raises(DataError, match=r"^train-images-idx3-ubyte starts with 3c 21 44 4f; an IDX file of bytes starts with"):
        find(str(tmp_path / "html"))
    with pytest.raises(DataError, match=r"^train-images-idx3-ubyte has a header of 32 axes, and images have at most 8; fetch"):
        find(str(tmp_path / "axes"))
