"""A function called in a process of its own: what converters leak, print or break stays there."""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import ParamSpec, TypeVar

from nas.errors import ExportError

_Given = ParamSpec("_Given")
_Came = TypeVar("_Came")
_THREADS = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


def apart(function: Callable[_Given, _Came], /, *args: _Given.args, **kwargs: _Given.kwargs) -> _Came:
    """What a function returns that runs on one thread of a fresh process, silently.

    Args:
        function: A module's function; it, its arguments and its value are pickled.
        args: What it is called with.
        kwargs: What it is called with by name.

    Raises:
        ExportError: If the process dies, for example of memory. What the function raises is raised here as well.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, initializer=_begin) as pool:
        try:
            return pool.submit(function, *args, **kwargs).result()
        except BrokenProcessPool:
            raise ExportError(
                f"The process that was to {function.__name__.strip('_').replace('_', ' ')} died; free some memory and try again."
            ) from None


def _begin() -> None:
    os.environ.update(_THREADS, TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow")
    with Path(os.devnull).open("w") as nowhere:
        for stream in (1, 2):  # converters print on both, some of them from C++
            os.dup2(nowhere.fileno(), stream)
