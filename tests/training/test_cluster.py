"""Worker processes: one thread each, deaf to Ctrl-C, replaced when they die, gone at the end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from multiprocessing import active_children
from pathlib import Path
from threading import Event, Thread

import pytest

from nas.errors import TrainingError
from nas.training.cluster import available_cores, local_workers
from nas.training.crew import Crew
from nas.training.executor import describe_death, run_all

_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OPENBLAS_NUM_THREADS")
_PATIENCE = 60.0


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workers") / "workers.log"


@pytest.fixture(scope="module")
def workers(log: Path) -> Iterator[Executor]:
    with local_workers(2, log=log) as executor:
        yield executor


def _wait_for(path: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} never came"
        time.sleep(0.01)


def _meet(mine: Path, other: Path) -> int:
    """The process that ran this, once another task is seen to run as well."""
    mine.touch()
    _wait_for(other)
    return os.getpid()


def _nap() -> int:
    time.sleep(0.2)
    return os.getpid()


def _environment() -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in _THREADS}


def _die_the_first_time(witness: Path) -> int:
    if not witness.exists():
        witness.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def _die(witness: Path) -> None:
    with witness.open("a") as file:
        file.write(f"{os.getpid()}\n")
    os.kill(os.getpid(), signal.SIGKILL)


def _fail(words: str) -> None:
    raise ValueError(words)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _assert_gone(processes: set[int]) -> None:
    end = time.monotonic() + _PATIENCE
    while any(_is_running(process) for process in processes):
        assert time.monotonic() < end, f"still there: {[process for process in processes if _is_running(process)]}"
        time.sleep(0.05)


def _processes(workers: Executor) -> set[int]:
    """The two worker processes, once both are there."""
    found: set[int] = set()
    end = time.monotonic() + _PATIENCE
    while len(found) < 2:
        assert time.monotonic() < end, f"only {found} came"
        tasks = [workers.submit(_nap) for _ in range(2)]
        found = {task.result(_PATIENCE) for task in tasks}
    return found


@pytest.mark.slow
def test_two_tasks_run_at_once_in_two_other_processes(workers: Executor, tmp_path: Path) -> None:
    processes = _processes(workers)
    assert os.getpid() not in processes
    one, other = tmp_path / "one", tmp_path / "other"
    tasks = [workers.submit(_meet, one, other), workers.submit(_meet, other, one)]
    assert {task.result(_PATIENCE) for task in tasks} == processes


@pytest.mark.slow
def test_a_worker_has_one_thread_to_compute_with(workers: Executor) -> None:
    assert workers.submit(_environment).result(_PATIENCE) == dict.fromkeys(_THREADS, "1")


@pytest.mark.slow
def test_what_a_worker_prints_goes_to_the_log(workers: Executor, log: Path) -> None:
    workers.submit(os.system, "echo a word from a worker").result(_PATIENCE)
    assert "a word from a worker" in log.read_text()


@pytest.mark.slow
def test_ctrl_c_is_left_to_the_driver(workers: Executor) -> None:
    processes = _processes(workers)
    for process in processes:
        os.kill(process, signal.SIGINT)
    assert _processes(workers) == processes


@pytest.mark.slow
def test_an_error_in_a_task_comes_back_and_is_told_in_one_line(workers: Executor) -> None:
    with pytest.raises(ValueError, match="no such thing") as raised:
        workers.submit(_fail, "no such thing\nand more about it").result(_PATIENCE)
    assert describe_death(raised.value) == "ValueError: no such thing"


@pytest.mark.slow
def test_a_task_whose_worker_is_killed_runs_again_in_another(workers: Executor, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    second = workers.submit(_die_the_first_time, witness).result(_PATIENCE)
    assert second != int(witness.read_text())


@pytest.mark.slow
def test_a_task_that_kills_two_workers_fails_in_words(workers: Executor, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    message = "^Counting failed: its worker process died 2 times, as it does when memory runs out.$"
    with pytest.raises(TrainingError, match=message):
        run_all(_die, [(witness,)], executor=workers, at_most=2, what="Counting")
    assert len(set(witness.read_text().split())) == 2


@pytest.mark.slow
def test_workers_that_die_again_and_again_come_back(workers: Executor, tmp_path: Path) -> None:
    from distributed import KilledWorker

    end = time.monotonic() + 16.0  # Dask gives a worker up that is away 15 seconds after it died, unless it is told not to
    while time.monotonic() < end:
        with pytest.raises(KilledWorker, match="_die"):
            workers.submit(_die, tmp_path / "witness").result(_PATIENCE)
    assert len(_processes(workers)) == 2
    assert workers.submit(_environment).result(_PATIENCE)["OMP_NUM_THREADS"] == "1"


def _kill_starting(times: int, done: Event, *, others: set[int | None]) -> None:
    """Kills this process's workers as they come, so many of them; others are left alone."""
    killed: set[int | None] = set()
    while len(killed) < times and not done.wait(0.05):
        for child in active_children():
            if child.name.startswith("Dask Worker") and child.pid not in killed | others and len(killed) < times:
                killed.add(child.pid)
                child.kill()


