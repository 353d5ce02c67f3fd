"""A process beside this one that builds and counts a user's networks, so that this one needs no Keras.

It lives from question to question: what it is asked for is a network, and while it builds it asks back for the value of each
hyperparameter that the build comes to need.
"""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, Final
from weakref import finalize

from nas.architecture import Factory, Suggest
from nas.architecture.suggest import Value
from nas.errors import NasError
from nas.training.declared import Declared, Wanted, draw

SECONDS: Final = 120.0
"""How long a build may take; the first one imports Keras as well."""
_ENVIRONMENT: Final = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",  # counting needs no accelerator
    "JAX_PLATFORMS": "cpu",
}
_CALLER: Final = "import sys; from nas.training.builder import _serve; _serve(int(sys.argv[1]))"

_Path = tuple[tuple[str, Value], ...]
"""Hyperparameters with their values, in the order in which a build asked for them."""


@dataclass
class Builder:
    """Draws networks of one build function; what was built once is remembered.

    Args:
        wanted: What is built.
        seconds: How long a build may take.
    """

    wanted: Wanted
    seconds: float = SECONDS
    _known: dict[_Path, Declared | Factory] = field(default_factory=dict)

    def draw(self, trial: Suggest) -> Factory:
        """The network of a trial's choices; where it cannot be built, with the reason.

        Raises:
            SpaceError: If there is no such function, no network can be searched with it, or it changes the range of a name.
        """
        path: _Path = ()
        while isinstance(known := self._known.get(path), Declared):
            path = (*path, (known.name, draw(known, trial)))
        if known is not None:
            return known
        return self._build(path, trial)

    def _build(self, path: _Path, trial: Suggest) -> Factory:
        """Lets the process build; it asks for what follows the path."""
        process, chosen = _process_for(self.wanted), dict(path)
        try:
            process.send((sys.path, self.wanted))
            deadline = monotonic() + self.seconds
            while isinstance(came := process.receive(until=deadline, limit=self.seconds), Declared):
                if came.name not in chosen:
                    chosen[came.name] = draw(came, trial)
                    self._known[path] = came
                    path = (*path, (came.name, chosen[came.name]))
                process.send(chosen[came.name])
        except BaseException:
            process.end()  # it waits for an answer that nobody has
            raise
        if isinstance(came, NasError):
            raise came
        factory = came if isinstance(came, Factory) else self._failed(str(came), chosen)
        self._known[path] = factory
        return factory

    def _failed(self, reason: str, chosen: dict[str, Value]) -> Factory:
        return Factory(
            source=self.wanted.source,
            sha256=self.wanted.sha256,
            input_shape=self.wanted.input_shape,
            classes=self.wanted.classes,
            values=chosen,
            failure=reason,
        )


_latest: list["_Process"] = []
"""The process that all builders share, since it takes seconds to start."""


def _process_for(wanted: Wanted) -> "_Process":
    """A process in which the module is not there yet, or as it is now."""
    module, _, _ = wanted.source.partition(":")
    if not _latest or not _latest[0].alive or _latest[0].sources.get(module, wanted.sha256) != wanted.sha256:
        _latest[:] = [_Process()]
    _latest[0].sources[module] = wanted.sha256
    return _latest[0]


class _Process:
    """The process, and the pipe to it; it ends with this one."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}
        """Hash of the source of each module that it was asked for."""
        self._pipe, other = Pipe()
        with other:
            self._running = subprocess.Popen(
                [sys.executable, "-P", "-c", _CALLER, str(other.fileno())],  # a numpy.py in the current folder is nobody's numpy
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | _ENVIRONMENT,
                pass_fds=(other.fileno(),),
            )
        self.end: Callable[[], Any] = finalize(self, _end, self._running, self._pipe)

    @property
    def alive(self) -> bool:
        return self._running.poll() is None

    def send(self, message: object) -> None:
        try:
            self._pipe.send(message)
        except OSError:  # it has died; whoever waits for its answer is told
            return

    def receive(self, *, until: float, limit: float) -> Any:
        """What it says next; a sentence where it does not any more.

        Args:
            until: The moment, by the monotonic clock, up to which is waited.
            limit: How many seconds a build has, for the sentence.
        """
        try:
            if (left := until - monotonic()) > 0 and self._pipe.poll(left):
                return self._pipe.recv()
        except (EOFError, OSError):
            code = self._running.wait()
            return f"the process that builds it ended with {f'signal {-code}' if code < 0 else f'exit code {code}'}"
        self.end()
        return f"it was not built within {limit:g} s"


def _end(process: "subprocess.Popen[bytes]", pipe: Connection) -> None:
    pipe.close()
    process.kill()
    process.wait()


def _serve(descriptor: int) -> None:
    """The other side: networks on request, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe = Connection(descriptor)

    def ask(declared: Declared) -> Value:
        pipe.send(declared)
        value: Value = pipe.recv()
        return value

    from nas.training.hypermodel import count

    gc.collect()
    gc.freeze()  # else each collection looks through all of TensorFlow, which takes longer than a build
    while True:
        try:
            sys.path, wanted = pipe.recv()
        except EOFError:
            os._exit(0)
        try:
            pipe.send(count(wanted, ask, values={}))
        except NasError as error:
            pipe.send(error)
