"""A function in a process of its own: its value comes back, its prints do not, and its death ends in a sentence."""

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nas.errors import BudgetError, ExportError, MissingDataError, MissingModuleError, NasError
from nas.exporting.apart import apart

pytestmark = pytest.mark.slow


_WAITER = """
import signal, sys
sys.path.insert(0, sys.argv[1])
from nas.exporting.apart import apart
from test_apart import sleep_long

signal.signal(signal.SIGINT, signal.default_int_handler)
apart(sleep_long)
"""


def double_loudly(values: list[int]) -> tuple[int, list[int]]:
    sys.stdout.write("a converter's greeting")
    os.write(1, b"and what C++ writes\n")
    return os.getpid(), [2 * value for value in values]


def tell_threads() -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")}


def refuse() -> None:
    raise BudgetError("A sentence for the user.")


def fall_over() -> None:
    raise ValueError("first line\nsecond line")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave_without_a_word() -> None:
    os._exit(0)


def sleep_long() -> None:
    time.sleep(120)


def test_the_value_comes_back_whatever_was_printed(capfd: pytest.CaptureFixture[str]) -> None:
    process, doubled = apart(double_loudly, [1, 2])
    assert process != os.getpid()
    assert doubled == [2, 4]
    assert capfd.readouterr() == ("", "")


def test_large_arrays_pass_both_ways() -> None:
    values = np.arange(3_000_000, dtype=np.float32)
    assert float(apart(np.sum, values)) == pytest.approx(float(values.sum()), rel=1e-3)


def test_it_computes_on_one_thread() -> None:
    assert set(apart(tell_threads).values()) == {"1"}


def test_a_sentence_for_the_user_passes_as_it_is() -> None:
    with pytest.raises(BudgetError, match=r"^A sentence for the user\.$"):
        apart(refuse)


def test_any_other_failure_becomes_a_sentence() -> None:
    with pytest.raises(ExportError, match=r"^The process that was to fall over failed \(ValueError: first line\)\.$"):
        apart(fall_over)


def test_a_process_that_dies_ends_in_a_sentence() -> None:
    with pytest.raises(ExportError, match=r"^The process that was to die ended with signal 9; free some memory and try again\.$"):
        apart(die)


def test_ctrl_c_ends_the_process_too() -> None:
    waiting = subprocess.Popen(
        [sys.executable, "-c", _WAITER, Path(__file__).parent], start_new_session=True, stderr=subprocess.DEVNULL
    )
    time.sleep(3)
    os.kill(waiting.pid, signal.SIGINT)  # to it alone, not to the process that it waits for
    waiting.wait(timeout=10)
    with pytest.raises(ProcessLookupError):
        os.killpg(waiting.pid, 0)


def test_a_process_that_gives_no_answer_ends_in_a_sentence() -> None:
    with pytest.raises(ExportError, match=r"^The process that was to leave without a word ended with exit code 0 and no answer;"):
        apart(leave_without_a_word)


def test_modules_in_the_current_folder_are_not_taken_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    assert apart(tell_threads)


@pytest.mark.parametrize(
    "error",
    [MissingDataError("gone", name="mnist", sha256="0" * 64), MissingModuleError("gone", module="mine")],
    ids=["data", "module"],
)
def test_what_is_missing_in_the_other_process_is_told_in_this_one(error: NasError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))
    with pytest.raises(type(error), match=r"^gone$"):
        apart(_raise, error)


def _raise(error: NasError) -> None:
    raise error
