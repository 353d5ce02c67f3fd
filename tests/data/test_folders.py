"""Folders of IDX files and of images become data sets; each thing that is wrong with one is a sentence."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_sources import LABELS, in_order, photos, pixels, sealed, write_idx
from PIL import Image
from tiny_data import own_cache

from nas.data import describe, find, load
from nas.errors import DataError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    own_cache(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gz"])
def test_idx_files_are_read_plain_and_zipped(here: Path, zipped: bool) -> None:
    images = pixels(40, 5, 6)
    arrays = {"train_images": images, "train_labels": LABELS, "t10k_images": images[:4] // 2 + 1, "t10k_labels": LABELS[:4]}
    ref = find(write_idx(here / "letters", zipped=zipped, **arrays))
    assert ref.name.startswith("letters@")
    assert in_order(np.concatenate([load(ref).train_images, load(ref).val_images])[..., 0]) == in_order(images)
    np.testing.assert_array_equal(sealed(ref)[1], LABELS[:4])


def test_a_folder_of_idx_files_without_labels_or_with_two_of_a_kind_is_refused(here: Path) -> None:
    folder = write_idx(here / "letters", train_images=pixels(40, 5, 6))
    with pytest.raises(
        DataError, match=r"^letters holds train-images-idx3-ubyte without its labels; add the file with the labels"
    ):
        find(folder)
    write_idx(here / "letters", train_labels=LABELS)
    write_idx(here / "letters", zipped=True, train_labels=LABELS)
    with pytest.raises(DataError, match=r"^letters holds train-labels-idx1-ubyte and train-labels-idx1-ubyte\.gz, but only one"):
        find(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\0\0\x08\x03" + b"\xff\xff\xff\xff" * 3, r"^train-images-idx3-ubyte\.gz would take .+ GiB unpacked"),
        (b"\0\0\x08\x03" + b"\0\0\0\2" * 3 + bytes(2**22), r"has 25 bytes, but its header promises 24; fetch it again\.$"),
        (b"\0\0\x08\x03\0", r"ends inside its header"),
        (b"", r"starts with nothing; an IDX file of bytes starts with 00 00 08\.$"),
    ],
    ids=["claims too much", "holds more", "cut", "empty"],
)
def test_a_zipped_idx_file_is_unpacked_no_further_than_its_header_says(here: Path, content: bytes, message: str) -> None:
    folder = Path(write_idx(here / "letters", zipped=True, train_labels=LABELS))
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(content))
    with pytest.raises(DataError, match=message):
        find(str(folder))


def test_a_zipped_idx_file_that_is_cut_is_refused(here: Path) -> None:
    folder = Path(write_idx(here / "letters", zipped=True, train_images=pixels(40, 5, 6), train_labels=LABELS))
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"^train-images-idx3-ubyte\.gz cannot be read \(.+\); fetch it again\.$"):
        find(str(folder))


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3)])
def test_folders_of_images_are_classes_in_natural_order(here: Path, mode: str, channels: int) -> None:
    ref = find(photos(here / "photos", mode=mode))
    summary = describe(ref)
    assert summary.class_names == ("1", "2", "10")
    assert summary.input_shape == (5, 6, channels)
    assert (summary.training, summary.validation, summary.test) == (15, 3, 6)
    assert summary.source == "a folder of images"


def test_one_picture_in_colour_makes_all_of_them_so(here: Path) -> None:
    folder = Path(photos(here / "photos", mode="L"))
    Image.fromarray(pixels(5, 6, 3)).save(folder / "1" / "0.png")
    assert load(find(str(folder))).input_shape == (5, 6, 3)


@pytest.mark.parametrize("inner", ["train", "."], ids=["train and test", "test beside the classes"])
def test_test_and_validation_folders_stay_aside(here: Path, inner: str) -> None:
    root = here / "photos"
    photos(root / inner)
    photos(root / "test", count=2)
    photos(root / "val", ("1", "2"), count=1)
    (root / "notes.txt").write_text("to be ignored")
    summary = describe(find(str(root)))
    assert (summary.training, summary.validation, summary.test) == (24, 2, 6)
    assert summary.class_names == ("1", "2", "10")


def test_within_train_any_name_is_a_class(here: Path) -> None:
    names = ("invalid", "valid", "unsure")
    photos(here / "screws" / "train", names)
    photos(here / "screws" / "test", names, count=2)
    summary = describe(find(str(here / "screws")))
    assert summary.class_names == ("invalid", "unsure", "valid")
    assert (summary.training, summary.test) == (18, 6)


def test_what_is_left_out_of_the_classes_is_counted(here: Path) -> None:
    folder = Path(photos(here / "photos"))
    (folder / "1" / "0.webp").write_bytes(b"")
    (folder / "2" / "more").mkdir()
    (folder / "2" / ".hidden").write_bytes(b"")
    assert describe(find(str(folder))).source == (
        "a folder of images (2 that are no PNG, JPEG, BMP or GIF or lie deeper were left out)"
    )


def test_an_opaque_palette_with_a_note_on_transparency_is_read(here: Path) -> None:
    folder = Path(photos(here / "photos"))
    picture = Image.fromarray(pixels(5, 6, 3)).quantize(8)
    picture.save(folder / "1" / "0.png", transparency=bytes([255] * 8))
    assert load(find(str(folder))).input_shape == (5, 6, 3)


def test_sizes_that_differ_want_one_for_all(here: Path) -> None:
    folder = Path(photos(here / "photos"))
    Image.fromarray(pixels(9, 8, 3)).save(folder / "1" / "0.png")
    message = (
        r"^photos holds images of 2 sizes: 5 × 6 \(23 times\), 9 × 8 \(1 times\); give one for all, such as --image-size 5x6\.$"
    )
    with pytest.raises(DataError, match=message):
        find(str(folder))
    ref = find(str(folder), image_size="7x4")
    assert load(ref).input_shape == (7, 4, 3)
    assert describe(ref).source == "a folder of images, scaled to 7 × 4"
    assert find(ref.name, image_size="7x4") == ref
    with pytest.raises(DataError, match=r"holds images of 7 × 4 pixels; --image-size is for folders of images, so leave it out"):
        find(ref.name, image_size="5x6")


def no_picture(folder: Path) -> None:
    (folder / "1" / "0.png").write_bytes(b"no picture")
    (folder / "2" / "1.bmp").write_bytes((folder / "2" / "1.bmp").read_bytes()[:60])


def huge(folder: Path) -> None:
    Image.new("1", (5_000, 5_000)).save(folder / "1" / "0.png")


def one_class(folder: Path) -> None:
    for name in ("1", "2"):
        shutil.rmtree(folder / name)


def empty_class(folder: Path) -> None:
    for path in (folder / "10").iterdir():
        path.unlink()


def leads_nowhere(folder: Path) -> None:
    (folder / "10" / "zz.png").symlink_to(folder / "nowhere.png")


def transparent(folder: Path) -> None:
    Image.new("RGBA", (6, 5), (1, 2, 3, 4)).save(folder / "1" / "0.png")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (no_picture, r"^1/0\.png(, 2/1\.bmp)? are no PNG, JPEG, BMP or GIF of at most 16,777,216 pixels; mend or remove them\.$"),
        (huge, r"^1/0\.png has 5,000 × 5,000 pixels; at most 16,777,216 are read\.$"),
        (transparent, r"^1/0\.png is transparent in places"),
        (leads_nowhere, r"^10/zz\.png are no PNG, JPEG"),
        (
            lambda folder: photos(folder / "val") and photos(folder / "validation"),
            r"^photos/val and photos/validation are meant for the same images; take one of them away\.$",
        ),
        (
            lambda folder: shutil.copytree(folder / "1", folder / "valid"),
            r"^photos/valid holds images and no folders of classes, and a folder of that name is kept for validation or test; if",
        ),
        (
            empty_class,
            r"^photos has no image in its folder 10, so that class is",
        ),
        (
            one_class,
            r"^photos holds 1 folders of classes; wanted are 2 to",
        ),
        (
            lambda folder: (folder / "test" / "11").mkdir(parents=True),
            r"^photos/test has a folder 11, which is no class of the training",
        ),
        (
            lambda folder: (folder / "test" / "1").mkdir(parents=True),
            r"^photos/test holds no image in the folders of its classes",
        ),
    ],
    ids=[
        "unreadable",
        "huge",
        "transparent",
        "a dangling link",
        "two for validation",
        "a class called valid",
        "an empty class",
        "one class",
        "a strange test class",
        "an empty test",
    ],
)
def test_a_folder_of_images_that_is_unfit_is_refused_in_a_sentence(
    here: Path, spoil: Callable[[Path], object], message: str
) -> None:
    folder = Path(photos(here / "photos"))
    spoil(folder)
    with pytest.raises(DataError, match=message):
        find(str(folder))
