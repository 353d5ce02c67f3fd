"""Entries are whole or not there; names lead to them."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from tiny_data import own_cache, stored, tiny

from nas.data import Dataset, cache_folder, data_folder
from nas.data.cache import entry_folder, look_up, read_manifest
from nas.data.cache_writer import lock, write_training
from nas.data.manifest import write_manifest
from nas.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_cache(tmp_path, monkeypatch)


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@contextmanager
def _disk_with_room_for(file_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_entry_holds_the_arrays_the_manifest_and_the_sealed_test_set() -> None:
    dataset = tiny()
    manifest = stored(dataset)
    folder = entry_folder(manifest.sha256)
    assert _files(folder) == [
        "manifest.json",
        "sealed/test_images.npy",
        "sealed/test_labels.npy",
        "train_images.npy",
        "train_labels.npy",
    ]
    np.testing.assert_array_equal(np.load(folder / "train_images.npy"), dataset.train_images)
    np.testing.assert_array_equal(np.load(folder / "sealed" / "test_labels.npy"), dataset.test_labels)
    written = json.loads((folder / "manifest.json").read_text())
    del written["arrays"]
    assert written == {
        "format": 1,
        "name": "mnist",
        "sha256": manifest.sha256,
        "test_sha256": manifest.test_sha256,
        "input_shape": [4, 4, 1],
        "classes": 10,
        "class_names": [f"class {label}" for label in range(10)],
        "train_images": 60,
        "test_images": 30,
        "pixel_range": [0, 255],
        "scaling": "pixels / 255",
        "source": "a test",
        "test_duplicates": 0,
    }


def test_a_name_leads_to_its_entry_and_an_unknown_one_to_none() -> None:
    manifest = stored(tiny(), name="mnist:2000")
    assert look_up("mnist:2000") == manifest
    assert look_up("mnist") is None
    assert look_up("../../elsewhere") is None


def test_two_names_of_one_content_share_an_entry(cache: Path) -> None:
    first, second = stored(tiny(), name="one"), stored(tiny(), name="two")
    assert first == second
    assert look_up("one") == look_up("two") == first
    assert len(list((cache / "data").glob("[0-9a-f]*"))) == 1


def test_an_entry_that_was_sent_without_its_test_set_gets_it_when_it_is_fetched() -> None:
    dataset = tiny()
    with lock():
        write_training(write_manifest(dataset, name="mnist"), dataset.train_images, dataset.train_labels)
    assert look_up("mnist") is None
    manifest = stored(dataset)
    sealed = entry_folder(manifest.sha256) / "sealed"
    np.testing.assert_array_equal(np.load(sealed / "test_images.npy"), dataset.test_images)
    np.testing.assert_array_equal(np.load(sealed / "test_labels.npy"), dataset.test_labels)


@pytest.mark.parametrize("part", ["train_images", "train_labels", "test_images", "test_labels"])
def test_each_array_changes_the_content_hash_and_only_the_test_set_its_own(part: str) -> None:
    dataset = tiny()
    arrays = {name: getattr(dataset, name).copy() for name in ("train_images", "train_labels", "test_images", "test_labels")}
    arrays[part][0] = (arrays[part][0] + 1) % 10
    changed = stored(Dataset(**arrays, class_names=dataset.class_names, source="a test"), name="changed")
    original = stored(dataset, name="original")
    assert changed.sha256 != original.sha256
    assert (changed.test_sha256 != original.test_sha256) == part.startswith("test")


def test_a_full_disk_ends_in_a_sentence_and_leaves_nothing_behind(cache: Path) -> None:
    message = (
        f"^The cache {re.escape(str(cache))} cannot be written \\(No space left on device\\); make room or mend its permissions,"
    )
    with _disk_with_room_for(file_bytes=4_000), pytest.raises(DataError, match=message):
        stored(tiny(train=6_000))
    assert _files(cache) == ["data/lock"]
    assert look_up("mnist") is None
    stored(tiny(train=6_000))
    assert look_up("mnist") is not None


def test_a_process_killed_while_it_writes_leaves_no_entry_and_the_next_one_cleans_up(cache: Path) -> None:
    script = """
