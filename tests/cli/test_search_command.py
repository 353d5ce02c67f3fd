"""A real search on a small part of MNIST: what it answers, how it goes on, and what comes out of it."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import optuna
import psutil
import pytest
from command_line import Ended, environment, nas, start

from nas.engine.storage import open_storage, sqlite_url

pytestmark = pytest.mark.slow

NAME = "mnist-500-plain-7000-s0"
SEARCH = ("search", "--data", "mnist:500", "--workers", "1", "--no-verdict")
LONGER = ("search", "--data", "mnist:2000", "--no-verdict")
"""A search that is still at it when it is interrupted."""
KEYS = {
    "schema",
    "study",
    "settings",
    "ending",
    "seconds",
    "proposed",
    "trained",
    "completed",
    "stopped",
    "refused",
    "repeated",
    "failed",
    "baselines",
    "epochs",
    "planned_epochs",
    "best",
    "baseline_results",
    "left_out",
    "verdict",
    "no_verdict",
    "front",
    "report",
}
BEST_KEYS = {"parameters", "trainable_parameters", "macs", "val_accuracy", "epochs", "seconds", "seed", "architecture", "trial"}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """A folder of runs with a search for three networks, and what it answered."""
    runs = tmp_path_factory.mktemp("searched")
    return runs, nas(*SEARCH, "--trials", "3", "--json", NAS_RUNS=runs).succeeded()


@pytest.fixture
def runs(first: tuple[Path, Ended], tmp_path: Path) -> Path:
    """A copy of those runs that a test may change."""
    return Path(shutil.copytree(first[0], tmp_path / "runs"))


def states(run: Path) -> list[optuna.trial.TrialState]:
    study = optuna.load_study(storage=open_storage(sqlite_url(run / "study.db")), study_name=run.name)
    return [trial.state for trial in study.trials]


def without_time(answer: dict[str, Any]) -> dict[str, Any]:
    """Without what differs from one run to the next, and from one folder to another."""
    return {name: value for name, value in answer.items() if name not in {"seconds", "report"}}


def test_the_answer_has_its_documented_keys_and_adds_up(first: tuple[Path, Ended]) -> None:
    answer = first[1].json
    assert answer.keys() == KEYS
    assert answer["best"].keys() >= BEST_KEYS
    assert (answer["schema"], answer["study"], answer["ending"]) == (1, NAME, "done")
    assert answer["trained"] == answer["completed"] + answer["stopped"] == 3
    assert answer["proposed"] == answer["trained"] + answer["refused"] + answer["repeated"] + answer["failed"]
    assert answer["baselines"] == len(answer["baseline_results"]) == 6
    assert answer["planned_epochs"] == 45
    assert 3 <= answer["epochs"] <= 45
    assert answer["settings"]["trials"] == 3


def test_the_log_says_what_begins_and_how_long_it_takes(first: tuple[Path, Ended]) -> None:
    lines = first[1].err.splitlines()
    assert lines[0] == f"Beginning study {NAME} in {first[0] / NAME}; starting 1 worker."
    assert lines[1].startswith("The search takes about ")
    assert lines[1].endswith("; Ctrl-C keeps everything.")
    assert lines[-1].startswith("3 of 3 tried (")  # plain lines, since there is no terminal
    assert "refused" in lines[-1]
    assert not [line for line in lines if "\x1b" in line or "Warning" in line or "Traceback" in line]


def test_the_run_keeps_everything_that_was_promised(first: tuple[Path, Ended]) -> None:
    run, answer = first[0] / NAME, first[1].json
    promised = ("study.toml", "study.db", "lock", "results", "checkpoints", "trials.csv", "best.json", "search.png")
    assert [name for name in promised if not (run / name).exists()] == []
    assert len(list((run / "results").iterdir())) == 3 + 6
    assert len(list((run / "checkpoints").iterdir())) == answer["completed"] + 6
    assert len((run / "trials.csv").read_text().splitlines()) == 1 + answer["proposed"] + 6
    assert json.loads((run / "best.json").read_text()) == answer["best"]["architecture"]
    assert not [path.name for path in run.rglob("*.part")]


def test_the_same_command_again_ends_at_once_with_the_same(first: tuple[Path, Ended], runs: Path) -> None:
    files = sorted(path.name for path in (runs / NAME / "results").iterdir())
    again = nas(*SEARCH, "--trials", "3", "--json", NAS_RUNS=runs).succeeded()
    assert without_time(again.json) == without_time(first[1].json)
    assert again.json["seconds"] < 5
    assert "workers" not in again.err
    assert sorted(path.name for path in (runs / NAME / "results").iterdir()) == files


def test_asked_for_one_more_one_more_is_trained(first: tuple[Path, Ended], runs: Path) -> None:
    before = {path.name: path.read_bytes() for path in (runs / NAME / "results").iterdir()}
    answer = nas("search", "--study", NAME, "--trials", "4", "--no-verdict", "--json", NAS_RUNS=runs).succeeded().json
    after = {path.name: path.read_bytes() for path in (runs / NAME / "results").iterdir()}
    assert (answer["trained"], answer["baselines"]) == (4, 6)
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()  # nothing was trained again


def test_another_seed_for_the_same_study_is_refused_in_a_table(runs: Path) -> None:
    ended = nas("search", "--study", NAME, "--seed", "7", "--budget", "5000", NAS_RUNS=runs)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines()[1:] == ["  budget  7000 then, 5000 now", "  seed    0 then, 7 now"]


def test_status_answers_with_the_same_figures(first: tuple[Path, Ended]) -> None:
    answer = nas("status", "--json", NAS_RUNS=first[0]).succeeded().json
    shared = (KEYS & answer.keys()) - {"settings"}
    assert len(shared) > 10
    assert {name: answer[name] for name in shared} == {name: first[1].json[name] for name in shared}
    assert (answer["running"], answer["waiting"]) == (0, 0)


def test_the_source_of_the_best_network_defines_model(first: tuple[Path, Ended]) -> None:
    source = nas("show", "best", "--code", NAS_RUNS=first[0]).succeeded().out
    assert len(source.splitlines()) <= 20
    program = f"{source}\nprint('PARAMETERS', model.count_params())"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment())
    assert ended.stdout.splitlines()[-1] == f"PARAMETERS {first[1].json['best']['parameters']}"


def test_the_best_network_is_exported_as_keras_unless_other_formats_are_asked_for(
    first: tuple[Path, Ended], tmp_path: Path
) -> None:
    best = first[1].json["best"]
    answer = nas("export", "--out", tmp_path, "--json", NAS_RUNS=first[0]).succeeded().json
    (exported,) = answer["exports"]
    assert (exported["trial"], exported["parameters"]) == (best["trial"], best["parameters"])
    (file,) = exported["files"]
    assert (file["format"], file["equal_classes"], file["checked_images"]) == ("keras", 100, 100)
    assert Path(file["file"]).stat().st_size == file["size_bytes"]
    folder = Path(exported["folder"])
    assert {path.name for path in folder.iterdir()} == {"model.keras", "model_card.json", "model_card.md"}
    card = (folder / "model_card.md").read_text()
    assert "there is no verdict yet" in card
    assert "It has not seen a test image." in card


def test_several_networks_are_set_side_by_side(first: tuple[Path, Ended], tmp_path: Path) -> None:
    flags = ("--trial", "model-2,baselines", "--format", "python", "--out", tmp_path / "out", "--table", tmp_path / "table.md")
    out = nas("export", *flags, NAS_RUNS=first[0]).succeeded().out
    names = ("basic", "model-1", "model-2", "model-3", "model-4", "model-5")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"{NAME}-{name}" for name in names}
    table = (tmp_path / "table.md").read_text()
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:8]] == [
        "model-2",
        "basic",
        "model-1",
        "model-3",
        "model-4",
        "model-5",
    ]
    assert "Exports side by side" in out
    assert f"Table: {tmp_path / 'table.md'}" in out


def test_a_trial_whose_weights_are_not_kept_is_not_exported(first: tuple[Path, Ended], tmp_path: Path) -> None:
    stopped = nas("export", "--trial", "4711", "--out", tmp_path / "out", NAS_RUNS=first[0])
    assert (stopped.code, stopped.err.splitlines()[-1]) == (
        2,
        f"nas: The study {NAME} has no finished trial '4711'; give best, a trial's number or a baseline's name.",
    )
    assert not (tmp_path / "out").exists()


def test_the_answer_for_people_holds_table_counts_and_a_warning(runs: Path) -> None:
    out = nas("search", "--study", NAME, "--no-verdict", NAS_RUNS=runs).succeeded().out
    assert "Best networks and hand-designed ones" in out
    for name in ("basic", "model-1", "model-2", "model-3", "model-4", "model-5"):
        assert f"\n  {name} " in out
    assert "3 tried: " in out
    assert "single seed" in out
    assert "Best network: " in out


def test_baselines_over_the_budget_are_left_out_with_the_reason(tmp_path: Path) -> None:
    answer = nas(*SEARCH, "--trials", "1", "--budget", "2000", "--json", NAS_RUNS=tmp_path / "runs").succeeded().json
    assert [one["baseline"] for one in answer["baseline_results"]] == ["model-3", "basic"]
    assert answer["left_out"]["model-5"] == "has 6,831 parameters, over the budget"
    assert set(answer["left_out"]) == {"model-1", "model-2", "model-4", "model-5"}


def wait_for_results(run: Path, *, count: int) -> None:
    deadline = time.monotonic() + 120
    while len(list((run / "results").glob("*.json"))) < count:
        assert time.monotonic() < deadline, "no training ended in two minutes"
        time.sleep(0.05)


def assert_group_is_gone(group: int) -> None:
    """No process of a command is left; the last may need a moment to notice."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("processes were left behind")


