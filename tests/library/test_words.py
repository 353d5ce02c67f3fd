"""What `import nas` offers: the words of the command line, lazily, with the same names and defaults."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import nas
from nas.cli.export import export as export_command
from nas.cli.measure import measure as measure_command
from nas.cli.replay import replay as replay_command
from nas.cli.search import search as search_command
from nas.cli.verdict import verdict as verdict_command
from nas.engine.settings import SearchSettings
from nas.errors import StudyError

WORDS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "search": (nas.search, search_command),
    "replay": (nas.replay, replay_command),
    "measure": (nas.measure, measure_command),
    "verdict": (nas.verdict, verdict_command),
    "export": (nas.export, export_command),
}
HEAVY = ("tensorflow", "keras", "optuna", "dask", "distributed", "pandas", "matplotlib", "numpy", "IPython")


def defaults(function: Callable[..., Any], *, without: str) -> dict[str, Any]:
    return {name: one.default for name, one in inspect.signature(function).parameters.items() if name != without}


def described(function: Callable[..., Any]) -> dict[str, str]:
    """What a function's docstring says of its arguments, by name."""
    text = (inspect.getdoc(function) or "").partition("Args:\n")[2].partition("\n\n")[0]
    return dict(re.findall(r"^    (\w+): (.*(?:\n     .*)*)$", text, re.MULTILINE))


@pytest.mark.parametrize("word", WORDS)
def test_a_word_has_the_names_and_defaults_of_its_commands_flags(word: str) -> None:
    function, command = WORDS[word]
    assert defaults(function, without="progress") == defaults(command, without="json")


@pytest.mark.parametrize("word", WORDS)
def test_all_but_the_subject_is_given_by_name_and_described(word: str) -> None:
    function, _ = WORDS[word]
    parameters = inspect.signature(function).parameters
    unnamed = [name for name, one in parameters.items() if one.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert unnamed in ([], ["study"], ["which"], ["network"])
    assert list(described(function)) == list(parameters)


def test_a_search_says_the_defaults_that_its_settings_have() -> None:
    found = {name: re.search(r"\(default (\w+)\)", text) for name, text in described(nas.search).items()}
    said = {name: match[1] for name, match in found.items() if match}
    for name, field in SearchSettings.model_fields.items():
        if name in found and field.default is not None:
            assert said.pop(name) == str(field.default), name
    assert said == {}


def test_importing_the_package_imports_nothing_heavy() -> None:
    program = f"import nas, sys, json; dir(nas); print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout) == []


def test_the_package_lists_its_words_and_knows_no_others() -> None:
    assert {*WORDS, "NasError"} <= set(dir(nas))
    assert issubclass(StudyError, nas.NasError)
    for call, words in (
        (lambda: nas.verdict("none", deployed="int8"), "deployed must be 'litert-int8'"),  # type: ignore[call-overload]
        (lambda: nas.verdict("none", margin=float("nan")), "margin must be more than 0, not nan"),
        (lambda: nas.verdict(5), "A study is given by its name or by what a search returned, not by 5"),  # type: ignore[call-overload]
        (lambda: nas.search(study=5), "study must be a name, not 5"),  # type: ignore[arg-type]
    ):
        with pytest.raises(StudyError, match=words):
            call()
    with pytest.raises(AttributeError, match="module 'nas' has no attribute 'serach'"):
        _ = getattr(nas, "serach")  # noqa: B009 - mypy knows that there is none