import resource, signal
from tiny_data import stored, tiny
dataset = tiny(train=6_000)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # the kernel kills at the 4,001st byte
stored(dataset)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    killed = subprocess.run([sys.executable, "-c", script], env=environment, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGXFSZ
    assert [path.split("/")[-1] for path in _files(cache)] == ["train_images.npy", "lock"]
    assert look_up("mnist") is None

    manifest = stored(tiny(train=6_000))
    assert look_up("mnist") == manifest
    assert not list((cache / "data").glob(".*"))


@pytest.mark.slow
def test_processes_that_make_the_same_entry_at_once_all_succeed(cache: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        made = list(processes.map(stored, [tiny(train=20_000)] * 8))
    assert set(made) == {look_up("mnist")}
    assert len(list((cache / "data").glob("[0-9a-f]*"))) == 1


def test_a_file_in_place_of_the_cache_folder_ends_in_a_sentence(cache: Path) -> None:
    cache.write_text("not a folder")
    assert look_up("mnist") is None
    with pytest.raises(DataError, match=r"cannot be written \(Not a directory\); make room or mend its permissions"):
        stored(tiny())


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "train_labels.npy").unlink(), r"train_labels\.npy: No such file or directory"),
        (lambda folder: (folder / "manifest.json").unlink(), r"manifest\.json: No such file or directory"),
        (lambda folder: os.truncate(folder / "train_images.npy", 500), r"train_images\.npy: mmap length"),
        (lambda folder: os.truncate(folder / "train_images.npy", 0), r"train_images\.npy: No data left in file"),
        (
            lambda folder: np.save(folder / "train_images.npy", np.zeros((60, 4, 4, 2), np.uint8)),
            r"train_images\.npy holds uint8 \(60, 4, 4, 2\), not uint8 \(60, 4, 4, 1\)",
        ),
        (
            lambda folder: np.save(folder / "train_labels.npy", np.zeros(60, np.int64)),
            r"train_labels\.npy holds int64 \(60,\), not int32 \(60,\)",
        ),
    ],
    ids=["no labels", "no manifest", "cut", "empty", "other shape", "other type"],
)
def test_a_damaged_entry_is_named_and_made_anew_once_it_is_deleted(spoil: object, message: str) -> None:
    assert callable(spoil)
    folder = entry_folder(stored(tiny()).sha256)
    spoil(folder)
    with pytest.raises(
        DataError, match=rf"^The cache entry .+ is damaged \({message}.*\); delete that folder and it is made anew\.$"
    ):
        look_up("mnist")
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
    assert look_up("mnist") is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, r"has format 2, newer than the 1 that this version reads; update nas\.$"),
        ({"classes": 1}, r"is not a valid manifest \(classes: Input should be greater than or equal to 2\); delete its folder"),
        ({"test_sha256": "0" * 64}, r"contradicts its own checksums; delete its folder to have it made anew\.$"),
    ],
    ids=["newer", "invalid", "contradictory"],
)
def test_a_manifest_that_cannot_be_trusted_is_refused(changes: dict[str, object], message: str) -> None:
    manifest = stored(tiny())
    path = entry_folder(manifest.sha256) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(DataError, match=message):
        read_manifest(manifest.sha256, name="mnist")


def test_a_name_file_that_is_no_json_counts_as_missing_and_a_newer_one_is_refused(cache: Path) -> None:
    manifest = stored(tiny())
    index = cache / "data" / "names" / "mnist.json"
    index.write_text("{")
    assert look_up("mnist") is None
    assert stored(tiny()) == manifest
    assert look_up("mnist") == manifest
    index.write_text('{"format": 2}')
    with pytest.raises(DataError, match=r"mnist\.json has format 2, newer than the 1"):
        look_up("mnist")


@pytest.mark.skipif(sys.platform == "darwin", reason="the XDG folders are those of Linux")
def test_the_folders_follow_the_variables_then_xdg_then_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (cache_folder(), data_folder()) == (tmp_path / "cache", tmp_path / "data")
    monkeypatch.setenv("NAS_CACHE", "")
    monkeypatch.delenv("NAS_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert (cache_folder(), data_folder()) == (tmp_path / "xdg" / "nas", tmp_path / "home" / ".local" / "share" / "nas")