def test_a_second_driver_is_refused_and_ctrl_c_keeps_everything_and_says_how_to_go_on(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "mine"
    words = (*LONGER, "--workers", "1", "--study", "mine", "--trials", "5", "--no-baselines", "--stopper", "none")
    process = start(*words, NAS_RUNS=run.parent)
    wait_for_results(run, count=1)
    second = nas(*words, NAS_RUNS=run.parent)
    assert (second.code, second.out) == (2, "")
    message = f"nas: The study mine is in use by another process (process {process.pid});"
    assert second.err == f"{message} wait for it or choose another --study.\n"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to the workers too
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    last = err.splitlines()[-1]
    assert last.startswith("Stopped; everything is kept. Go on with: nas search --study mine")
    assert "Traceback" not in err
    assert_group_is_gone(process.pid)
    assert optuna.trial.TrialState.RUNNING not in states(run)
    kept = {path.name: json.loads(path.read_bytes())["curve"] for path in (run / "results").iterdir()}
    again = shlex.split(last.partition("Go on with: nas ")[2])
    answer = nas(*again, "--json", NAS_RUNS=run.parent).succeeded().json
    assert (answer["trained"], answer["completed"], answer["epochs"]) == (5, 5, 75)
    for name, curve in kept.items():
        now = json.loads((run / "results" / name).read_bytes())["curve"]
        assert now[: len(curve)] == curve  # seconds included, so no epoch was trained again


def test_ctrl_c_at_a_terminal_while_the_workers_start_leaves_one_sentence(tmp_path: Path) -> None:
    process = start(*LONGER, "--workers", "2", "--study", "mine", NAS_RUNS=tmp_path / "runs")
    driver, deadline = psutil.Process(process.pid), time.monotonic() + 60
    while not any("spawn_main" in word for child in driver.children() for word in child.cmdline()):
        assert time.monotonic() < deadline, "no worker was started in a minute"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # to the workers too, which are still importing
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1].startswith("Stopped; everything is kept.")
    assert len(err.splitlines()) == 2
    assert_group_is_gone(process.pid)


