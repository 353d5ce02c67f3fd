"""Tasks for worker processes: one whose worker dies gets another, and a worker that has grown gives way to a fresh one."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, InvalidStateError, wait
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from nas.errors import NasError, TrainingError, first_line
from nas.training.call import Answer, Call, MissingData, MissingModule, Timed, answer

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as RemoteFuture

T = TypeVar("T")
LOOK_SECONDS = 0.5
"""How long whoever waits for tasks waits before it looks around."""

ATTEMPTS = 2
"""How many workers a task may kill before it counts as failed."""

GROWTH_BYTES = 512 * 2**20
"""By how much a worker's memory may grow after its first task: whatever trains long leaks a little."""

_INFO_SECONDS = 1.0
"""How old the list of workers may be."""


@dataclass(frozen=True)
class _Try:
    """A task under way."""

    call: Call
    outer: "Future[Any]"
    """What the caller waits for."""
    deaths: int = 0
    """Workers that it has killed by now."""
    parcels: Mapping[str, Call] = field(default_factory=dict)
    """What goes with it, since a worker lacked it: by the name of the data set or module."""
    begun: float = field(default_factory=monotonic)


class WorkerExecutor(Executor):
    """An executor over the worker processes of a Dask scheduler.

    Give it no more tasks at once than `capacity`: then whatever a worker dies of is the task that it was at.

    Args:
        client: Connected to the scheduler.
        resource: What Dask calls the right to run one task on a worker of ours; others get none.
    """

    def __init__(self, client: "Client", *, resource: str) -> None:
        self._client, self._resource = client, resource
        self._first_bytes: dict[str, int] = {}
        self._grown: set[str] = set()
        self._known: tuple[float, Mapping[str, Mapping[str, Any]]] = (float("-inf"), {})
        self._ended = False

    def submit(self, function: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        """A future for what the function gives in a worker process.

        It raises `distributed.KilledWorker` if the task killed its workers, and TrainingError if it took longer than a
        `Timed` function may.
        """
        if self._ended:
            raise RuntimeError("The executor was shut down.")
        self._replace_the_grown()
        outer: Future[Any] = Future()
        self._begin(_Try(Call(function, given, named), outer))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - as Executor
        """Takes no more tasks; those under way end with the client."""
        self._ended = True

    @property
    def workers(self) -> Mapping[str, Mapping[str, Any]]:
        """What the scheduler knows of each worker, by address; up to a second old.

        Raises:
            TrainingError: If the scheduler is gone.
        """
        when, known = self._known
        if monotonic() - when >= _INFO_SECONDS:
            found = self._client.scheduler_info(n_workers=-1)
            if "workers" not in found:  # a client that has lost its scheduler for good
                raise gone()
            known = found["workers"]
            self._known = (monotonic(), known)
        return known

    @property
    def capacity(self) -> int:
        """Tasks that can run at once now."""
        return sum(self.takes(address) for address in self.workers)

    def takes(self, address: str) -> bool:
        """Whether a worker runs tasks of ours, as far as is known."""
        return bool(self.workers.get(address, {}).get("resources", {}).get(self._resource))

    def _begin(self, attempt: _Try) -> None:
        key = f"{attempt.call.name}-{uuid4().hex}"
        parcels = tuple(attempt.parcels.values())
        inner = self._client.submit(answer, attempt.call, parcels, key=key, retries=0, resources={self._resource: 1})
        attempt.outer.add_done_callback(lambda outer: _give_up(inner) if outer.cancelled() else None)
        inner.add_done_callback(lambda done: self._land(attempt, done))

    def _land(self, attempt: _Try, inner: "RemoteFuture[Any]") -> None:
        """Passes on what came of a try, or tries again; whatever goes wrong here must reach whoever waits."""
        with suppress(InvalidStateError):  # the caller has given it up meanwhile
            try:
                self._deliver(attempt, inner)
            except Exception as error:
                attempt.outer.set_exception(error)

    def _deliver(self, attempt: _Try, inner: "RemoteFuture[Any]") -> None:
        from distributed import KilledWorker

        if inner.cancelled():
            attempt.outer.cancel()
            attempt.outer.set_running_or_notify_cancel()
            return
        try:
            came: Answer = inner.result()
        except KilledWorker as error:
            self._bury(attempt, error)
            return
        self._weigh(came)
        if came.missing is None:
            attempt.outer.set_result(came.value)
        else:
            self._send_with(attempt, came.missing)

    def _bury(self, attempt: _Try, error: Any) -> None:
        function = attempt.call.function
        if isinstance(function, Timed) and monotonic() - attempt.begun >= function.seconds:
            attempt.outer.set_exception(TrainingError(f"it took more than {function.allowed:g} seconds"))
            return
        deaths = attempt.deaths + error.allowed_failures + 1
        if deaths < ATTEMPTS:
            self._begin(_Try(attempt.call, attempt.outer, deaths=deaths, parcels=attempt.parcels))
        else:
            attempt.outer.set_exception(error)

    def _send_with(self, attempt: _Try, missing: MissingData | MissingModule) -> None:
        """Sends the task again, to whichever worker is free, and with it what the last one lacked."""
        if missing.name in attempt.parcels:
            attempt.outer.set_exception(TrainingError(f"a worker has lost {missing.name} as soon as it was sent"))
            return
        parcels = {**attempt.parcels, missing.name: missing.parcel}
        self._begin(_Try(attempt.call, attempt.outer, deaths=attempt.deaths, parcels=parcels))

    def _weigh(self, answer: Answer) -> None:
        first = self._first_bytes.setdefault(answer.worker, answer.resident_bytes)
        if answer.resident_bytes > first + GROWTH_BYTES:
            self._grown.add(answer.worker)

    def _replace_the_grown(self) -> None:
        """Restarts workers whose memory has grown; they are idle, or left for the next time."""
        if not self._grown:
            return
        busy = {worker for worker, tasks in self._client.processing().items() if tasks}
        idle = sorted(worker for worker in self._grown - busy if self.workers.get(worker, {}).get("nanny"))
        self._grown &= busy
        if idle:
            self._client.restart_workers(idle, timeout=60, raise_for_error=False)


def _give_up(inner: "RemoteFuture[Any]") -> None:
    with suppress(Exception):  # a client that is closed has nothing under way any more, and says so by raising
        inner.cancel()


def gone() -> TrainingError:
    """What is told where there is nobody any more who could train."""
    return TrainingError("The worker processes are gone; start it again and it goes on.")


def room(executor: Executor, *, at_most: int) -> int:
    """How many tasks an executor can run at once now, up to a number."""
    return min(at_most, executor.capacity) if isinstance(executor, WorkerExecutor) else at_most


def run_all(
    function: Callable[..., T], given: Sequence[tuple[Any, ...]], *, executor: Executor, at_most: int, what: str
) -> tuple[T, ...]:
    """What a function gives for each tuple of arguments, in order; no more are under way at once than run.

    Args:
        function: Called in worker processes.
        given: The arguments of each call.
        executor: Over those processes.
        at_most: Calls at once, if there are workers for so many.
        what: What is done, as the beginning of a sentence about a worker that died of it.

    Raises:
        TrainingError: If a call kills its workers.
        NasError: What a call raises itself.
    """
    waiting, flying, came = deque(enumerate(given)), dict[Future[T], int](), dict[int, T]()
    try:
        while waiting or flying:
            while waiting and len(flying) < room(executor, at_most=at_most):
                index, arguments = waiting.popleft()
                flying[executor.submit(function, *arguments)] = index
            if not flying:
                sleep(LOOK_SECONDS)  # no worker is there
            for future in wait(flying, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED).done:
                came[flying.pop(future)] = _given(future, what=what)
    finally:
        for future in flying:
            future.cancel()
    return tuple(came[index] for index in range(len(given)))


def _given(future: "Future[T]", *, what: str) -> T:
    try:
        return future.result()
    except NasError:
        raise
    except CancelledError:
        raise gone() from None
    except Exception as error:
        raise TrainingError(f"{what} failed: {describe_death(error)}.") from error


def describe_death(error: BaseException) -> str:
    """Why a future failed, in words."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return f"its worker process died {ATTEMPTS} times, as it does when memory runs out"
    return first_line(error)
