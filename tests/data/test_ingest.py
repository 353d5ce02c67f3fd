"""From a name to arrays."""

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from tiny_data import own_cache, stored, tiny

from nas.data import DataRef, Split, describe, find, load
from nas.data.cache import entry_folder
from nas.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_cache(tmp_path, monkeypatch)


def test_what_is_cached_is_found_and_loaded_as_it_was_stored() -> None:
    dataset = tiny()
    manifest = stored(dataset)
    ref = find("mnist")
    assert ref == DataRef(name="mnist", sha256=manifest.sha256, split=Split(kind="last", fraction=0.2))
    data = load(ref)
    assert (data.classes, data.input_shape) == (10, (4, 4, 1))
    np.testing.assert_array_equal(data.train_images, dataset.train_images[:48])
    np.testing.assert_array_equal(data.train_labels, dataset.train_labels[:48])
    np.testing.assert_array_equal(data.val_images, dataset.train_images[48:])
    np.testing.assert_array_equal(data.val_labels, dataset.train_labels[48:])


def test_loaded_arrays_are_mapped_and_cannot_be_written() -> None:
    stored(tiny())
    data = load(find("mnist"))
    for array in (data.train_images, data.train_labels, data.val_images, data.val_labels):
        assert isinstance(array, np.memmap)
        assert not array.flags.writeable


@pytest.mark.parametrize(
    ("images", "fraction", "sizes"),
    [(60_000, 0.2, (48_000, 12_000)), (2_000, 0.2, (1_600, 400)), (10, 0.2, (8, 2)), (7, 0.5, (3, 4))],
    ids=str,
)
def test_the_last_images_validate_as_in_keras(images: int, fraction: float, sizes: tuple[int, int]) -> None:
    stored(tiny(train=images, shape=(1, 1, 1)))
    data = load(find("mnist").model_copy(update={"split": Split(fraction=fraction)}))
    assert (len(data.train_images), len(data.val_images)) == sizes
    assert (len(data.train_labels), len(data.val_labels)) == sizes


@pytest.mark.parametrize("fraction", [0, 1, -0.1, float("nan")])
def test_a_share_outside_of_zero_to_one_is_no_split(fraction: float) -> None:
    with pytest.raises(ValidationError, match="fraction"):
        Split(fraction=fraction)


