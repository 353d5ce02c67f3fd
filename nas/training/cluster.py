"""Many works at once: worker processes of one thread each, on Dask."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nas import __version__
from nas.errors import TrainingError
from nas.training.executor import ATTEMPTS, WorkerExecutor
from nas.training.versions import versions

LOG_VARIABLE = "NAS_WORKER_LOG"
"""Environment variable with the file that workers write their own output to."""

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""What a worker process is started with: others would take each other's processors, and order their sums in another way."""

_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "2"}


def available_cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS


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
    from distributed import Client, LocalCluster

    settings: dict[str, Any] = {
        "distributed.nanny.pre-spawn-environ": ONE_THREAD | _QUIET | {LOG_VARIABLE: str(log.absolute())},
        "distributed.worker.preload": ["nas.training.worker"],
        "distributed.scheduler.allowed-failures": 0,  # the executor counts, and tries again
        "distributed.scheduler.work-stealing": False,
        "distributed.comm.timeouts.connect": "60s",
        "distributed.deploy.lost-worker-timeout": "7d",  # else a worker that takes 15 s to come back is given up for good
    }
    _quieten()
    with dask.config.set(settings), TemporaryDirectory(prefix="nas-workers-", ignore_cleanup_errors=True) as scratch:
        try:
            cluster = LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # its HTTP server starts anyway: on a port that is free
                silence_logs="CRITICAL",
                local_directory=scratch,
            )
        except (OSError, TimeoutError, RuntimeError) as error:
            raise TrainingError(f"The worker processes could not be started ({error}); see whether memory is free.") from error
        with cluster, Client(cluster) as client:
            yield WorkerExecutor(client, resource=resource_of(own_facts()))


def own_facts() -> dict[str, str]:
    """What a worker must have in common with this process, so that it computes what one of ours would."""
    return {"nas": __version__, **versions(), **ONE_THREAD}


def worker_facts() -> dict[str, str]:
    """The same as a worker finds them where it runs."""
    return {"nas": __version__, **versions()} | {name: os.environ.get(name, "unset") for name in ONE_THREAD}


def resource_of(facts: Mapping[str, str]) -> str:
    """What Dask calls the right to run a training: workers that differ in a fact have another one."""
    return f"nas-{sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]}"


def describe_death(error: BaseException) -> str:
    """Why a future failed, in words."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return f"its worker process died {ATTEMPTS} times, as it does when memory runs out"
    if isinstance(error, TrainingError):
        return str(error)
    return f"{type(error).__name__}: {error}".splitlines()[0]


def _quieten() -> None:
    import logging

    for name in ("distributed", "asyncio", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
