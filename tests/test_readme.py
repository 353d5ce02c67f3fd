"""What README tells people to type works, with small numbers put in; what it says about real runs is what they wrote."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from command_line import hears_ctrl_c

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAS = Path(sys.executable).parent / "nas"
SMALL = ("--data", "mnist:500")

pytestmark = pytest.mark.slow


def nas(*arguments: str, runs: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (str(NAS), *arguments), cwd=cwd, env=os.environ | {"NAS_RUNS": str(runs)}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with one finished study, made by the first line's own command."""
    folder = tmp_path_factory.mktemp("readme")
    command = re.search(r"\.venv/bin/nas (search[^\n]*)", README)
    assert command
    words = shlex.split(command[1].replace("--trials 100", "--trials 2"))
    ended = nas(*words, *SMALL, runs=folder / "runs", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    assert "2 tried" in ended.stdout
    return folder


def test_both_lines_begin_with_an_environment_and_the_tested_versions() -> None:
    lines = re.findall(r"^python3 -m venv .*$", README, flags=re.MULTILINE)
    assert len(lines) == 2
    assert all(line.startswith("python3 -m venv .venv && .venv/bin/pip install -c constraints.txt ") for line in lines)
    assert (ROOT / "constraints.txt").is_file()


def test_the_first_look_works(tmp_path: Path) -> None:
    block = re.search(r"<!-- commands: first look -->\n```sh\n(.*?)```", README, flags=re.DOTALL)
    assert block
    commands = [shlex.split(line) for line in block[1].splitlines()]
    assert [words[:2] for words in commands] == [["nas", "replay"], ["nas", "search"]]
    for words in commands:
        small = ["1" if word == "10" else word for word in words[1:]]
        short = ("--no-verdict",) if words[1] == "search" else ()  # as on the whole data, where two minutes end it before
        ended = nas(*small, *short, *SMALL, runs=tmp_path / "runs", cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr


def _table_commands() -> Iterator[str]:
    table = README[README.index("## I want to see") : README.index("## Commands")]
    for command in re.findall(r"`nas ([^`]+)`", table):
        if not command.startswith(("dashboard", "replay")):
            yield command


@pytest.mark.parametrize("command", list(_table_commands()))
def test_each_command_of_the_table_works(command: str, study: Path) -> None:
    ended = nas(*shlex.split(command), runs=study / "runs", cwd=study)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout


def test_the_lines_of_python_work_and_find_the_same_study(study: Path) -> None:
    block = re.search(r"<!-- python: first look -->\n```python\n(.*?)```", README, flags=re.DOTALL)
    assert block
    small = {"trials=100": 'trials=2, data="mnist:500"', '["keras", "litert-int8"]': '"python"'}
    program = block[1]
    for usual, other in small.items():
        assert usual in program
        program = program.replace(usual, other)
    ours = os.environ | {"NAS_RUNS": str(study / "runs")}
    words = (sys.executable, "-c", f"{program}\nassert model.count_params() == found.judged.judged.plan.winner.cost.parameters")
    ended = subprocess.run(words, cwd=study, env=ours, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == f"Report: {next((study / 'runs').iterdir()) / 'report.html'}"


def test_the_files_that_the_table_names_are_there(study: Path) -> None:
    (folder,) = (study / "runs").iterdir()
    for name in re.findall(r"`runs/<study>/([^`]+)`", README):
        assert (folder / name).stat().st_size > 0


def test_the_dashboard_opens_and_ends(study: Path) -> None:
    with subprocess.Popen(
        (str(NAS), "dashboard", "--port", "0"),
        env=os.environ | {"NAS_RUNS": str(study / "runs"), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=hears_ctrl_c,  # noqa: PLW1509 - it touches no thread
    ) as process:
        assert process.stdout
        url = process.stdout.readline().split()[0]
        with urlopen(url) as page:
            assert page.status == 200
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130


def test_json_answers_are_one_object_each(study: Path) -> None:
    for command in (("status",), ("show", "best"), ("measure", "model-5")):
        ended = nas(*command, "--json", runs=study / "runs", cwd=study)
        assert json.loads(ended.stdout)["schema"] == 1


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
