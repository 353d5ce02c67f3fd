"""What a network costs, layer by layer: the rows add up to the totals."""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from command_line import Here
from hostile import pack, weights

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
    *lines, deployed = [line for line in nas("measure", network).succeeded().out.splitlines() if line.strip(" ─")]
    assert lines[0] == network
    assert tuple(cells(lines[1])) == COLUMNS
    rows, totals = [cells(line) for line in lines[2:-1]], cells(lines[-1])
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert totals[0] == "total"
    for index in (2, 3, 4, 5):
        assert sum(number(row[index]) for row in rows) == number(totals[index - 1]), COLUMNS[index]  # no total has an output
    assert max(number(row[6]) for row in rows) == number(totals[5])
    assert max(map(len, lines)) <= 120
    assert re.fullmatch(
        r"Deployed in int8: at most [\d,]+ bytes of flash and [\d,]+ bytes of RAM, by upper estimates .*", deployed
    )


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
        "estimated_flash_bytes",
        "estimated_ram_bytes",
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


def test_a_network_over_a_budget_is_measured_and_the_sentence_says_by_how_much(nas: Here) -> None:
    for flags, words in (
        (("--budget", "5000"), "has 6,831 parameters, 1,831 over the budget of 5,000;"),
        (("--max-ram", "8kB"), "needs an estimated 11,252 bytes of RAM, 3,252 over the budget of 8,000;"),
    ):
        ended = nas("measure", "model-2", *flags)
        assert ended.code == 2
        assert "6,831" in ended.out
        assert "It fits" not in ended.out
        assert words in ended.err


def test_all_limits_are_answered_together(nas: Here) -> None:
    flags = ("--max-macs", "600000", "--max-ram", "12kB", "--max-flash", "1MiB", "--fits", "pico")
    ended = nas("measure", "model-2", *flags).succeeded()
    assert ended.out.splitlines()[-1] == (
        "It fits the budget of 600,000 MACs, 12,000 bytes of RAM and 1,048,576 bytes of flash, with what is free on pico."
    )
    answer = nas("measure", "model-2", *flags, "--json").succeeded().json
    assert (answer["limits"], answer["fits"]) == ({"macs": 600_000, "ram_bytes": 12_000, "flash_bytes": 1_048_576}, True)
    assert answer["estimated_ram_bytes"] <= 12_000
    assert nas("measure", "model-2", "--max-ram", "8kB", "--json").succeeded().json["fits"] is False


def keras_file(path: Path) -> Path:
    """A file as Keras writes it, of a network that gives logits."""
    layers = [
        ("InputLayer", {"batch_shape": [None, 6, 6, 1]}),
        ("Conv2D", {"name": "conv", "filters": 3, "kernel_size": [3, 3], "use_bias": False}),
        ("BatchNormalization", {"name": "norm"}),
        ("Flatten", {"name": "flatten"}),
        ("Dense", {"name": "dense", "units": 10}),
    ]
    entries = [{"module": "keras.layers", "class_name": kind, "config": config} for kind, config in layers]
    arrays = {f"layers/batch_normalization/vars/{index}": np.ones(3, np.float32) for index in range(4)} | {
        "layers/conv2d/vars/0": np.ones((3, 3, 1, 3), np.float32),
        "layers/dense/vars/0": np.ones((48, 10), np.float32),
        "layers/dense/vars/1": np.ones(10, np.float32),
    }
    return pack(path, {"module": "keras", "class_name": "Sequential", "config": {"layers": entries}}, weights(arrays))


def test_a_keras_file_costs_what_its_architecture_costs(nas: Here, tmp_path: Path) -> None:
    keras_file(tmp_path / "mine.keras")
    ours, theirs = (nas("measure", name, "--json").succeeded().json for name in ("normalised.json", "mine.keras"))
    assert theirs["network"] == "mine.keras"
    assert Architecture.model_validate(theirs["architecture"]).layers[-1] == Dense(units=10, activation="softmax")
    for name in ("parameters", "trainable_parameters", "deployed_parameters", "macs", "peak_activation_bytes"):
        assert theirs[name] == ours[name]


def test_a_keras_file_is_measured_without_keras(tmp_path: Path) -> None:
    path = keras_file(tmp_path / "mine.keras")
    program = "import sys; sys.modules['keras'] = None; from nas.cli import main; main()"
    command = [sys.executable, "-c", program, "measure", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "529" in ended.stdout


@pytest.mark.slow
def test_a_function_of_ones_own_is_measured(nas: Here, tmp_path: Path) -> None:
    source = """
    import keras

    def small():
        print("a remark")
        return keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    """
    (tmp_path / "measured_here.py").write_text(dedent(source))
    ended = nas("measure", "measured_here:small", "--budget", "15", "--json").succeeded()
    assert (ended.json["network"], ended.json["parameters"], ended.json["fits"]) == ("measured_here:small", 15, True)
    assert "measured_here" not in sys.modules


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("missing.keras", "The file missing.keras cannot be read (No such file or directory)."),
        ("normalised.keras", "normalised.keras is no whole .keras file (File is not a zip file); save the model again with"),
        ("no_such_module:small", "The module 'no_such_module' of no_such_module:small cannot be imported (ModuleNotFoundError:"),
        (
            "json:small",
            "The module json has no function 'small'; a network's function takes no arguments and returns a Keras model.",
        ),
    ],
)
def test_a_network_of_ones_own_that_is_none_is_one_sentence(nas: Here, tmp_path: Path, network: str, message: str) -> None:
    (tmp_path / "normalised.keras").write_text(NORMALISED.canonical_json)
    ended = nas("measure", network)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"nas: {message}")
    assert ended.err.count("\n") == 1
