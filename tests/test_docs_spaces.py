"""The page on search spaces works as it stands, from the empty file to the searched space."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import nas

PAGE = (Path(__file__).parents[1] / "docs" / "spaces.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.slow


def file_of(name: str) -> str:
    found = re.search(rf"<!-- file: {re.escape(name)} -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return found[1]


def commands_of(name: str) -> list[list[str]]:
    found = re.search(rf"<!-- commands: {name} -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return [shlex.split(line)[1:] for line in found[1].splitlines()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the page's files, where the test now stands."""
    monkeypatch.chdir(tmp_path)
    for name in ("my_space.py", "test_my_space.py"):
        (tmp_path / name).write_text(file_of(name))
    return tmp_path


def test_the_pages_commands_look_at_its_space_and_search_it(folder: Path) -> None:
    looks = [nas(*words, NAS_RUNS=folder / "runs").succeeded().out for words in commands_of("look")]
    assert "my_space:space" in looks[0]
    assert "3 random networks of the space my_space:space" in looks[1]
    (words,) = commands_of("search")
    assert "2 tried" in nas(*words, NAS_RUNS=folder / "runs").succeeded().out


@pytest.mark.keras
def test_the_pages_test_passes_and_fails_where_the_page_says_so(folder: Path) -> None:
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n0", "test_my_space.py")
    passed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert passed.returncode == 0, passed.stdout
    deeper = file_of("my_space.py").replace('"depth", 2, 3', '"depth", 2, 4')
    (folder / "my_space.py").write_text(deeper)
    failed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert "breaks its contract for 8×8×1 images and 10 classes: A max_pooling2d layer" in failed.stdout
