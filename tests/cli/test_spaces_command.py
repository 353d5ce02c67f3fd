"""Search spaces in a table, and some of their networks, drawn and measured."""

import json
import re
import sys
from pathlib import Path

import pytest
from command_line import Here

from nas.architecture import measure, parse_architecture

TINY = """
from nas.architecture import Architecture, Dense, Flatten

def tiny(trial, task):
    units = trial.suggest_int("units", 1, 20)
    return Architecture(input_shape=task.input_shape, layers=(Flatten(), Dense(units=units), Dense(units=task.classes)))

def number(trial, task):
    return trial.suggest_int("units", 1, 20)

twenty = 20
"""


@pytest.fixture
def nas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(sys.path))
    (tmp_path / "tiny_space.py").write_text(TINY)
    return Here(monkeypatch, capsys)


def test_each_installed_space_stands_in_the_table_with_what_it_holds(nas: Here) -> None:
    out = nas("spaces").succeeded().out
    rows = dict(re.findall(r"^  (compact|plain) +(\S.*?) *$", out, re.MULTILINE))
    assert re.match(
        r"about 10\^\d+ and \d+ ranges +\d+% \(\d+% to \d+%\) +20 +\d,\d+ +valid-squeezed, same-pooled", rows["compact"]
    )
    assert re.match(r"about 10\^\d+ +\d+% \(\d+% to \d+%\) +20 +[\d,]+ +basic, model-1", rows["plain"])
    assert "compact: the smallest is conv 1·3×3, mean, dense 10" in out
    assert "of 300 random draws, with the 95 % interval of the share that fits" in out


def test_a_space_of_ones_own_is_looked_at_alone(nas: Here) -> None:
    out = nas("spaces", "tiny_space:tiny", "--budget", "5000").succeeded().out
    (row,) = re.findall(r"^  tiny_space:tiny +(\S.*?) *$", out, re.MULTILINE)
    assert re.match(r"about 20 +\d+% .* +none$", row)
    assert "tiny_space:tiny: the smallest drawn is dense 1, dense 10" in out


def test_programs_get_each_space_with_its_share_and_networks(nas: Here) -> None:
    answer = nas("spaces", "tiny_space:tiny", "--data", "mnist:2000", "--budget", "5000", "--json").succeeded().json
    (found,) = answer["spaces"]
    assert (answer["input_shape"], answer["classes"], answer["limits"]) == ([28, 28, 1], 10, {"parameters": 5_000})
    assert found["combinations"] == 20
    assert found["share_95"]["low"] < found["fitting"] / found["draws"] < found["share_95"]["high"]
    assert found["smallest"]["parameters"] == 785 + 20
    assert (found["smallest_is_known"], found["baselines"]) == (False, [])


def test_samples_are_measured_and_the_same_for_the_same_seed(nas: Here) -> None:
    sample = ("sample", "--space", "compact", "--count", "3", "--json")
    answer = nas(*sample).succeeded().json
    assert [one["fits"] for one in answer["networks"]] == [True] * 3
    for one in answer["networks"]:
        network = parse_architecture(json.dumps(one["architecture"]), source="the answer")
        assert measure(network).parameters == one["parameters"]
    assert nas(*sample).json == answer
    assert nas(*sample, "--seed", "1").json != answer


def test_the_table_of_samples_says_in_words_what_was_drawn_and_how_many_fit(nas: Here) -> None:
    out = nas("sample", "--space", "tiny_space:tiny", "--count", "4", "--budget", "9000").succeeded().out
    rows = re.findall(r"^  \d +([\d,]+) +[\d,]+ +[\d,]+ +[\d,]+ +(yes|no) +dense \d+, dense 10 *$", out, re.MULTILINE)
    assert len(rows) == 4
    fitting = [parameters for parameters, fits in rows if fits == "yes"]
    assert all((int(parameters.replace(",", "")) <= 9_000) == (parameters in fitting) for parameters, _ in rows)
    assert f"Of these {len(fitting)} fit the budget of 9,000 parameters" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ("spaces", "no"), "There is no search space 'no'; there are compact and plain. Or give module:function.", id="name"
        ),
        pytest.param(("spaces", "--budget", "0"), "A budget is at least 1 parameter, not 0.", id="budget"),
        pytest.param(
            ("sample", "--space", "tiny_space:twenty"),
            "The module tiny_space has no function 'twenty'; a space is a function of (trial, task).",
            id="no function",
        ),
        pytest.param(
            ("sample", "--space", "tiny_space:number"),
            "The space tiny_space:number gave 18; a space returns an Architecture.",
            id="no network",
        ),
        pytest.param(("sample", "--count", "0"), "--count is at least 1 and --seed at least 0, not 0 and 0.", id="count"),
        pytest.param(("sample", "--seed", "-1"), "--count is at least 1 and --seed at least 0, not 5 and -1.", id="seed"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(nas: Here, arguments: tuple[str, ...], message: str) -> None:
    ended = nas(*arguments)
    assert (ended.code, ended.out, ended.err) == (2, "", f"nas: {message}\n")
