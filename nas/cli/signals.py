"""The signals that end a command, which end it even where somebody swallows what they raise."""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from threading import Timer
from types import FrameType
from typing import Any

_ENDING = (signal.SIGINT, signal.SIGTERM)
_SOON_SECONDS = 0.05

_came: list[signal.Signals] = []
"""Those that came in, first to last."""


class Terminated(BaseException):
    """The process was asked to end (SIGTERM)."""


def listen() -> None:
    """From now on both signals are raised where they come in, and remembered; one that is ignored, as under nohup, stays so."""
    _came.clear()
    for one in _ENDING:
        if signal.getsignal(one) != signal.SIG_IGN:
            signal.signal(one, _raise_it)
    sys.unraisablehook = partial(_send_again, sys.unraisablehook)


def exit_code() -> int:
    """That of the first signal that came in; of SIGINT where somebody else raised what it raises."""
    return 128 + (_came[0] if _came else signal.SIGINT)


def raise_again() -> None:
    """Raises what came in and never arrived, since somebody caught it who catches everything.

    Raises:
        KeyboardInterrupt: After SIGINT.
        Terminated: After SIGTERM.
    """
    if _came:
        raise _exception(_came[0])


def _raise_it(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of handlers
    one = signal.Signals(signum)
    _came.append(one)
    raise _exception(one)


def _send_again(otherwise: Callable[[Any], object], lost: Any) -> None:
    """Sends a signal again whose exception Python drops, as it does in finalizers and in callbacks of weak references."""
    if not isinstance(lost.exc_value, KeyboardInterrupt | Terminated):
        otherwise(lost)
        return
    again = Timer(_SOON_SECONDS, os.kill, (os.getpid(), _came[0] if _came else signal.SIGINT))
    again.daemon = True
    again.start()


def _exception(one: signal.Signals) -> BaseException:
    return KeyboardInterrupt() if one == signal.SIGINT else Terminated()
