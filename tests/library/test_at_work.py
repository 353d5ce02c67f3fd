"""What holds around every word: where it shows how it goes on, and what it leaves behind."""

import logging
import os
from multiprocessing import current_process

import pytest

from nas.errors import StudyError
from nas.library.at_work import at_work, going_on
from nas.library.ranges import require_between
from nas.library.showing import Silent


def test_the_process_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NAS_WORKER_LOG", raising=False)
    level = logging.getLogger("tornado").level
    with at_work(progress=False):  # as Dask leaves it
        os.environ |= {"OMP_NUM_THREADS": "1", "NAS_WORKER_LOG": "workers.log"}
        logging.getLogger("tornado").setLevel(logging.CRITICAL)
    assert (os.environ["OMP_NUM_THREADS"], os.environ.get("NAS_WORKER_LOG")) == ("7", None)
    assert logging.getLogger("tornado").level == level


def test_a_spawned_process_that_reads_its_parents_script_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_process(), "_inheriting", True, raising=False)
    with (
        pytest.raises(SystemExit, match=r'put what the script does under `if __name__ == "__main__":`\.$'),
        at_work(progress=True),
    ):
        pytest.fail("it went on")


def test_an_interruption_says_that_nothing_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), at_work(progress=True) as display, going_on(display):
        raise KeyboardInterrupt
    assert capsys.readouterr() == ("", "Stopped; everything is kept. The same call goes on.\n")


def test_without_progress_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with at_work(progress=False) as display:
        display.say("something")
        with display.counting(unit="epochs") as watch:
            watch(1, 2)
    assert isinstance(display, Silent)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "looks must be more than 0, not 0."),
        (-1, "looks must be more than 0, not -1."),
        (9, "looks must be at most 8, not 9."),
    ],
)
def test_a_number_out_of_range_is_refused_in_the_commands_words(value: int, message: str) -> None:
    with pytest.raises(StudyError, match=f"^{message}$"):
        require_between("looks", value, least=0, most=8, above=True)
