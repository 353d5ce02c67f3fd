"""A function called in a process of its own: what converters leak, print or break stays there."""

import os
import pickle
import sys
from collections.abc import Callable
from subprocess import DEVNULL, PIPE, TimeoutExpired, run
from typing import Final, ParamSpec, TypeVar

from nas.errors import ExportError, NasError

_Given = ParamSpec("_Given")
_Came = TypeVar("_Came")
_ENVIRONMENT: Final = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
}
TIMEOUT_SECONDS: Final = 1_800.0
"""Far longer than any conversion here takes."""
_CALLER: Final = "from nas.exporting.apart import _answer; _answer()"


def apart(function: Callable[_Given, _Came], /, *args: _Given.args, **kwargs: _Given.kwargs) -> _Came:
    """What a function returns that runs on one thread of a fresh process, silently.

    The process ends with its answer, and with whoever waits for it.

    Args:
        function: A module's function; it, its arguments and its value are pickled.
        args: What it is called with.
        kwargs: What it is called with by name.

    Raises:
        ExportError: If the process dies, for example of memory, or the function fails in a way of its own; a `NasError`
            of the function is raised as it is.
    """
    question = pickle.dumps(sys.path) + pickle.dumps((function, args, kwargs))
    what = function.__name__.strip("_").replace("_", " ")
    try:
        ended = run(
            [sys.executable, "-P", "-c", _CALLER],  # a numpy.py in the current folder is nobody's numpy
            input=question,
            stdout=PIPE,
            stderr=DEVNULL,
            env=os.environ | _ENVIRONMENT,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except TimeoutExpired:
        raise ExportError(f"The process that was to {what} had not ended after {TIMEOUT_SECONDS:g} s.") from None
    if ended.returncode or not ended.stdout:
        how = f"signal {-ended.returncode}" if ended.returncode < 0 else f"exit code {ended.returncode} and no answer"
        raise ExportError(f"The process that was to {what} ended with {how}; free some memory and try again.")
    came, failure = pickle.loads(ended.stdout)
    if isinstance(failure, NasError):
        raise failure
    if failure is not None:
        raise ExportError(f"The process that was to {what} failed ({failure}).")
    value: _Came = came
    return value


def _answer() -> None:
    """The other side: one pickled question on stdin, one pickled answer on stdout."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # converters print, some of them from C++
    sys.path = pickle.load(sys.stdin.buffer)
    came: object = None
    failure: NasError | str | None = None
    try:
        function, args, kwargs = pickle.load(sys.stdin.buffer)
        came = function(*args, **kwargs)
    except NasError as error:
        failure = error
    except Exception as error:
        failure = (f"{type(error).__name__}: {error}".splitlines() or [""])[0][:300]
    with answers:
        pickle.dump((came, failure), answers)
        answers.flush()
        os._exit(0)  # what TensorFlow would do on its way out takes a second and has crashed
