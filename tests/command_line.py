"""The command line as tests call it: in this process, or in one of its own as a person does."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nas.cli import main

NAS = Path(sys.executable).with_name("nas")
"""The console script."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    def succeeded(self) -> "Ended":
        """The same, if the exit code is 0."""
        assert self.code == 0, self.err
        return self


@dataclass(frozen=True)
class Here:
    """Runs commands in this process."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str | Path) -> Ended:
        """Runs `nas` with these arguments."""
        self.monkeypatch.setattr(sys, "argv", ["nas", *map(str, arguments)])
        handlers, hook = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}, sys.unraisablehook
        self.capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            for one, handler in handlers.items():
                signal.signal(one, handler)
            sys.unraisablehook = hook
        out, err = self.capsys.readouterr()
        return Ended(code, out, err)


def environment(**changes: str | Path) -> dict[str, str]:
    """This process's environment without what would move runs, data or width, with changes."""
    ours = {name: value for name, value in os.environ.items() if name not in {"NAS_RUNS", "NAS_STORAGE", "COLUMNS"}}
    return ours | {name: str(value) for name, value in changes.items()}


def start(*arguments: str | Path, **changes: str | Path) -> subprocess.Popen[str]:
    """The console script, started with a changed environment in a process group of its own."""
    return subprocess.Popen(
        [NAS, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**changes),
        start_new_session=True,
        preexec_fn=hears_ctrl_c,  # noqa: PLW1509 - it touches no thread
    )


def hears_ctrl_c() -> None:
    """Whoever starts the tests in the background has them ignore Ctrl-C, and a child would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def nas(*arguments: str | Path, **changes: str | Path) -> Ended:
    """The console script, run to its end with a changed environment."""
    process = start(*arguments, **changes)
    try:
        out, err = process.communicate(timeout=300)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Ended(process.returncode, out, err)
