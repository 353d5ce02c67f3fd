"""What holds around every word: a process that was asked on purpose, and is left as it was."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import current_process
from typing import Final

from nas.library.showing import Display, choose_display

_LOGGERS: Final = ("distributed", "asyncio", "tornado")
"""Those that starting workers makes quiet."""


@contextmanager
def at_work(*, progress: bool) -> Iterator[Display]:
    """Where a word shows how it goes on; what starting workers changes in this process is changed back.

    Dask puts the workers' variables, such as one thread for each, into the environment of the process that starts them. In a
    notebook a TensorFlow that is imported later would find them there.

    Args:
        progress: Whether anything is shown.

    Raises:
        SystemExit: If this is a process of `multiprocessing` that runs its parent's script a second time.
    """
    _require_own_script()
    environment = dict(os.environ)
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    try:
        yield choose_display(progress=progress)
    finally:
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
        os.environ.update(environment)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def going_on(display: Display) -> Iterator[None]:
    """Says, when interrupted, that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt:
        display.say("Stopped; everything is kept. The same call goes on.")
        raise


def _require_own_script() -> None:
    """Nothing, but in a spawned process that is still reading the script of the one that spawned it, which ends.

    Our own workers never read it (`nas.training.cluster`); a script's own `multiprocessing` does. The attribute is how
    `multiprocessing` itself finds out, in the middle of starting workers. A traceback from each of its processes would bury the
    sentence, so none is raised.
    """
    if getattr(current_process(), "_inheriting", False):
        sys.exit(
            "nas: A process that multiprocessing began reads this script again, and comes to nas a second time; put what the"
            ' script does under `if __name__ == "__main__":`.'
        )
