"""Whatever a model's file holds, each command that takes one ends in one sentence, and nothing of it was run."""

import json
from io import BytesIO
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from command_line import Here
from hostile import KERAS, PATHS
from hostile_litert import LITERT
from small_images import small_dataset

from nas.data.cache_writer import lock, write_entry
from nas.engine.folder import RunFolder
from nas.engine.settings import Resolved, SearchSettings, write_study_file
from nas.training import hdf5_arrays

RESOLVED = Resolved(space_sha256="a" * 64, data_sha256="b" * 64, plan_key="c" * 64, nas_version="0.1.0")
RUNS_IT = (
    ("predict", "{file}", "image.npy"),
    ("evaluate", "{file}", "--data", "mnist"),
    ("evaluate", "honest.tflite", "--data", "mnist", "--against", "{file}", "--test"),
)
READS_IT = (
    ("measure", "{file}"),
    ("search", "--baseline", "{file}", "--data", "mnist", "--runs", "runs"),
    ("verdict", "--baseline", "{file}", "--study", "first", "--runs", "runs"),
)


RUN = {"weights that are not there", "a weight of no tensor"}
"""LiteRT files that only the interpreter finds out, in processes of its own."""


def in_this_process(command: list[str], *, input: bytes, **_: Any) -> CompletedProcess[bytes]:  # noqa: A002 - subprocess's name
    """What the process that reads HDF5 answers, without its start, of which there would be hundreds."""
    question = BytesIO(input)
    layout = {name: [tuple(shape) for shape in group] for name, group in json.loads(question.readline()).items()}
    try:
        arrays = hdf5_arrays.arrays_of(question.read(), layout)
    except hdf5_arrays._UnfitError as error:
        return CompletedProcess(command, 0, stdout=str(error).encode())
    return CompletedProcess(command, 0, stdout=b"\n" + b"".join(array.tobytes() for array in arrays))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """A folder in a folder, with a run, a small data set, and an honest file."""
    import numpy as np
    from hostile_litert import litert

    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NAS_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("NAS_STORAGE", raising=False)
    with lock():
        write_entry(small_dataset(), name="mnist")
    write_study_file(RunFolder(folder / "runs" / "first").settings, SearchSettings(data="mnist", budget=500), RESOLVED)
    np.save(folder / "image.npy", np.zeros((2, 2), np.uint8))
    (folder / "honest.tflite").write_bytes(litert())
    monkeypatch.setattr(hdf5_arrays, "run", in_this_process)
    return Here(monkeypatch, capsys)


def assert_refused(here: Here, file: str) -> None:
    """Every command that takes such a file refuses it, and leaves everything as it was."""
    canary = Path("../canary")
    before = sorted(Path("..").rglob("*"))
    for words in (*RUNS_IT, *(READS_IT if not file.endswith(".tflite") else ())):
        ended = here(*(word.format(file=file) for word in words))
        assert (ended.code, ended.out) == (2, ""), words
        assert ended.err.startswith("nas: "), words
        assert ended.err.endswith(".\n"), words
        assert ended.err.count("\n") == 1, ended.err
    assert not canary.exists()
    assert sorted(Path("..").rglob("*")) == before


@pytest.mark.parametrize("name", KERAS)
def test_a_hostile_keras_file_is_refused_by_every_command(name: str, here: Here) -> None:
    KERAS[name](Path("mine.keras"), Path("../canary").resolve())
    assert_refused(here, "mine.keras")


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if name in RUN else name for name in LITERT])
def test_a_hostile_litert_file_is_refused_by_every_command(name: str, here: Here) -> None:
    LITERT[name](Path("mine.tflite"))
    assert_refused(here, "mine.tflite")


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_not_opened_is_refused_by_every_command(path: str, here: Here) -> None:
    assert_refused(here, path)
