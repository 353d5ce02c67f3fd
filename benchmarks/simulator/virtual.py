"""Workers in virtual time: a search of ten minutes passes in seconds, through the real driver."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from heapq import heappop, heappush
from itertools import count
from typing import Any

from nas.training.work import Segment


class VirtualWorkers(Executor):
    """Runs each segment at once and hands it out when its virtual time has come; its rows say how long an epoch takes.

    Args:
        workers: Works that pass side by side.
        start: Virtual seconds that a network takes to be built and traced.
        overhead: Virtual seconds that each segment takes besides its epochs.
    """

    def __init__(self, *, workers: int, start: float, overhead: float) -> None:
        self._start, self._overhead = start, overhead
        self._free = [0.0] * workers
        self._pending: list[tuple[float, int, Future[Any], Segment]] = []
        self._number = count()
        self._now = 0.0

    def clock(self) -> float:
        """Virtual seconds since the start."""
        return self._now

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Gives a work to the worker that is free first."""
        segment = fn(*args, **kwargs)
        future: Future[Any] = Future()
        self._free.sort()
        begins = max(self._free[0], self._now) + self._overhead + (self._start if segment.curve[0].epoch == 1 else 0)
        ends = begins + sum(row.seconds for row in segment.curve)
        self._free[0] = ends
        heappush(self._pending, (ends, next(self._number), future, segment))
        return future

    def wait(self, futures: Iterable[Future[Any]], **_: object) -> tuple[set[Future[Any]], set[Future[Any]]]:
        """Lets time pass until the next segment ends."""
        ends, _number, future, segment = heappop(self._pending)
        self._now = ends
        future.set_result(segment)
        return {future}, set(futures) - {future}
