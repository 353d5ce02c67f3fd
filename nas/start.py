"""Where the command begins: signals that end it are heard before the rest is imported, which takes a second."""

import os
import signal


def main() -> None:
    """The command `nas`; until it is imported there is nothing to clean up."""
    for one in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(one) != signal.SIG_IGN:
            signal.signal(one, _leave)
    from nas.cli import main as command

    command()


def _leave(number: int, _: object) -> None:
    os._exit(128 + number)  # 130 and 143, as shells say it
