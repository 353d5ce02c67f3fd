"""Archives that are unfit are refused in a sentence, whatever is wrong with them; nothing else comes of them."""

import pickle
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np
from made_sources import Arrays, good, pixels, saved
from tiny_data import own_cache

from nas.data import find, load
from nas.errors import DataError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    own_cache(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


NAN = np.zeros((40, 5, 6)) + pixels(40, 5, 6) / 255
NAN[7, 0, 0], NAN[9] = np.nan, np.inf
BLANK = pixels(40, 5, 6)
BLANK[3], BLANK[8] = 0, 255

BAD: list[tuple[Arrays, str]] = [
    ({"x_train": None}, r"^screws\.npz lacks x_train; it holds y_train: name the arrays x_train, y_train"),
    ({"x_train": None, "y_train": None, "a": 1}, r"^screws\.npz lacks x_train and y_train; it holds a: name"),
    ({"x_test": pixels(4, 5, 6)}, r"^screws\.npz lacks y_test; it holds x_train, y_train, x_test: name"),
    ({"x_train": np.array([None] * 40)}, r"^x_train of screws\.npz holds Python objects, which can run code when read; save it"),
    ({"x_train": NAN}, r"^x_train of screws\.npz has 31 pixels that are NaN or infinite, the first in image 7; mend or leave"),
    ({"x_train": BLANK}, r"has 2 of 40 images without variance, first number 3: each of their pixels has the same value"),
    ({"x_train": pixels(40, 30)}, r"has shape \(40, 30\); wanted is \(images, height, width\) in grey, .+: reshape it\.$"),
    ({"x_train": pixels(40, 3, 6, 5)}, r"has shape \(40, 3, 6, 5\); wanted is .+: move the channels to the end\.$"),
    ({"x_train": pixels(40, 5, 6, 2)}, r"has shape \(40, 5, 6, 2\); wanted is"),
    ({"x_train": pixels(40, 5, 0)}, r"has shape \(40, 5, 0\), which holds no pixel"),
    ({"x_train": np.full((40, 5, 6), "a")}, r"holds values of type <U1; wanted are whole or floating-point numbers\.$"),
    ({"x_train": np.ones((40, 5, 6), complex)}, r"holds values of type complex128"),
    ({"x_train": np.full((40, 5, 6), 7.0)}, r"which cannot be brought to the range from 0 to 255"),
    ({"x_train": np.where(pixels(40, 5, 6) > 99, 1.7e308, -1.7e308)}, r"which cannot be brought to the range"),
    ({"y_train": np.arange(39) % 4}, r"^x_train of screws\.npz has 40 images, but y_train of screws\.npz 39 labels"),
    ({"y_train": np.arange(40) % 4 + 1}, r"^y_train of screws\.npz runs from 1 to 4, so it looks as if it counted from 1"),
    ({"y_train": np.arange(40) % 4 - 1}, r"runs from -1 to 2, but 3 classes are labelled from 0 to 2\.$"),
    ({"y_train": np.arange(40) * 100}, r"tells of 3,901 classes; at most 1,000 are possible"),
    ({"y_train": np.zeros(40)}, r"knows one class only \(0\), so there is nothing to tell apart"),
    ({"y_train": np.arange(40) % 4 * 2}, r"has no image of class 1, 3, 5; classes are numbered from 0"),
    ({"y_train": np.arange(40) * 3}, r"labels 40 images of 118 classes; there must be at least one image for each\.$"),
    ({"y_train": np.arange(40) % 4 + 0.5}, r"holds 0\.5 for image 0, which is no class"),
    ({"y_train": np.full(40, np.nan)}, r"holds nan for image 0, which is no class"),
    ({"y_train": np.array(["a", "b"] * 20)}, r"holds values of type <U1; wanted are classes as whole numbers from 0, or one-hot"),
    ({"y_train": np.ones((40, 4))}, r"has shape \(40, 4\), but its row 0 is not one-hot; a row holds a single 1 among 0s\.$"),
    ({"y_train": np.eye(5)[np.arange(40) % 4]}, r"has no image of class 4; classes are numbered"),
    ({"y_train": np.zeros((40, 2, 2))}, r"has shape \(40, 2, 2\); wanted is \(images,\), or \(images, classes\) for one-hot"),
    ({"y_train": np.int64(3)}, r"has shape \(\); wanted is"),
    ({"x_test": pixels(4, 5, 7), "y_test": np.arange(4)}, r"holds images of shape \(5, 7, 1\), but x_train of screws"),
    ({"x_test": pixels(4, 5, 6), "y_test": np.arange(4) + 1}, r"runs from 1 to 4, but 4 classes are labelled from 0 to 3, so"),
    ({"x_test": pixels(4, 5, 6), "y_test": np.eye(5)[:4]}, r"has one-hot rows of 5 classes, but there are 4"),
    ({"x_test": pixels(4, 5, 6) / 255, "y_test": np.arange(4)}, r"holds floats from .+, but the training images hold bytes"),
    ({"x_train": pixels(40, 5, 6) / 16, "x_test": pixels(4, 5, 6) / 255, "y_test": np.arange(4)}, r"holds floats .+, but the"),
    ({"x_train": pixels(40, 5, 6) / 16, "x_test": pixels(4, 5, 6) / 8, "y_test": np.arange(4)}, r"holds floats from .+, but the"),
    ({"y_train": np.eye(4)[np.arange(40) % 4], "class_names": np.array(["a", "b", "c"])}, r"of 4 classes, but 3 are named; name"),
    ({"class_names": np.array(["a", "b", "c"])}, r"runs from 0 to 3, but 3 classes are labelled from 0 to 2\.$"),
    ({"class_names": np.array(["a", "b", "c", "c"])}, r"holds a name twice, or an empty one"),
    ({"class_names": np.arange(4)}, r"^class_names of screws\.npz came as int64 of shape \(4,\); wanted is a text a class"),
    ({"y_train": np.arange(40)}, r"^There are 40 images for training in 40 classes, which leaves none for the test set; give at"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), BAD, ids=[message[:60] for _, message in BAD])
def test_an_archive_that_is_unfit_is_refused_in_a_sentence(changes: Arrays, message: str) -> None:
    path = saved(**changes)
    with pytest.raises(DataError, match=message):
        find(path)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-400])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[200] ^= 255
    path.write_bytes(content)


