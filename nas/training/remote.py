"""Workers of a Dask scheduler that somebody else started."""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nas.errors import StudyError
from nas.training.executor import WorkerExecutor
from nas.training.facts import own_facts, resource_of, worker_facts

if TYPE_CHECKING:
    from distributed import Client

_CONNECT_SECONDS = 20
_SETTLE_SECONDS = 10.0
"""How long workers that have just been started may take to come, before those of other versions are complained of."""


@contextmanager
def cluster_workers(place: str, *, say: Callable[[str], None]) -> Iterator[WorkerExecutor]:
    """An executor over the workers of a scheduler that run the same versions; they may come and go.

    Args:
        place: The scheduler's address such as tcp://host:8786, or the path of its scheduler file.
        say: Is told what a person at the terminal should know.

    Raises:
        StudyError: If it cannot be reached, or has workers of which none can be used.
    """
    import dask
    from distributed import Client

    address = require_scheduler(place)
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise _unreachable(place, error) from None
    with client, dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"}):  # a data set goes with a task
        executor = WorkerExecutor(client, resource=resource_of(own_facts()))
        _look_around(client, executor, place=place, say=say)
        yield executor


def require_scheduler(place: str) -> str:
    """The address of a scheduler, once something answers there.

    Args:
        place: An address such as tcp://host:8786, or the path of a scheduler file.

    Raises:
        StudyError: If it is neither, or nothing answers.
    """
    address = _address_in(Path(place)) if Path(place).is_file() else place
    scheme, host, port = "", None, None
    with suppress(ValueError):
        parts = urlsplit(address)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    if scheme not in {"tcp", "tls"} or not host or not port:
        raise StudyError(f"{place} is no address of a scheduler, such as tcp://host:8786, and no scheduler file.")
    try:
        socket.create_connection((host, port), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise _unreachable(place, error) from None
    return address


def _address_in(file: Path) -> str:
    try:
        return str(json.loads(file.read_bytes())["address"])
    except (OSError, ValueError, KeyError, TypeError):
        raise StudyError(f"{file} is no scheduler file; `dask scheduler --scheduler-file {file}` writes one.") from None


def _unreachable(place: str, error: OSError) -> StudyError:
    why = error.strerror or str(error) or type(error).__name__
    return StudyError(
        f"The scheduler {place} cannot be reached ({why}); give the address that `dask scheduler` printed, or its file."
    )


def _look_around(client: "Client", executor: WorkerExecutor, *, place: str, say: Callable[[str], None]) -> None:
    begun = monotonic()
    while not executor.capacity and executor.workers and monotonic() - begun < _SETTLE_SECONDS:
        sleep(0.2)  # a worker that is just starting has not said yet what it has
    fitting = executor.capacity
    strange = {address: _difference(client, address) for address in executor.workers if not executor.takes(address)}
    if strange:
        address, why = next(iter(strange.items()))
        if not fitting:
            raise StudyError(f"No worker of {place} can train here: {address} {why}. Start workers with `nas worker {place}`.")
        say(f"{len(strange)} of the {len(executor.workers)} workers of {place} are left out: {address} {why}.")
    elif not fitting:
        say(f"{place} has no workers yet; waiting for the first that `nas worker {place}` starts.")


def _difference(client: "Client", address: str) -> str:
    """What keeps a worker from training for us."""
    theirs = client.run(worker_facts, workers=[address], on_error="return").get(address)
    if not isinstance(theirs, Mapping):
        return "has no nas, or another version of it"
    ours = own_facts()
    for name, value in ours.items():
        if theirs.get(name) != value:
            return f"has {name} {theirs.get(name, 'none')}, where this machine has {value}"
    return "was not started by `nas worker`"
