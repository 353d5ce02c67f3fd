"""The command line: one module a command, whose rooms are imported when it is called."""

import errno
import os
import sys
from typing import NoReturn

from cyclopts import App, CycloptsError

from nas import __version__
from nas.cli import (
    compare,
    dashboard,
    data,
    devices,
    doctor,
    evaluate,
    export,
    measure,
    plans,
    predict,
    replay,
    report,
    sample,
    search,
    show,
    spaces,
    status,
    verdict,
    worker,
)
from nas.cli.mistakes import describe_mistake
from nas.cli.signals import Terminated, exit_code, has_come, listen
from nas.errors import NasError, TrainingError

app = App(
    name="nas",
    version=__version__,
    help="Finds the most accurate small Keras network under a hard budget, and sets it beside networks that people designed.",
    help_epilogue="A first look: `nas replay model-5`, then `nas search --trials 10 --timeout 2m`.",
)
for command in (
    search.search,
    verdict.verdict,
    report.report,
    compare.compare,
    replay.replay,
    status.status,
    show.show,
    measure.measure,
    spaces.spaces,
    sample.sample,
    plans.plans,
    devices.devices,
    dashboard.dashboard,
    doctor.doctor,
    export.export,
    evaluate.evaluate,
    predict.predict,
    worker.worker,
):
    app.command(command)
data_app = App(name="data", help="Look at data sets.")
data_app.command(data.show)
app.command(data_app)


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""What a system says when nothing can be written."""
_NOT_TO_BE_USED = (errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP)
"""What it says of a path that is not this user's, or none."""


def main() -> None:
    """Runs the command line; exit codes: 0 done, 1 gave up, 2 user's mistake, 130 and 143 for signals."""
    listen()
    try:
        app(sys.argv[1:], exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        _end(describe_mistake(error), code=2)
    except TrainingError as error:
        _end(str(error), code=1)
    except NasError as error:
        _end(str(error), code=2)
    except (KeyboardInterrupt, Terminated):
        sys.exit(exit_code())
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno in _NOT_TO_BE_USED and error.filename:
            _end(f"{error.filename} cannot be used ({os.strerror(error.errno)}).", code=2)
        if error.errno not in _NO_ROOM:
            _end_or_raise(error)
        where = f" ({error.filename})" if error.filename else ""
        _end(f"{os.strerror(error.errno)}{where}; make room and start it again: what was finished is kept.", code=1)
    except Exception as error:
        _end_or_raise(error)


def _end_or_raise(error: Exception) -> NoReturn:
    """Ends as a signal does, if one has come: what it raised came out as an error, as it does of a library written in C."""
    if has_come():
        sys.exit(exit_code())
    raise error


def _end(message: str, *, code: int) -> None:
    print(f"nas: {message}", file=sys.stderr)
    sys.exit(code)
