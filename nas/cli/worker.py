"""`nas worker`: processes of this machine that train for a cluster's searches."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number


def worker(
    scheduler: Annotated[str, Parameter(help="Address of a Dask scheduler such as tcp://host:8786, or its scheduler file.")],
    /,
    *,
    count: Annotated[
        int | None, Parameter(help="Processes of one thread (default: one for each processor).", validator=Number(gte=1))
    ] = None,
) -> None:
    """Train for the searches that use a Dask scheduler, until Ctrl-C.

    It is `dask worker` with what `nas` needs: one thread a process, Keras loaded beforehand, and word of the versions that run
    here. Searches use the workers whose versions are theirs. Data sets come over the network where this machine lacks them.

    For example:

    - `dask scheduler` on one machine, then
    - `nas worker tcp://host:8786` on each that trains, and
    - `nas search --cluster tcp://host:8786`
    """
    import os
    import sys

    from nas.cli.output import say
    from nas.training.cluster import QUIET, available_cores
    from nas.training.facts import ONE_THREAD
    from nas.training.remote import require_scheduler

    require_scheduler(scheduler)
    processes = count or available_cores()
    where = ["--scheduler-file", scheduler] if Path(scheduler).is_file() else [scheduler]
    say(f"{processes} worker{'s' if processes > 1 else ''} for {scheduler}; Ctrl-C ends {'them' if processes > 1 else 'it'}.")
    flags = ["--nworkers", str(processes), "--nthreads", "1", "--preload", "nas.training.worker", "--no-dashboard"]
    sys.stdout.flush()
    os.execve(
        sys.executable,
        [sys.executable, "-m", "distributed.cli.dask_worker", *where, *flags],
        {**os.environ, **ONE_THREAD, **QUIET},
    )