def test_a_share_that_leaves_one_side_empty_is_refused() -> None:
    stored(tiny(train=10))
    ref = find("mnist").model_copy(update={"split": Split(fraction=0.95)})
    with pytest.raises(DataError, match=r"^A validation share of 0\.95 splits 10 training images into 0 and 10; choose a share"):
        load(ref)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "minst",
            "^There is no data set 'minst'; the nearest name is mnist, and mnist:2000 means its first 2,000 training images.$",
        ),
        ("MNIST:2000", "the nearest name is mnist"),
        ("imagenet", "^There is no data set 'imagenet'; known are mnist, fashion-mnist, digits, and paths, and mnist:2000 means"),
        ("", "^There is no data set ''; known are mnist"),
    ],
)
def test_an_unknown_name_is_refused_with_a_known_one(name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        find(name)


@pytest.mark.parametrize("count", ["9", "60001", "0", "-20", "2_000", "02000", "2e3", "٣٠٠", "many", "9" * 5_000, "10:10"])
def test_a_subset_is_of_10_to_60000_images(count: str) -> None:
    with pytest.raises(DataError, match=r"images; a subset is mnist:N with N from 10 to 60000, such as mnist:2000\.$"):
        find(f"mnist:{count}")


def test_a_subset_without_a_size_is_refused() -> None:
    with pytest.raises(DataError, match=r"^'mnist:' asks for no images; a subset is"):
        find("mnist:")


@pytest.mark.parametrize(("images", "test_images"), [(40, 10), (66, 11), (6_000, 1_000)])
def test_a_subset_is_the_first_images_and_an_entry_of_its_own(images: int, test_images: int) -> None:
    dataset = tiny(train=6_100, test=1_200)
    base = stored(dataset)
    ref = find(f"mnist:{images}")
    assert ref.name == f"mnist:{images}"
    assert ref.sha256 != base.sha256
    data = load(ref)
    np.testing.assert_array_equal(np.concatenate([data.train_images, data.val_images]), dataset.train_images[:images])
    sealed = entry_folder(ref.sha256) / "sealed"
    np.testing.assert_array_equal(np.load(sealed / "test_images.npy"), dataset.test_images[:test_images])
    np.testing.assert_array_equal(np.load(sealed / "test_labels.npy"), dataset.test_labels[:test_images])
    assert describe(ref).source == "the first images of mnist (a test)"


def test_a_subset_that_trains_on_too_few_images_for_all_classes_is_refused() -> None:
    stored(tiny(train=600))
    lacking = r"^The 8 images that mnist:10 trains on lack the class class \d; ask for more, such as mnist:2000\.$"
    with pytest.raises(DataError, match=lacking):
        find("mnist:10")


def test_a_search_needs_no_test_set() -> None:
    stored(tiny(train=600))
    refs = [find("mnist"), find("mnist:200")]
    for ref in refs:
        shutil.rmtree(entry_folder(ref.sha256) / "sealed")
    assert [find("mnist"), find("mnist:200")] == refs
    assert [len(load(ref).train_images) for ref in refs] == [480, 160]
    assert [describe(ref).test for ref in refs] == [30, 30]
    with pytest.raises(
        DataError, match=r"^mnist:300 cannot be made, since the test set of mnist is missing from .+; delete that folder"
    ):
        find("mnist:300")


def test_a_cache_that_cannot_be_written_ends_in_a_sentence_before_anything_is_fetched(cache: Path) -> None:
    cache.write_text("not a folder")
    with pytest.raises(
        DataError, match=r"cannot be written \(Not a directory\); make room or mend its permissions, or point NAS_CACHE"
    ):
        find("mnist")


def test_a_data_set_that_another_cache_holds_is_refused_in_a_sentence() -> None:
    ref = DataRef(name="mnist", sha256="ab" * 32)
    for function in (load, describe):
        with pytest.raises(DataError, match=r"^The data set mnist \(abababababab…\) is not in the cache .+; fetch it there with"):
            function(ref)


def test_a_summary_counts_every_image_once() -> None:
    dataset = tiny(train=95)
    manifest = stored(dataset)
    summary = describe(find("mnist"))
    assert (summary.training, summary.validation, summary.test) == (76, 19, 30)
    assert summary.training_per_class == (8, 8, 8, 8, 8, 8, 7, 7, 7, 7)
    assert summary.validation_per_class == (2, 2, 2, 2, 2, 1, 2, 2, 2, 2)
    assert sum(summary.training_per_class) == summary.training
    assert sum(summary.validation_per_class) == summary.validation
    assert summary.class_names == dataset.class_names
    assert (summary.name, summary.sha256, summary.input_shape) == ("mnist", manifest.sha256, (4, 4, 1))
    assert (summary.dtype, summary.pixel_range, summary.scaling) == ("uint8", (0, 255), "pixels / 255")
    assert (summary.source, summary.folder) == ("a test", entry_folder(manifest.sha256))


def test_a_summary_notices_a_single_changed_pixel() -> None:
    ref = DataRef(name="mnist", sha256=stored(tiny()).sha256)
    path = entry_folder(ref.sha256) / "train_images.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"is damaged \(its checksums differ\); delete that folder and it is made anew\.$"):
        describe(ref)


def test_a_ref_travels_to_a_worker() -> None:
    ref = DataRef(name="mnist:2000", sha256="0" * 64)
    assert pickle.loads(pickle.dumps(ref)) == DataRef.model_validate_json(ref.model_dump_json()) == ref


@pytest.mark.parametrize("sha256", ["", "../" * 20, "AB" * 32, "ab" * 31])
def test_a_ref_is_never_a_path(sha256: str) -> None:
    with pytest.raises(ValidationError, match="sha256"):
        DataRef(name="mnist", sha256=sha256)


def test_a_rehearsal_is_made_of_what_the_whole_set_trains_on_and_of_nothing_else() -> None:
    dataset = tiny(train=600)
    shutil.rmtree(entry_folder(stored(dataset).sha256) / "sealed")
    ref = find("mnist:rehearsal")
    data = load(ref)
    np.testing.assert_array_equal(data.train_images, dataset.train_images[:360])
    np.testing.assert_array_equal(data.val_images, dataset.train_images[360:420])
    sealed = entry_folder(ref.sha256) / "sealed"
    np.testing.assert_array_equal(np.load(sealed / "test_images.npy"), dataset.train_images[420:480])
    np.testing.assert_array_equal(np.load(sealed / "test_labels.npy"), dataset.train_labels[420:480])
    assert DataRef(name="mnist:rehearsal", sha256=ref.sha256) == ref
