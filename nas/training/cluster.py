"""Many works at once: worker processes of one thread each, on Dask."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nas.errors import TrainingError

ATTEMPTS = 2
"""How many workers a work may kill before it counts as failed."""

LOG_VARIABLE = "NAS_WORKER_LOG"
"""Environment variable with the file that workers write their own output to."""

_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}


def available_cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS


@contextmanager
def local_workers(count: int, *, log: Path) -> Iterator[Executor]:
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
        "distributed.nanny.pre-spawn-environ": _ENVIRONMENT | {LOG_VARIABLE: str(log.absolute())},
        "distributed.worker.preload": ["nas.training.worker"],
        "distributed.scheduler.allowed-failures": ATTEMPTS - 1,
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
            executor = client.get_executor(pure=False, retries=0)
            try:
                yield executor
            finally:
                executor.shutdown(wait=False)  # whoever leaves does not wait for what is still in flight


def describe_death(error: BaseException) -> str:
    """Why a future failed, in words."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return f"its worker process died {ATTEMPTS} times, as it does when memory runs out"
    return f"{type(error).__name__}: {error}".splitlines()[0]


def _quieten() -> None:
    import logging

    for name in ("distributed", "asyncio", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
