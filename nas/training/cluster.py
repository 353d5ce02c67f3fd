"""Many works at once: worker processes of one thread each, on Dask."""

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import active_children, resource_tracker, spawn
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import TYPE_CHECKING, Any

from nas.errors import TrainingError
from nas.training.executor import WorkerExecutor
from nas.training.facts import ONE_THREAD, own_facts, resource_of

if TYPE_CHECKING:
    from distributed import LocalCluster
    from tornado.ioloop import IOLoop

LOG_VARIABLE = "NAS_WORKER_LOG"
"""Environment variable with the file that workers write their own output to."""

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "2"}
"""Leaves TensorFlow's greetings out of a worker's output."""

_LOOKS, _BETWEEN_LOOKS_SECONDS = 6, 0.05
"""How often processes are looked for that are just being started, when all of it ends."""
_WORKER_NAME = "Dask Worker process"
"""How Dask calls the processes that it spawns for workers."""


def available_cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS


def trainings_at_once(workers: int | None, *, cluster: str | None) -> int:
    """How many trainings run at once, if so many workers were asked for; of a cluster, as many as it has."""
    if workers is not None:
        return workers
    return available_cores() if cluster is None else sys.maxsize


@contextmanager
def open_workers(
    count: int, *, log: Path, cluster: str | None = None, say: Callable[[str], None] = lambda _: None
) -> Iterator[WorkerExecutor]:
    """An executor over `count` processes of this machine, or over the workers of a cluster.

    Args:
        count: Number of processes; of a cluster, all are used that are there.
        log: File that the output of this machine's workers is appended to.
        cluster: Address or file of a Dask scheduler, or None.
        say: Is told what a person at the terminal should know.

    Raises:
        TrainingError: If the processes cannot be started.
        StudyError: If the cluster cannot be used.
    """
    if cluster is None:
        with local_workers(count, log=log) as executor:
            yield executor
        return
    from nas.training.remote import cluster_workers

    _quieten()
    with cluster_workers(cluster, say=say) as executor:
        yield executor


@contextmanager
def local_workers(count: int, *, log: Path) -> Iterator[WorkerExecutor]:
    """An executor over `count` processes of one thread, which are replaced when they die.

    A task whose worker dies runs again on another; one that kills two workers raises from its future.
    The processes end with the block, and with this process however it ends.

    Args:
        count: Number of processes.
        log: File that the workers' own output is appended to.

    Raises:
        TrainingError: If the processes cannot be started.
    """
    import dask
    from distributed import Client

    settings: dict[str, Any] = {
        "distributed.nanny.pre-spawn-environ": ONE_THREAD | QUIET | {LOG_VARIABLE: str(log.absolute())},
        "distributed.worker.preload": ["nas.training.worker"],
        "distributed.scheduler.allowed-failures": 0,  # the executor counts, and tries again
        "distributed.scheduler.work-stealing": False,
        "distributed.comm.timeouts.connect": "60s",
        "distributed.deploy.lost-worker-timeout": "7d",  # else a worker that takes 15 s to come back is given up for good
    }
    _quieten()
    scratch_folder = TemporaryDirectory(prefix="nas-workers-", ignore_cleanup_errors=True)
    with (
        dask.config.set(settings),
        _without_main(),
        scratch_folder as scratch,
        _deaf_loop() as loop,
        _start_cluster(count, scratch=scratch, loop=loop) as cluster,
    ):
        try:
            with Client(cluster) as client:
                yield WorkerExecutor(client, resource=resource_of(own_facts()))
        except BaseException:
            _kill_processes(cluster)
            raise


@contextmanager
def _deaf_loop() -> "Iterator[IOLoop]":
    """Dask's event loop in a thread that blocks SIGINT.

    So do the processes that it starts, from their first moment on: Ctrl-C at a terminal goes to them too, and one that is still
    importing would show a traceback.
    """
    from distributed.utils import LoopRunner

    start_tracker()  # else the first process that is started does so, and unblocks the signal
    runner, before = LoopRunner(), signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        runner.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        yield runner.loop
    finally:
        runner.stop()


def start_tracker() -> None:
    """Starts the process that `multiprocessing` has for semaphores, and has it say nothing.

    It removes those that killed processes leave, which is its work and no concern of the person who pressed Ctrl-C, and
    warns of each on the terminal; also of one that was removed already, if the process ended before it could tell.
    """
    before = os.environ.get("PYTHONWARNINGS")
    silent = "ignore::UserWarning:multiprocessing.resource_tracker"
    os.environ["PYTHONWARNINGS"] = silent if before is None else f"{before},{silent}"
    try:
        resource_tracker.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before


def _kill_processes(cluster: "LocalCluster") -> None:
    """Ends the processes at once; Dask would give each four seconds for a task whose result nobody waits for any more."""
    for nanny in cluster.workers.values():
        nanny.auto_restart = False
        if nanny.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(nanny.pid, signal.SIGKILL)


def _start_cluster(count: int, *, scratch: str, loop: "IOLoop") -> "LocalCluster":
    """Scheduler and processes.

    Raises:
        TrainingError: If a process cannot be started, or dies again and again while it starts.
    """
    import psutil
    from distributed import LocalCluster

    from nas.training.nanny import PatientNanny

    before, others = set(LocalCluster._instances), set(active_children())
    there = {child.pid for child in psutil.Process().children()}  # another search's, or the user's own
    PatientNanny.patient = True
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Creating scratch directories", category=UserWarning)  # takes long
            return LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                processes=True,
                worker_class=PatientNanny,
                dashboard_address=None,
                # its HTTP server starts anyway: on a port that is free
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                silence_logs="CRITICAL",
                local_directory=scratch,
                loop=loop,
            )
    except (OSError, TimeoutError, RuntimeError) as error:
        raise TrainingError(f"The worker processes could not be started ({error}); see whether memory is free.") from error
    except BaseException:  # a signal; Dask's own end of what is half begun is a traceback
        LocalCluster._instances.intersection_update(before)
        PatientNanny.patient = False
        for child in set(active_children()) - others:
            if child.name.startswith(_WORKER_NAME):
                child.kill()  # one that is still starting would complain of what goes with this process
        for _ in range(_LOOKS):  # one may be on its way
            _kill_unlisted(spared=there)
            sleep(_BETWEEN_LOOKS_SECONDS)
        raise


def _kill_unlisted(*, spared: set[int]) -> None:
    """Ends worker processes of ours that `multiprocessing` has spawned and not listed yet."""
    import psutil

    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if (
                child.pid not in spared
                and LOG_VARIABLE in child.environ()
                and any("spawn_main" in word for word in child.cmdline())
            ):
                child.kill()


@contextmanager
def _without_main() -> Iterator[None]:
    """Has worker processes begin without the program that started them.

    `multiprocessing` runs the main module a second time in each process that it spawns, in case what is sent there was
    defined in it. Nothing of ours is, and a script that calls `nas.search()` outside of `if __name__ == "__main__":` would begin
    another search in each worker. It leaves the module out itself where there is no file to run, as in a notebook; here
    the same is done for Dask's workers, and for no other process, those that take the place of dead ones included.
    """
    complete = spawn.get_preparation_data

    def prepared(name: str) -> dict[str, Any]:
        data = complete(name)
        if not name.startswith(_WORKER_NAME):
            return data
        return {key: value for key, value in data.items() if not key.startswith("init_main_")}

    spawn.get_preparation_data = prepared
    try:
        yield
    finally:
        spawn.get_preparation_data = complete


def _quieten() -> None:
    import logging

    for name in ("distributed", "asyncio", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