def test_a_timeout_ends_the_search_and_going_on_finishes_it(tmp_path: Path) -> None:
    words = (*LONGER, "--workers", "1", "--study", "mine", "--trials", "3", "--no-baselines", "--json")
    answer = nas(*words, "--timeout", "2s", NAS_RUNS=tmp_path / "runs").succeeded().json
    assert answer["ending"] == "timeout"
    assert answer["trained"] < 3
    assert optuna.trial.TrialState.RUNNING not in states(tmp_path / "runs" / "mine")
    answer = nas(*words, "--timeout", "10m", NAS_RUNS=tmp_path / "runs").succeeded().json
    assert (answer["ending"], answer["trained"]) == ("done", 3)


def test_a_space_in_the_current_folder_is_searched(tmp_path: Path) -> None:
    (tmp_path / "few_spaces.py").write_text(
        "from nas.architecture import Architecture, Dense, Flatten, MaxPooling2D\n"
        "def few(trial, task):\n"
        "    size = trial.suggest_int('size', 14, 16)\n"
        "    layers = (MaxPooling2D(pool_size=(size, size)), Flatten(), Dense(units=task.classes, activation='softmax'))\n"
        "    return Architecture(input_shape=task.input_shape, layers=layers)\n"
    )
    script = f"cd {shlex.quote(str(tmp_path))} && exec {Path(sys.executable).with_name('nas')} search --space few_spaces:few"
    ended = subprocess.run(
        ["bash", "-c", f"{script} --data mnist:500 --workers 1 --trials 2 --study few --no-verdict"],
        capture_output=True,
        text=True,
        check=False,
        env=environment(NAS_RUNS=tmp_path / "runs"),
    )
    assert ended.returncode == 0, ended.stderr
    assert "2 tried: " in ended.stdout
    left_out = "basic was left out: it is not in the space few_spaces:few; the same holds for model-1, "
    assert left_out in ended.stdout
