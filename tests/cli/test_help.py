"""Help is quick, complete and fits the page."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from command_line import Here

from nas.cli import app

COMMANDS = (
    "search",
    "verdict",
    "report",
    "compare",
    "replay",
    "status",
    "show",
    "measure",
    "devices",
    "spaces",
    "sample",
    "dashboard",
    "export",
    "data show",
)
HEAVY = {
    "tensorflow",
    "keras",
    "optuna",
    "optuna_dashboard",
    "dask",
    "distributed",
    "pandas",
    "matplotlib",
    "jax",
    "scipy",
    "numpy",
    "sqlalchemy",
    "plotly",
}
ROOMS = {"architecture", "baselines", "data", "engine", "evaluation", "exporting", "training"}
LOADED = """
import json, sys
sys.argv = ["nas", *sys.argv[1:]]
from nas.cli import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.fixture
def nas(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.setenv("COLUMNS", "120")
    return Here(monkeypatch, capsys)


def examples(command: str) -> list[str]:
    """The commands that a command's own text gives as examples."""
    return re.findall(r"`(nas [^`]*)`", inspect.getdoc(function_of(command)) or "")


def function_of(command: str) -> Callable[..., None]:
    """The function that a command calls."""
    found = app
    for word in command.split():
        found = found[word]
    assert found.default_command is not None
    return found.default_command


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["search", "--help"]], ids=" ".join)
def test_help_imports_no_framework_and_no_room(arguments: list[str]) -> None:
    ended = subprocess.run([sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True)
    modules = set(json.loads(ended.stderr))
    assert "nas.cli" in modules
    assert {name for name in HEAVY if name in modules} == set()
    assert {room for room in ROOMS if f"nas.{room}" in modules} == set()


def test_the_first_help_names_every_command(nas: Here) -> None:
    help_text = nas("--help").succeeded().out
    for command in COMMANDS:
        assert re.search(rf"^│ {command.split()[0]} +\w.+│$", help_text, re.MULTILINE), command
    assert "nas search --trials 10 --timeout 2m" in help_text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_commands_help_shows_its_flags_and_examples_in_120_columns(nas: Here, command: str) -> None:
    ended = nas(*command.split(), "--help").succeeded()
    assert ended.err == ""
    assert max(map(len, ended.out.splitlines())) <= 120
    assert examples(command)
    for example in examples(command):
        assert f" • {example}" in ended.out
    for flag in re.findall(r"--[a-z-]+", " ".join(examples(command))):
        assert re.search(rf"│ (--[a-z]+ )?{flag} ", ended.out), flag


@pytest.mark.parametrize(("command", "example"), [(command, example) for command in COMMANDS for example in examples(command)])
def test_each_example_is_a_command_that_can_be_typed(command: str, example: str) -> None:
    typed = example.partition(" > ")[0].removeprefix("nas ")
    function, _, _ = app.parse_args(typed.split(), exit_on_error=False, print_error=False)
    assert function is function_of(command)


def test_the_version_is_that_of_the_package(nas: Here) -> None:
    from nas import __version__

    assert nas("--version").succeeded().out.strip() == __version__
