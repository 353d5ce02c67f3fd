"""The command line: one module a command, imported when it is called."""

import os
import signal
import sys
from types import FrameType

from cyclopts import App, CycloptsError

from nas import __version__
from nas.errors import NasError, TrainingError

app = App(
    name="nas",
    version=__version__,
    help="Finds the most accurate small Keras network under a hard budget, and sets it beside networks that people designed.",
    help_epilogue="A first look: `nas replay model-5`, then `nas search --trials 10 --timeout 2m`.",
)
app.command("nas.cli.search:search", name="search", help="Search for the best network within a budget, or go on with a search.")
app.command(
    "nas.cli.replay:replay", name="replay", help="Train hand-designed networks and set them beside their notebook's figures."
)
app.command("nas.cli.status:status", name="status", help="Say how far a study is.")
app.command("nas.cli.show:show", name="show", help="Show a network: its layers and costs, its training, its Keras source.")
app.command("nas.cli.measure:measure", name="measure", help="Count parameters, MACs and memory of a network, layer by layer.")
app.command("nas.cli.dashboard:dashboard", name="dashboard", help="Open Optuna's dashboard on a study, read-only.")
app.command("nas.cli.export:export", name="export", help="Write a trained network as a file for use elsewhere.")
data = App(name="data", help="Look at data sets.")
data.command("nas.cli.data:show", name="show", help="Say what a data set holds, and save a contact sheet.")
app.command(data)


class Terminated(BaseException):
    """The process was asked to end (SIGTERM)."""


def main() -> None:
    """Runs the command line; exit codes: 0 done, 1 gave up, 2 user's mistake, 130 and 143 for signals."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        app(exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        _end(" ".join(str(error).split()), code=2)
    except TrainingError as error:
        _end(str(error), code=1)
    except NasError as error:
        _end(str(error), code=2)
    except KeyboardInterrupt:
        sys.exit(130)
    except Terminated:
        sys.exit(143)
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _terminate(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of handlers
    raise Terminated


def _end(message: str, *, code: int) -> None:
    print(f"nas: {message}", file=sys.stderr)
    sys.exit(code)
