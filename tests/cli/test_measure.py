"""What a network costs, layer by layer: the rows add up to the totals."""

import re
from pathlib import Path

import pytest
from command_line import Here

from nas.architecture import Architecture, BatchNormalization, Conv2D, Dense, Flatten
from nas.baselines import NAMES

COLUMNS = ("layer", "output", "parameters", "trainable", "deployed", "MACs", "memory (int8 bytes)")
PARAMETERS = {"basic": 20, "model-1": 5_338, "model-2": 6_831, "model-3": 1_818, "model-4": 6_505, "model-5": 6_831}
NORMALISED = Architecture(
    input_shape=(6, 6, 1),
    layers=(Conv2D(filters=3, kernel_size=(3, 3), use_bias=False), BatchNormalization(), Flatten(), Dense(units=10)),
)


@pytest.fixture
def nas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "normalised.json").write_text(NORMALISED.canonical_json)
    return Here(monkeypatch, capsys)


def cells(line: str) -> list[str]:
    return [cell for cell in re.split(r"\s{2,}", line.strip()) if cell]


def number(cell: str) -> int:
    return int(cell.replace(",", "").removesuffix(" at most"))


@pytest.mark.parametrize("network", [*NAMES, "normalised.json"])
def test_the_rows_of_the_table_add_up_to_its_totals(nas: Here, network: str) -> None:
    lines = [line for line in nas("measure", network).succeeded().out.splitlines() if line.strip(" ─")]
    assert lines[0] == network
    assert tuple(cells(lines[1])) == COLUMNS
    rows, totals = [cells(line) for line in lines[2:-1]], cells(lines[-1])
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert totals[0] == "total"
    for index in (2, 3, 4, 5):
        assert sum(number(row[index]) for row in rows) == number(totals[index - 1]), COLUMNS[index]  # no total has an output
    assert max(number(row[6]) for row in rows) == number(totals[5])
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_the_hand_designed_networks_have_the_notebooks_parameters(nas: Here, name: str, parameters: int) -> None:
    answer = nas("measure", name, "--json").succeeded().json
    assert (answer["network"], answer["parameters"], answer["trainable_parameters"]) == (name, parameters, parameters)


def test_json_has_its_documented_keys(nas: Here) -> None:
    answer = nas("measure", "normalised.json", "--json").succeeded().json
    assert list(answer) == [
        "schema",
        "network",
        "parameters",
        "trainable_parameters",
        "deployed_parameters",
        "macs",
        "peak_activation_bytes",
        "architecture",
    ]
    assert answer["schema"] == 1
    assert Architecture.model_validate(answer["architecture"]) == NORMALISED
    assert answer["parameters"] == 27 + 12 + 490
    assert answer["trainable_parameters"] == 27 + 6 + 490
    assert answer["deployed_parameters"] == 27 + 3 + 490


@pytest.mark.parametrize(("budget", "fits"), [(6_831, True), (6_830, False)])
def test_json_says_whether_a_network_fits_a_budget(nas: Here, budget: int, fits: bool) -> None:
    answer = nas("measure", "model-5", "--budget", str(budget), "--json").succeeded().json
    assert (answer["budget"], answer["fits"]) == (budget, fits)


def test_a_network_within_a_budget_is_said_to_fit(nas: Here) -> None:
    ended = nas("measure", "model-5", "--budget", "6831").succeeded()
    assert ended.out.splitlines()[-1] == "It fits the budget of 6,831 parameters."
    assert ended.err == ""
