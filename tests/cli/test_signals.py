"""Signals that end a command: where Python drops what they raise, they are raised again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Event, Timer, get_ident
from typing import Any

import pytest
from command_line import hears_ctrl_c

from nas.cli import main
from nas.cli.signals import Terminated, exit_code, listen, raise_again
from nas.cli.terminal import Terminal


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Handlers as commands have them, for one test."""
    before, hook = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}, sys.unraisablehook
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
    listen()
    yield
    listen()  # forgets what came in
    for one, handler in before.items():
        signal.signal(one, handler)
    sys.unraisablehook = hook


class Swallows:
    """Is sent a signal while it is finalized, where exceptions get lost."""

    def __init__(self, one: signal.Signals) -> None:
        self.one = one

    def __del__(self) -> None:
        """Sends it."""
        os.kill(os.getpid(), self.one)


BOTH = pytest.mark.parametrize(
    ("one", "raised", "code"), [(signal.SIGINT, KeyboardInterrupt, 130), (signal.SIGTERM, Terminated, 143)]
)


@BOTH
def test_a_signal_that_python_drops_comes_again_without_a_word(
    one: signal.Signals, raised: type[BaseException], code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    def work() -> None:
        Swallows(one)
        time.sleep(20)

    begun = time.monotonic()
    with pytest.raises(raised):
        work()
    assert time.monotonic() - begun < 10
    assert exit_code() == code
    assert capfd.readouterr() == ("", "")


@BOTH
def test_a_signal_that_the_waiting_main_thread_does_not_notice_rouses_it(
    one: signal.Signals, raised: type[BaseException], code: int
) -> None:
    elsewhere = Timer(0.1, lambda: signal.pthread_kill(get_ident(), one))  # where no handler runs
    elsewhere.start()
    begun = time.monotonic()
    with pytest.raises(raised):
        Event().wait(20)
    assert time.monotonic() - begun < 10
    assert exit_code() == code


def test_what_else_is_dropped_is_told_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    listen()

    class Breaks:
        def __del__(self) -> None:
            raise OSError

    Breaks()
    assert [what.exc_type for what in told] == [OSError]


@BOTH
@pytest.mark.parametrize("shown", ["search", "trainings", "a line"])
def test_a_signal_that_was_caught_is_raised_where_progress_is_shown(
    one: signal.Signals, raised: type[BaseException], code: int, shown: str
) -> None:
    with Terminal().counting(unit="trainings") as count, Terminal().watching() as watch:
        count(1, 2)
        ways: dict[str, Callable[[], None]] = {
            "search": lambda: watch(None),  # type: ignore[arg-type]
            "trainings": lambda: count(2, 2),
            "a line": lambda: Terminal().say("Here."),
        }
        with suppress(BaseException):
            signal.raise_signal(one)
        with pytest.raises(raised):
            ways[shown]()
    assert exit_code() == code


@BOTH
def test_a_signal_in_an_import_waits_until_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one: signal.Signals, raised: type[BaseException], code: int
) -> None:
    swallows = "import signal, time\ntry:\n    signal.raise_signal({0})\nexcept BaseException:\n    pass\nDONE = True\n"
    (tmp_path / f"swallows_{one.name}.py").write_text(swallows.format(int(one)))
    monkeypatch.syspath_prepend(tmp_path)
    module = import_module(f"swallows_{one.name}")
    assert module.DONE
    with pytest.raises(raised):
        time.sleep(20)
    assert exit_code() == code


@pytest.mark.parametrize("turned_into", [ImportError("initialization failed"), OSError("no number")])
def test_an_error_that_a_signal_turned_into_is_no_error(monkeypatch: pytest.MonkeyPatch, turned_into: Exception) -> None:
    def interrupted(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except Terminated as error:
            raise turned_into from error

    monkeypatch.setattr("nas.cli.app", interrupted)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 143


def test_an_error_without_a_signal_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ImportError("initialization failed")

    monkeypatch.setattr("nas.cli.app", broken)
    with pytest.raises(ImportError):
        main()


def test_the_first_signal_gives_the_exit_code() -> None:
    for one in (signal.SIGTERM, signal.SIGINT):
        with pytest.raises((KeyboardInterrupt, Terminated)):
            signal.raise_signal(one)
    assert exit_code() == 143
    with pytest.raises(Terminated):
        raise_again()


def test_nothing_is_raised_where_nothing_came() -> None:
    raise_again()


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listen()
    signal.raise_signal(signal.SIGINT)
    raise_again()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    listen()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.slow
@pytest.mark.parametrize(("one", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_is_still_being_imported_ends_without_a_word(tmp_path: Path, one: signal.Signals, code: int) -> None:
    (tmp_path / "cyclopts.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(30)\n")
    with subprocess.Popen(
        [sys.executable, "-m", "nas"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hears_ctrl_c,  # noqa: PLW1509 - it touches no thread
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "importing\n"
        process.send_signal(one)
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == code
