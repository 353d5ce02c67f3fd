"""Whatever is killed in the middle of a search, and whoever else comes, it ends with exactly what was asked for."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
import psutil
import pytest
from command_line import nas, start

from nas.engine.storage import open_storage, sqlite_url

pytestmark = pytest.mark.slow

SEARCH = (
    "search",
    "--data",
    "mnist:2000",
    "--trials",
    "10",
    "--workers",
    "2",
    "--no-baselines",
    "--no-verdict",
    "--study",
    "mine",
    "--json",
)


@contextmanager
def searching(run: Path, *, until: int) -> Iterator[subprocess.Popen[str]]:
    """A search for ten networks that has kept results of so many; whatever is left of it dies at the end."""
    process = start(*SEARCH, NAS_RUNS=run.parent)
    try:
        deadline = time.monotonic() + 120
        while len(results(run)) < until:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "no training ended in two minutes"
            time.sleep(0.05)
        yield process
    finally:
        if alive(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def results(run: Path) -> dict[str, list[Any]]:
    """The curve in each result file."""
    return {path.name: json.loads(path.read_bytes())["curve"] for path in (run / "results").glob("*.json")}


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def assert_nothing_is_left_of(group: int) -> None:
    deadline = time.monotonic() + 60
    while alive(group):
        assert time.monotonic() < deadline, "processes were left behind"
        time.sleep(0.1)


def workers_of(driver: int) -> list[psutil.Process]:
    """The worker processes of a driver, the one that has worked most first."""
    children = [child for child in psutil.Process(driver).children() if "spawn_main" in " ".join(child.cmdline())]
    return sorted(children, key=lambda child: -child.cpu_times().user)


def assert_exactly_ten(run: Path, answer: dict[str, Any], *, before: dict[str, list[Any]]) -> None:
    """Ten distinct networks were trained, each epoch once, and nothing is left undone."""
    study = optuna.load_study(storage=open_storage(sqlite_url(run / "study.db")), study_name="mine")
    states = Counter(trial.state for trial in study.trials)
    records = [json.loads(trial.user_attrs["record"]) for trial in study.trials]
    trained = [one for one in records if one["outcome"] in {"completed", "stopped"}]
    assert not {optuna.trial.TrialState.RUNNING, optuna.trial.TrialState.WAITING} & states.keys()
    assert answer["trained"] == len(trained) == 10
    assert answer["failed"] == 0
    assert answer["proposed"] == len(records)
    assert len({json.dumps(one["network"]) for one in trained}) == 10
    curves = results(run)
    assert len(curves) == 10
    assert sum(map(len, curves.values())) == answer["epochs"] == sum(len(one["curve"]) for one in trained)
    assert {json.dumps(curve) for curve in curves.values()} == {json.dumps(one["curve"]) for one in trained}
    for name, curve in before.items():
        assert curves[name][: len(curve)] == curve  # seconds included, so that nothing was trained twice over


def test_a_worker_that_is_killed_costs_its_segment_and_a_second_driver_is_refused(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "mine"
    with searching(run, until=2) as process:
        second = nas(*SEARCH, NAS_RUNS=run.parent)
        assert (second.code, second.out) == (2, "")
        message = f"nas: The study mine is in use by another process (process {process.pid});"
        assert second.err == f"{message} wait for it or choose another --study.\n"
        before = results(run)
        workers = workers_of(process.pid)
        assert len(workers) == 2
        workers[0].kill()
        out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert_exactly_ten(run, json.loads(out), before=before)
    assert_nothing_is_left_of(process.pid)
    assert nas(*SEARCH, NAS_RUNS=run.parent).succeeded().json["trained"] == 10


def test_a_driver_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "mine"
    with searching(run, until=3) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert_nothing_is_left_of(process.pid)  # its workers do not outlive it
        before = results(run)
        answer = nas(*SEARCH, NAS_RUNS=run.parent).succeeded().json
    assert_exactly_ten(run, answer, before=before)