def bomb(path: Path) -> None:
    """A header that claims more than any machine has, over a few bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        np.save(path.with_suffix(".npy"), np.zeros(3, np.uint8))
        header = BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (9_000_000, 9_000, 900)})
        archive.writestr("x_train.npy", header.getvalue())
        archive.writestr("y_train.npy", path.with_suffix(".npy").read_bytes())


def lie(path: Path) -> None:
    """A header that promises more values than there are."""
    with zipfile.ZipFile(path, "w") as archive:
        np.save(path.with_suffix(".npy"), np.zeros(3, np.uint8))
        header = path.with_suffix(".npy").read_bytes()
        archive.writestr("x_train.npy", header.replace(b"(3,)", b"(9,)"))
        archive.writestr("y_train.npy", header)


def long_header(path: Path) -> None:
    """A header of hundreds of megabytes, packed into little."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", b"\x93NUMPY\2\0" + (300_000_000).to_bytes(4, "little") + b" " * 1_000_000)
        archive.writestr("y_train.npy", b"")


def pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps({"x_train": [1]}))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (cut, r"^screws\.npz is no whole \.npz archive \(File is not a zip file\); save it again with np\.savez\.$"),
        (flip, r"^screws\.npz is no whole \.npz archive \(Bad CRC-32 for file 'x_train\.npy'\)"),
        (bomb, r"^x_train of screws\.npz would take 67,\d\d\d\.\d GiB unpacked \(shape \(9000000, 9000, 900\)\), more than the"),
        (lie, r"^screws\.npz is no whole \.npz archive \(x_train of screws\.npz has 131 bytes, but its header promises 137\)"),
        (pickled, r"^screws\.npz is no whole \.npz archive \(File is not a zip file\)"),
        (lambda path: path.write_bytes(b""), r"^screws\.npz is no whole \.npz archive"),
        (lambda path: path.unlink(), r"^There is no file or folder 'screws\.npz'; give an \.npz"),
        (lambda path: (path.unlink(), path.mkdir()), r"^screws\.npz holds neither folders of classes nor IDX files; put"),
        (long_header, r"^screws\.npz is no whole \.npz archive \(x_train of screws\.npz has a header of 300,000,000 bytes\)"),
    ],
    ids=["cut", "flipped", "bomb", "lie", "pickle", "empty", "missing", "a folder", "a long header"],
)
def test_a_damaged_archive_is_refused_in_a_sentence(spoil: Callable[[Path], object], message: str) -> None:
    path = Path(saved())
    spoil(path)
    with pytest.raises(DataError, match=message):
        find(str(path))


def require_sentence(error: DataError) -> None:
    assert str(error).endswith(".")
    assert "\n" not in str(error)


ANY_ARRAY = st_np.arrays(
    dtype=st.sampled_from(["uint8", "int64", "float16", "float64", "bool", "complex64", "U3", "M8[s]"]).map(np.dtype),
    shape=st_np.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=5),
)
IMAGES = st_np.arrays(
    st.sampled_from([np.uint8, np.float32, np.int16]), st.tuples(st.just(12), st.integers(1, 3), st.integers(1, 3))
)
MADE = st.fixed_dictionaries(
    {"x_train": IMAGES | ANY_ARRAY, "y_train": st_np.arrays(np.int64, 12, elements=st.integers(0, 2)) | ANY_ARRAY},
    optional={"x_val": IMAGES | ANY_ARRAY, "y_val": ANY_ARRAY, "x_test": ANY_ARRAY, "class_names": ANY_ARRAY},
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MADE)
def test_any_arrays_are_a_data_set_or_a_sentence(arrays: Arrays) -> None:
    np.savez("any.npz", **arrays)
    try:
        ref = find("any.npz")
    except DataError as error:
        require_sentence(error)
    else:
        data = load(ref)
        assert data.train_images.dtype == np.uint8
        assert set(np.unique(data.train_labels)) == set(range(data.classes))
        assert len(data.val_labels) > 0


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), max_size=8), st.integers(0, 2_000))
def test_any_damage_to_an_archive_is_a_sentence_or_none(changes: list[tuple[int, int]], end: int) -> None:
    np.savez_compressed("any.npz", **good())
    content = bytearray(Path("any.npz").read_bytes())
    for place, value in changes:
        content[place % len(content)] = value
    Path("any.npz").write_bytes(content[: len(content) - (end if end < 300 else 0)])
    try:
        find("any.npz")
    except DataError as error:
        require_sentence(error)
