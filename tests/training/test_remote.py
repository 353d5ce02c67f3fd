"""A cluster: a scheduler and workers that somebody started, as processes of their own."""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_works import BASELINES, assert_same, untimed, work

from nas.errors import MissingDataError, MissingModuleError, SpaceError, StudyError, TrainingError
from nas.training.call import Timed
from nas.training.cluster import open_workers
from nas.training.executor import WorkerExecutor, room
from nas.training.remote import require_scheduler
from nas.training.trainer import train_one

_PATIENCE = 90.0


def _start(folder: Path, name: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))  # finds this module
    env = {**os.environ, "PYTHONPATH": path, **environment}
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen([sys.executable, "-m", *command], cwd=folder, env=env, stdout=log, stderr=log)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of a scheduler that has no workers yet."""
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    process = _start(
        folder,
        "scheduler",
        *("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
        *("--scheduler-file", str(file)),
    )
    end = time.monotonic() + _PATIENCE
    while not file.exists():
        assert time.monotonic() < end, "the scheduler never came"
        time.sleep(0.05)
    yield file
    process.terminate()
    process.wait(_PATIENCE)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workers' own cache, in which there is nothing."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def executor(scheduler: Path, cache: Path) -> Iterator[WorkerExecutor]:
    """Over a worker that came later than the search, and one that computes with other threads."""
    said: list[str] = []
    log = scheduler.with_name("unused.log")
    with open_workers(1, log=log, cluster=str(scheduler), say=said.append) as executor:
        assert [sentence for sentence in said if "has no workers yet" in sentence] == said
        assert room(executor, at_most=8) == 0
        ours = _start(scheduler.parent, "ours", "nas", "worker", str(scheduler), "--count", "1", NAS_CACHE=str(cache))
        other = _start(
            scheduler.parent,
            "other",
            *("distributed.cli.dask_worker", "--scheduler-file", str(scheduler), "--nthreads", "1", "--no-dashboard"),
            *("--preload", "nas.training.worker"),
            OMP_NUM_THREADS="4",
        )
        end = time.monotonic() + _PATIENCE
        while not (executor.capacity and len(executor.workers) == 2):
            assert time.monotonic() < end, f"the workers never came: {executor.workers}"
            time.sleep(0.1)
        yield executor
        for process in (ours, other):
            process.send_signal(signal.SIGINT)
    for process in (ours, other):
        assert process.wait(_PATIENCE) is not None


def _threads() -> str | None:
    return os.environ.get("OMP_NUM_THREADS")


def _hang() -> None:
    time.sleep(3_600)


def _lose(name: str) -> None:
    raise MissingDataError("gone again", name=name, sha256=work().data.sha256)


@pytest.mark.slow
def test_tasks_go_to_workers_that_compute_as_we_do(executor: WorkerExecutor) -> None:
    assert room(executor, at_most=8) == 1
    assert {executor.submit(_threads).result(_PATIENCE) for _ in range(4)} == {"1"}


@pytest.mark.slow
@pytest.mark.keras
def test_a_worker_without_the_data_is_sent_the_training_images_and_trains_the_same(executor: WorkerExecutor, cache: Path) -> None:
    there = executor.submit(train_one, work(BASELINES["basic"])).result(_PATIENCE)
    here = train_one(work(BASELINES["basic"]))
    assert untimed(there.curve) == untimed(here.curve)
    assert_same(there.checkpoint, here.checkpoint)
    files = sorted(path.name for path in cache.rglob("*.*") if path.is_file())
    assert files == ["manifest.json", "train_images.npy", "train_labels.npy"]  # no test image


@pytest.mark.slow
def test_a_worker_that_loses_its_data_at_once_is_given_up(executor: WorkerExecutor) -> None:
    with pytest.raises(TrainingError, match="a worker has lost mnist:2000 as soon as it was sent"):
        executor.submit(_lose, "mnist:2000").result(_PATIENCE)


def _answer_of(module: str) -> int:
    try:
        return int(importlib.import_module(module).ANSWER)
    except ModuleNotFoundError:
        raise MissingModuleError("not here", module=module) from None


@pytest.mark.slow
def test_a_module_of_the_users_is_sent_to_a_worker_that_does_not_find_it(
    executor: WorkerExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "far_away.py").write_text("ANSWER = 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert executor.submit(_answer_of, "far_away").result(_PATIENCE) == 42
    with pytest.raises(SpaceError, match="The module nowhere is not here any more, and a worker needs it"):
        executor.submit(_answer_of, "nowhere").result(_PATIENCE)


@pytest.mark.slow
def test_a_task_that_hangs_is_ended_and_says_how_long_it_had(executor: WorkerExecutor) -> None:
    begun = time.monotonic()
    with pytest.raises(TrainingError, match="it took more than 60 seconds"):
        executor.submit(Timed(_hang, 0.5, allowed=60)).result(_PATIENCE)
    assert time.monotonic() - begun < _PATIENCE / 2
    assert executor.submit(_threads).result(_PATIENCE) == "1"


@pytest.mark.slow
def test_workers_of_other_threads_alone_are_refused_in_a_sentence(scheduler: Path, executor: WorkerExecutor) -> None:
    assert executor.capacity == 1
    address = next(address for address in executor.workers if executor.takes(address))
    executor._client.retire_workers([address])
    with (
        pytest.raises(StudyError, match=r"No worker of .* can train here: .* has OMP_NUM_THREADS 4, where this machine has 1\."),
        open_workers(1, log=scheduler.with_name("unused.log"), cluster=str(scheduler)),
    ):
        pass


def _watch(executor: WorkerExecutor, *, until: float) -> None:
    while time.monotonic() < until:
        assert executor.capacity == 0
        time.sleep(0.1)


@pytest.mark.slow
def test_a_scheduler_that_is_gone_is_told_in_a_sentence(tmp_path: Path) -> None:
    from distributed import Client

    file = tmp_path / "scheduler.json"
    command = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    process = _start(tmp_path, "scheduler", "distributed.cli.dask_scheduler", *command)
    end = time.monotonic() + _PATIENCE
    while not file.exists():
        assert time.monotonic() < end, "the scheduler never came"
        time.sleep(0.05)
    with Client(require_scheduler(str(file)), timeout=1, set_as_default=False) as client:
        executor = WorkerExecutor(client, resource="none")
        assert executor.capacity == 0
        process.kill()
        process.wait(_PATIENCE)
        with pytest.raises(TrainingError, match=r"^The worker processes are gone; start it again and it goes on\.$"):
            _watch(executor, until=end)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("nonsense", "nonsense is no address of a scheduler"),
        ("http://host:80", "is no address of a scheduler"),
        ("tcp://host", "is no address of a scheduler"),
        ("tcp://[::1:8786", "is no address of a scheduler"),
        ("tcp://127.0.0.1:1", r"cannot be reached \(Connection refused\)"),
    ],
)
def test_a_place_without_a_scheduler_is_refused_in_a_sentence(place: str, words: str) -> None:
    with pytest.raises(StudyError, match=words):
        require_scheduler(place)


def test_a_file_that_is_no_scheduler_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some.json").write_text("[]")
    with pytest.raises(StudyError, match="is no scheduler file"):
        require_scheduler(str(tmp_path / "some.json"))


def test_a_timed_function_gives_what_it_would_without_a_limit() -> None:
    assert Timed(len, 30.0, allowed=30.0)("four") == 4
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
