"""What `make faults` injects at length, a few times each; and what it checks can be seen to break."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fake_search import make_driver
from postgres import postgres_programs

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "faults"))  # programs beside each other, no package

from faults import FAULTS
from fresh import Row
from invariants import check
from killable import Search
from tabulate import notes, read_rows, table, upper_bound

from nas.engine.folder import RunFolder
from nas.engine.settings import Resolved, SearchSettings, write_study_file
from nas.engine.storage import open_storage, sqlite_url

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "faults" / "run.py"
DOCS = Path(__file__).parents[2] / "docs" / "reliability.md"
QUICK = [name for name, fault in FAULTS.items() if fault.short]


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_whatever_dies_nothing_is_lost_or_doubled(name: str, tmp_path: Path) -> None:
    if ("PostgreSQL" in name or "server" in name) and postgres_programs() is None:
        pytest.skip("needs PostgreSQL's initdb and pg_ctl")
    out = tmp_path / "rows.jsonl"
    command = [sys.executable, str(PROGRAM), name, "--short", "--out", str(out)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    (row,) = read_rows(out)
    assert (row["lost"], row["doubled"], row["broken"]) == (0, 0, [])
    assert row["times"] >= FAULTS[name].short
    assert ended.returncode == 0, ended.stderr


@pytest.fixture
def sound(tmp_path: Path) -> Search:
    """A study of six trials that is as it should be."""
    search = Search(tmp_path, name="fake", trials=6)
    folder = RunFolder(search.run)
    folder.create()
    make_driver(search.run, trials=6, storage=open_storage(sqlite_url(folder.database))).run()
    resolved = Resolved(space_sha256="0" * 64, data_sha256="0" * 64, plan_key="0" * 64, nas_version="0")
    write_study_file(folder.settings, SearchSettings(data="fake", seed=0), resolved)
    search.remember()
    return search


def test_a_study_that_is_as_it_should_be_breaks_nothing(sound: Search) -> None:
    assert check(sound).broken == ()
    assert (check(sound).lost, check(sound).doubled) == (0, 0)


def test_epochs_that_are_gone_or_were_trained_again_are_lost(sound: Search) -> None:
    first, second, *_ = sorted((sound.run / "results").glob("*.json"))
    curve = json.loads(first.read_bytes())
    curve["curve"][0]["seconds"] += 1
    first.write_text(json.dumps(curve))
    gone = len(json.loads(second.read_bytes())["curve"])
    second.unlink()
    found = check(sound)
    assert found.lost == gone + 1
    assert "results on disk are not what the trials were told" in found.broken


def test_a_trial_that_is_left_running_is_seen(sound: Search) -> None:
    storage = open_storage(sqlite_url(sound.run / "study.db"))
    storage.create_new_trial(storage.get_study_id_from_name(sound.name))
    assert "a trial is not finished" in check(sound).broken


def test_a_search_that_trained_too_few_and_spoke_in_tracebacks_is_seen(sound: Search) -> None:
    sound.trials, sound.errors = 7, "Traceback (most recent call last):"
    assert {"6 trained of 7", "a traceback on stderr"} <= set(check(sound).broken)


def test_results_that_nobody_was_told_of_are_seen(sound: Search) -> None:
    some = next((sound.run / "results").glob("*.json"))
    shutil.copy(some, some.with_name("0" * 64 + ".json"))
    assert "results on disk are not what the trials were told" in check(sound).broken


@pytest.mark.parametrize(
    ("events", "times", "bound"),
    [(0, 200, 0.01487), (0, 1, 0.95), (1, 100, 0.04656), (5, 5, 1.0)],  # 1 - 0.05 ** (1 / n) without an event
)
def test_a_rate_is_bounded_exactly(events: int, times: int, bound: float) -> None:
    assert upper_bound(events, times=times) == pytest.approx(bound, abs=1e-5)


def test_the_page_shows_the_rows_that_are_kept() -> None:
    page, rows = DOCS.read_text(encoding="utf-8"), read_rows()
    assert table(rows) in page
    assert notes(rows) in page


def test_a_row_adds_up_what_its_studies_came_to(sound: Search) -> None:
    row = Row()
    row.add(check(sound))
    sound.trials = 7
    row.add(check(sound))
    assert row.broken[0] == "6 trained of 7"
