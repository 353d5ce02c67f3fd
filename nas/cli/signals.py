"""The signals that end a command, which end it even where somebody swallows what they raise."""

import atexit
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import cache, partial
from socket import socket, socketpair
from threading import Thread, Timer, main_thread
from time import monotonic, sleep
from types import FrameType
from typing import Any

_ENDING = (signal.SIGINT, signal.SIGTERM)
_SOON_SECONDS = 0.05
_IMPORT_SECONDS = 0.5
"""How long a signal waits for an import to be done."""
_IMPORTS = "<frozen importlib._bootstrap>"
_ROUSING = signal.SIGURG
"""Interrupts what the main thread waits in, and does nothing else; who does not listen to it does not notice it."""
_ROUSED_AFTER_SECONDS = (0.05, 0.2, 0.5)

_came: list[tuple[signal.Signals, float]] = []
"""Those that came in, first to last, and when."""


class Terminated(BaseException):
    """The process was asked to end (SIGTERM)."""


def listen() -> None:
    """From now on both signals are raised where they come in, and remembered; one that is ignored, as under nohup, stays so."""
    _came.clear()
    for one in _ENDING:
        if signal.getsignal(one) != signal.SIG_IGN:
            signal.signal(one, _raise_it)
    _keep_awake()
    sys.unraisablehook = partial(_send_again, sys.unraisablehook)
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)  # it prints what is raised where it closes a connection


def has_come() -> bool:
    """Whether one of the signals came in."""
    return bool(_came)


def exit_code() -> int:
    """That of the first signal that came in; of SIGINT where somebody else raised what it raises."""
    return 128 + (_came[0][0] if _came else signal.SIGINT)


def raise_again() -> None:
    """Raises what came in and never arrived, since somebody caught it who catches everything.

    Raises:
        KeyboardInterrupt: After SIGINT.
        Terminated: After SIGTERM.
    """
    if _came:
        raise _exception(_came[0][0])


@cache
def _keep_awake() -> socket:
    """Where signals write their numbers, for a thread that then rouses the main one.

    Handlers run in the main thread alone, and between two of its steps: one whose signal came in just before a wait, or in
    another thread, would run after that wait.
    """
    numbers, end = socketpair()
    end.settimeout(0)
    signal.signal(_ROUSING, lambda *_: None)
    signal.set_wakeup_fd(end.fileno(), warn_on_full_buffer=False)
    Thread(target=_rouse, args=(numbers,), name="rouses the main thread", daemon=True).start()
    atexit.register(_let_sleep, end)
    return end


def _let_sleep(end: socket) -> None:
    signal.set_wakeup_fd(-1)
    end.close()


def _rouse(numbers: socket) -> None:
    main = main_thread().ident
    assert main is not None
    with numbers:
        while came := numbers.recv(64):
            if not set(came).isdisjoint(_ENDING):
                for seconds in _ROUSED_AFTER_SECONDS:
                    sleep(seconds)
                    signal.pthread_kill(main, _ROUSING)


def _raise_it(signum: int, frame: FrameType | None) -> None:
    """Raises it, but not into the import of a module, which may make another error of it or none: it then comes again."""
    one = signal.Signals(signum)
    _came.append((one, monotonic()))
    if _is_importing(frame) and monotonic() - _came[0][1] < _IMPORT_SECONDS:
        _come_again(one)
        return
    raise _exception(one)


def _is_importing(frame: FrameType | None) -> bool:
    while frame:
        if frame.f_code.co_filename == _IMPORTS:
            return True
        frame = frame.f_back
    return False


def _come_again(one: signal.Signals) -> None:
    again = Timer(_SOON_SECONDS, os.kill, (os.getpid(), one))
    again.daemon = True
    again.start()


def _send_again(otherwise: Callable[[Any], object], lost: Any) -> None:
    """Sends a signal again whose exception Python drops, as it does in finalizers and in callbacks of weak references."""
    if not isinstance(lost.exc_value, KeyboardInterrupt | Terminated):
        otherwise(lost)
        return
    _come_again(_came[0][0] if _came else signal.SIGINT)


def _exception(one: signal.Signals) -> BaseException:
    return KeyboardInterrupt() if one == signal.SIGINT else Terminated()
