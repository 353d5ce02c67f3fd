"""The signals that end a command, which end it even where somebody swallows what they raise."""

import signal
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)

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


def exit_code() -> int:
    """That of the first signal that came in; of SIGINT where somebody else raised what it raises."""
    return 128 + (_came[0] if _came else signal.SIGINT)


def raise_again() -> None:
    """Raises what came in and never arrived: Python drops it in finalizers and in callbacks from C.

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


def _exception(one: signal.Signals) -> BaseException:
    return KeyboardInterrupt() if one == signal.SIGINT else Terminated()