@contextmanager
def _workers_that_die_while_they_start(times: int) -> Iterator[None]:
    done = Event()
    others = {child.pid for child in active_children()}
    killer = Thread(target=_kill_starting, args=(times, done), kwargs={"others": others})
    killer.start()
    try:
        yield
    finally:
        done.set()
        killer.join()


@pytest.mark.slow
def test_a_process_that_dies_while_it_starts_is_started_again(tmp_path: Path) -> None:
    with _workers_that_die_while_they_start(6), local_workers(1, log=tmp_path / "log") as executor:
        assert executor.submit(os.getpid).result(_PATIENCE) != os.getpid()


def test_processes_that_never_get_past_their_start_are_given_up_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nas.training.nanny.PATIENCE_SECONDS", 0.5)
    begin = pytest.raises(TrainingError, match=r"could not be started .* see whether memory is free")
    with _workers_that_die_while_they_start(1_000), begin, local_workers(2, log=tmp_path / "log"):
        pass


def test_a_crew_that_nobody_asks_starts_nobody(tmp_path: Path) -> None:
    with Crew(2, log=tmp_path / "log") as crew:
        assert (crew.at_once, crew.processes) == (2, 2)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_crew_starts_once_for_all_who_ask_and_ends_with_its_block(tmp_path: Path) -> None:
    with Crew(1, log=tmp_path / "log") as crew:
        asked = [crew.executor.submit(os.getpid).result(_PATIENCE) for _ in range(2)]
        assert len(set(asked)) == 1
    _assert_gone(set(asked))


@pytest.mark.slow
def test_the_processes_end_at_once_with_a_signal_whatever_they_are_at(tmp_path: Path) -> None:
    started = tmp_path / "started"
    with suppress(KeyboardInterrupt), local_workers(1, log=tmp_path / "log") as executor:
        process = executor.submit(os.getpid).result(_PATIENCE)
        executor.submit(_meet, started, tmp_path / "never")
        _wait_for(started)
        left = time.monotonic()
        raise KeyboardInterrupt
    assert time.monotonic() - left < 3.0  # Dask would wait 4 seconds for the other one
    _assert_gone({process})


_DRIVER = """
import os, signal, sys
from pathlib import Path
from nas.training.cluster import local_workers

if __name__ == "__main__":
    with local_workers(1, log=Path(sys.argv[1])) as executor:
        print(executor.submit(os.getpid).result(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_the_processes_end_with_a_driver_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "driver.py"
    script.write_text(_DRIVER)
    driver = subprocess.run(
        [sys.executable, script, tmp_path / "log"], stdout=subprocess.PIPE, timeout=_PATIENCE, check=False, text=True
    )
    assert driver.returncode == -signal.SIGKILL
    _assert_gone({int(driver.stdout)})


_LEAVING = """
from multiprocessing import resource_tracker
from nas.training.cluster import start_tracker
start_tracker()
resource_tracker.register("/nas-is-not-there", "semaphore")
"""


def test_semaphores_that_a_killed_process_leaves_are_nobody_s_concern() -> None:
    ended = subprocess.run([sys.executable, "-c", _LEAVING], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stderr == ""
    loud = _LEAVING.replace("start_tracker()", "")  # else this test shows nothing
    ended = subprocess.run([sys.executable, "-c", loud], capture_output=True, text=True, timeout=60, check=True)
    assert "/nas-is-not-there" in ended.stderr


def test_the_cores_are_those_that_this_process_may_use() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
