"""Who trains: workers that start when they are first needed."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from nas.training.cluster import open_workers, trainings_at_once
from nas.training.executor import WorkerExecutor


class Crew:
    """Processes of this machine, or the workers of a cluster, which start when first needed and stay until the block ends.

    A search and its verdict share one: what takes its time, such as importing TensorFlow, is then done once.

    Args:
        workers: Trainings at once, and processes of this machine; None for one for each processor, of a cluster for all it has.
        log: File that the output of this machine's workers is appended to.
        cluster: Address or file of a Dask scheduler whose workers train, or None for processes of this machine.
        say: Is told what a person should know of such a cluster.
    """

    def __init__(
        self, workers: int | None, *, log: Path, cluster: str | None = None, say: Callable[[str], None] = lambda _: None
    ) -> None:
        self.cluster, self._log, self._say = cluster, log, say
        self.at_once = trainings_at_once(workers, cluster=cluster)
        """Most trainings at once."""
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def processes(self) -> int | None:
        """Processes of this machine that train, or None for those of a cluster, as many as come."""
        return self.at_once if self.cluster is None else None

    @cached_property
    def executor(self) -> WorkerExecutor:
        """Where trainings are submitted; the first who asks waits for the workers to start.

        Raises:
            TrainingError: If the processes cannot be started.
            StudyError: If the cluster cannot be used.
        """
        return self._stack.enter_context(open_workers(self.at_once, log=self._log, cluster=self.cluster, say=self._say))
