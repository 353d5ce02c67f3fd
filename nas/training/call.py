"""What goes to a worker process: a call, how long it may take, and what comes of it or is missing there."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from nas.data import keep, pack
from nas.errors import MissingDataError, MissingModuleError, SpaceError
from nas.training.module_source import keep_module, look_here, module_source


@dataclass(frozen=True)
class Timed:
    """A function that may take so long; the process of one that takes longer is killed, whatever it is at."""

    function: Callable[..., Any]
    seconds: float
    allowed: float
    """Seconds that whoever is told of it knows of, of which some may have been used before."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        """What the function gives.

        The alarm's default action ends a process from outside Python, so that it also ends one that hangs inside a kernel.
        """
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            return self.function(*given, **named)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


@dataclass(frozen=True)
class Call:
    """What is to be called."""

    function: Callable[..., Any]
    given: tuple[Any, ...]
    named: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What Dask's own pages call it."""
        inner = self.function.function if isinstance(self.function, Timed) else self.function
        return getattr(inner, "__name__", "task")


class MissingData(NamedTuple):
    """A data set that a worker's cache lacks."""

    name: str
    sha256: str

    @property
    def parcel(self) -> Call:
        """What puts it there."""
        return Call(keep, (pack(self.sha256, name=self.name),), {})


class MissingModule(NamedTuple):
    """A module of the user's that a worker does not find."""

    name: str

    @property
    def parcel(self) -> Call:
        """What puts it there.

        Raises:
            SpaceError: If it is not to be found here either.
        """
        look_here()
        source = module_source(self.name)
        if source is None:
            raise SpaceError(f"The module {self.name} is not here any more, and a worker needs it.")
        return Call(keep_module, (self.name, source), {})


@dataclass(frozen=True)
class Answer:
    """What came of a call, and where."""

    value: Any
    worker: str
    """The worker's address."""
    resident_bytes: int
    """Memory that its process holds."""
    missing: MissingData | MissingModule | None = None
    """What the worker lacks; then there is no value."""


def answer(call: Call, parcels: tuple[Call, ...] = ()) -> Answer:
    """Makes a call, in the worker process that it was sent to, once the parcels that came with it are put away."""
    import psutil
    from distributed import get_worker

    value: Any = None
    missing: MissingData | MissingModule | None = None
    for parcel in parcels:
        parcel.function(*parcel.given, **parcel.named)
    try:
        value = call.function(*call.given, **call.named)
    except MissingDataError as error:
        missing = MissingData(error.name, error.sha256)
    except MissingModuleError as error:
        missing = MissingModule(error.module)
    return Answer(value, get_worker().address, psutil.Process().memory_info().rss, missing)
