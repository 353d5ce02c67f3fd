"""Files are there whole or not at all."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nas.files import replace_folder, write_whole

WRITE_FOR_EVER = """
import sys; from pathlib import Path; from nas.files import write_whole
for number in range(10**9):
    write_whole(Path(sys.argv[1]), bytes([number % 256]) * 200_000)
"""


def test_a_file_holds_what_was_written_last(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.bin"
    write_whole(path, b"first" * 1000)
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    with pytest.raises(TypeError):
        write_whole(path, "text, which a binary file does not take")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_its_place_stays_and_no_part_is_left(tmp_path: Path) -> None:
    (tmp_path / "taken" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "taken", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_others_may_read_it_as_they_may_any_new_file(tmp_path: Path) -> None:
    write_whole(tmp_path / "ours", b"")
    (tmp_path / "plain").touch()
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_writer_that_is_killed_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    writer = subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, str(path)])
    try:
        deadline = time.monotonic() + 20
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.05)
    finally:
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
    content = path.read_bytes()
    assert len(content) == 200_000
    assert len(set(content)) == 1


_WATCHER = """
import os, sys
final, stop = sys.argv[1:]
print("watching", flush=True)
looks = misses = 0
while not os.path.exists(stop):
    for _ in range(200):
        looks += 1
        misses += not os.path.exists(final)
print(looks, misses)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform not in {"linux", "darwin"}, reason="only these systems exchange folders in one step")
def test_a_folder_is_replaced_without_being_away_for_a_moment(tmp_path: Path) -> None:
    final, stop = tmp_path / "final", tmp_path / "stop"
    final.mkdir()
    command = [sys.executable, "-c", _WATCHER, str(final), str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout
        assert watcher.stdout.readline() == "watching\n"
        for number in range(2_000):
            draft = tmp_path / "draft"
            draft.mkdir()
            (draft / str(number)).touch()
            replace_folder(draft, final)
            assert [path.name for path in final.iterdir()] == [str(number)]
            shutil.rmtree(draft)
        stop.touch()
        looks, misses = map(int, watcher.stdout.read().split())
    assert looks > 2_000
    assert misses == 0


def test_a_folder_goes_where_none_was(tmp_path: Path) -> None:
    (tmp_path / "draft").mkdir()
    replace_folder(tmp_path / "draft", tmp_path / "final")
    assert [path.name for path in tmp_path.iterdir()] == ["final"]


def test_without_an_exchange_a_folder_is_replaced_in_two_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nas.files._exchange", lambda *_: False)
    for name in ("draft", "final"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"of the {name}").touch()
    replace_folder(tmp_path / "draft", tmp_path / "final")
    assert [path.name for path in (tmp_path / "final").iterdir()] == ["of the draft"]
    assert [path.name for path in (tmp_path / "draft").iterdir()] == ["of the final"]
