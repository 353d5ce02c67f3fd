"""Where a run keeps its files, and who holds it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nas.engine.folder import RunFolder, find_run, run_folder, runs_folder
from nas.errors import StudyError

HOLD = """
import sys, time; from pathlib import Path; from nas.engine.folder import RunFolder
with RunFolder(Path(sys.argv[1])).locked(): print('held', flush=True); time.sleep(60)
"""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param(".", id="this folder"),
        pytest.param("..", id="the folder above"),
        pytest.param("../other", id="a path upwards"),
        pytest.param("a/b", id="a path"),
        pytest.param("/tmp/a", id="an absolute path"),
        pytest.param("a\\b", id="a backslash"),
        pytest.param(".hidden", id="a dot first"),
        pytest.param("-f", id="a hyphen first"),
        pytest.param("my study", id="a space"),
        pytest.param("study\n", id="a line end"),
        pytest.param("étude", id="an accent"),
        pytest.param("a" * 101, id="too long"),
    ],
)
def test_a_name_that_could_be_no_folder_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(StudyError, match=r"^A study's name has up to 100 letters, digits, .+--runs\.$") as refused:
        run_folder(name, runs=tmp_path)
    assert repr(name) in str(refused.value)


@pytest.mark.parametrize("name", ["a", "7", "mnist-plain-7000-s0", "v1.2_x", "A" * 100])
def test_a_plain_name_is_a_folder_below_the_runs(tmp_path: Path, name: str) -> None:
    folder = run_folder(name, runs=tmp_path)
    assert (folder.name, folder.path) == (name, tmp_path / name)


@pytest.mark.parametrize(
    ("given", "variable", "expected"),
    [
        pytest.param(Path("mine"), "theirs", Path("mine"), id="the flag first"),
        pytest.param(None, "theirs", Path("theirs"), id="then the variable"),
        pytest.param(None, "", Path("runs"), id="an empty variable says nothing"),
        pytest.param(None, None, Path("runs"), id="else ./runs"),
    ],
)
def test_the_runs_are_where_flag_or_variable_say(
    monkeypatch: pytest.MonkeyPatch, given: Path | None, variable: str | None, expected: Path
) -> None:
    monkeypatch.delenv("NAS_RUNS", raising=False)
    if variable is not None:
        monkeypatch.setenv("NAS_RUNS", variable)
    assert runs_folder(given) == expected


def test_a_file_in_the_place_of_the_runs_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("not a folder")
    with pytest.raises(
        StudyError, match=r"first cannot be written \(Not a directory\); choose another with --runs or NAS_RUNS\.$"
    ):
        RunFolder(tmp_path / "runs" / "first").create()


def test_making_a_folder_leaves_nothing_in_it(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "deep" / "runs" / "first")
    folder.create()
    folder.create()
    assert list(folder.path.iterdir()) == []


@contextmanager
def holder(folder: RunFolder) -> Iterator[subprocess.Popen[str]]:
    """A living process that holds the run."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder.path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_run_that_a_living_process_holds_is_refused_with_its_number(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "first")
    folder.create()
    message = r"^The study first is in use by another process \(process {}\); wait for it or choose another --study\.$"
    with holder(folder) as process, pytest.raises(StudyError, match=message.format(process.pid)), folder.locked():
        pytest.fail("two hold it")


def test_a_holder_that_was_killed_is_not_in_the_way(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "first")
    folder.create()
    with holder(folder) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with folder.locked():
            assert (folder.path / "lock").read_text() == f"process {os.getpid()}"


def test_a_run_is_free_again_after_an_error(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "first")
    folder.create()
    with pytest.raises(KeyboardInterrupt), folder.locked():
        raise KeyboardInterrupt
    with folder.locked():
        pass


def began(folder: RunFolder, *, at: float) -> RunFolder:
    folder.create()
    folder.settings.touch()
    os.utime(folder.settings, (at, at))
    return folder


def touched(path: Path, *, at: float) -> None:
    path.touch()
    os.utime(path, (at, at))


@pytest.mark.parametrize("file", ["study.toml", "study.db", "study.db-wal", "lock"])
def test_the_newest_run_is_the_one_that_was_written_to_last(tmp_path: Path, file: str) -> None:
    old = began(RunFolder(tmp_path / "old"), at=1_000)
    began(RunFolder(tmp_path / "young"), at=2_000)
    touched(tmp_path / "young" / "study.db", at=2_500)
    assert find_run(None, runs=tmp_path).name == "young"
    touched(old.path / file, at=3_000)
    assert find_run(None, runs=tmp_path).name == "old"


def test_a_folder_without_settings_is_no_run(tmp_path: Path) -> None:
    began(RunFolder(tmp_path / "first"), at=1_000)
    RunFolder(tmp_path / "replay-mnist").create()
    assert find_run(None, runs=tmp_path).name == "first"
    assert find_run("first", runs=tmp_path).name == "first"
    with pytest.raises(
        StudyError, match=r"^There is no study replay-mnist in .+; `nas search --study replay-mnist` begins one\.$"
    ):
        find_run("replay-mnist", runs=tmp_path)


def test_without_any_run_the_message_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"^There is no study in .+/nowhere yet; `nas search` begins one\.$"):
        find_run(None, runs=tmp_path / "nowhere")


def test_a_lock_that_cannot_be_opened_is_told_in_a_sentence(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "mine")
    (folder.path / "lock").mkdir(parents=True)
    with pytest.raises(StudyError, match=r"/mine cannot be written \(Is a directory\); mend its permissions\.$"), folder.locked():
        pass
