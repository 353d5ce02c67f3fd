"""What `nas doctor` finds in a run, and that mending it loses nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fake_search import fake_train, make_driver

from nas.engine.doctor import examine, mend
from nas.engine.folder import RunFolder
from nas.engine.settings import Resolved, SearchSettings, write_study_file
from nas.engine.storage import open_storage, sqlite_url
from nas.errors import StorageError, StudyError
from nas.training.work import Segment, Work


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A search of four networks that was killed in the fifth."""
    folder = RunFolder(tmp_path / "fake")
    folder.create()
    calls: list[str] = []

    def killed(work: Work) -> Segment:
        calls.append(work.network.key)
        if len(set(calls)) == 5:
            raise KeyboardInterrupt
        return fake_train(work)

    storage = open_storage(sqlite_url(folder.database))
    driver = make_driver(folder.path, trials=9, storage=storage, train=killed)
    with pytest.raises(KeyboardInterrupt):
        driver.run()
    resolved = Resolved(space_sha256="0" * 64, data_sha256="0" * 64, plan_key="0" * 64, nas_version="0")
    write_study_file(folder.settings, SearchSettings(data="fake", seed=0), resolved)
    return folder


def a_file(folder: Path) -> Path:
    return min(folder.iterdir())


@pytest.mark.parametrize("name", ["results", "checkpoints"])
def test_what_cannot_be_read_is_not_taken_for_damage(run: RunFolder, name: str) -> None:
    path = a_file(run.path / name)
    path.rename(path.with_suffix(".kept"))
    path.mkdir()  # in place of a file without permission, which this user may be above
    with pytest.raises(StudyError, match=rf"{path.name} cannot be read \(Is a directory\); mend that first"):
        examine(run)


def test_a_study_file_that_is_gone_is_no_order(run: RunFolder) -> None:
    run.database.unlink()
    with pytest.raises(StudyError, match=r"was kept in .*study\.db, which is gone; put back a copy of it"):
        examine(run)


def test_where_nothing_may_be_written_it_is_not_called_damaged(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(StorageError, match="cannot be opened where nothing may be written"):
        examine(run)


def test_a_run_that_was_interrupted_is_in_order(run: RunFolder) -> None:
    examination = examine(run)
    assert examination.findings == ()
    assert "the study file passes SQLite's own check" in examination.facts
    assert "1 trials wait to go on, 0 of them with epochs on disk, 0 with a result not told yet" in examination.facts


def _cut_result(run: RunFolder) -> None:
    a_file(run.results).write_bytes(b'{"format": 1')


def _cut_checkpoint(run: RunFolder) -> None:
    path = a_file(run.checkpoints)
    path.write_bytes(path.read_bytes()[:100])


def _orphan(run: RunFolder) -> None:
    np.savez(run.checkpoints / "orphan.npz", epoch=np.int64(1))


def _half_written(run: RunFolder) -> None:
    (run.results / ".some.json.0a1b.part").write_bytes(b"{")


def _still_running(run: RunFolder) -> None:
    from optuna.trial import TrialState

    storage = open_storage(sqlite_url(run.database))
    (waiting,) = storage.get_all_trials(storage.get_study_id_from_name("fake"), states=(TrialState.WAITING,))
    storage.set_trial_state_values(waiting._trial_id, TrialState.RUNNING)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(_cut_result, "The result file .* is damaged", id="a result cut off"),
        pytest.param(_cut_checkpoint, "The checkpoint .* is damaged; without it,", id="weights cut off"),
        pytest.param(_orphan, "The checkpoint .*orphan.npz belongs to no training", id="an orphan"),
        pytest.param(_half_written, "was left half written by a process that was killed", id="half a file"),
        pytest.param(_still_running, "Trial [0-9]+ counts as running, but no search is at work", id="a trial left running"),
    ],
)
def test_damage_is_found_and_mended(run: RunFolder, damage: Callable[[RunFolder], None], words: str) -> None:
    import re

    damage(run)
    found = examine(run)
    assert any(re.search(words, finding.words) for finding in found.findings), found.findings
    mend(found)
    again = examine(run)
    assert not [finding for finding in again.findings if finding.repair is not None]


def test_what_is_damaged_is_set_aside_and_not_deleted(run: RunFolder) -> None:
    _cut_result(run)
    _cut_checkpoint(run)
    mend(examine(run))
    assert len(list(run.path.rglob("*.damaged"))) == 2


def test_a_curve_that_only_the_storage_has_is_told_and_cannot_be_mended(run: RunFolder) -> None:
    for folder in (run.results, run.checkpoints):
        for path in folder.iterdir():
            path.unlink()
    found = examine(run)
    words = [finding.words for finding in found.findings]
    assert len(words) == 4
    assert all(sentence.endswith("is gone; its curve is in the storage alone.") for sentence in words)
    assert mend(found) == tuple(finding.words for finding in found.findings)


def test_a_folder_under_another_name_is_told(run: RunFolder) -> None:
    copy = RunFolder(run.path.rename(run.path.with_name("other")))
    (finding,) = examine(copy).findings
    assert finding.words == "The study file holds fake, not other; a run's folder keeps its name."


def test_a_damaged_study_file_is_refused_with_what_to_do(run: RunFolder) -> None:
    content = bytearray(run.database.read_bytes())
    content[5_000:9_000] = b"\x00" * 4_000
    run.database.write_bytes(content)
    for beside in ("study.db-wal", "study.db-shm"):
        run.database.with_name(beside).unlink(missing_ok=True)
    with pytest.raises(StudyError, match=r"The study file .* is damaged \(.*\); put back a copy of it"):
        examine(run)
