"""The house rules hold: format, lint, types, the rooms' order, doctests; `make check` runs the same."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
DOCTESTS = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--doctest-modules", "nas", "search_spaces")
LEFT_OUT = ("--ignore", "nas/training/jax_runner.py", "--ignore", "nas/__main__.py")


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        pytest.param((sys.executable, "-m", "ruff", "format", "--check", "."), id="format"),
        pytest.param((sys.executable, "-m", "ruff", "check", "."), id="lint"),
        pytest.param((sys.executable, "-m", "mypy"), id="types"),
        pytest.param((str(BIN / "lint-imports"),), id="the rooms' order"),
        pytest.param((sys.executable, *DOCTESTS, *LEFT_OUT), id="doctests"),
    ],
)
def test_the_house_is_in_order(command: tuple[str, ...]) -> None:
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{ended.stdout[-3000:]}\n{ended.stderr[-1000:]}"


def test_no_file_of_the_project_knows_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(("git", "ls-files", "-z"), cwd=ROOT, capture_output=True, text=True, check=False)
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    home = f"{Path.home()}/".encode()
    named = [file.name for file in files if file.is_file() and home in file.read_bytes()]
    assert named == []
