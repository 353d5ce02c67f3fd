"""A study that lies in another storage is not looked for, nor begun again, in its run's folder."""

from pathlib import Path

import pytest

from nas.engine.folder import RunFolder
from nas.engine.reading import read_study
from nas.engine.search import prepare, run_search
from nas.engine.settings import Resolved, SearchSettings, read_study_file, write_study_file
from nas.errors import StudyError
from nas.training.crew import Crew

SETTINGS = SearchSettings(data="mnist:2000", trials=1)
ELSEWHERE = "postgresql://ann@host/nas"


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """The folder of a run whose study lies on a server."""
    run = RunFolder(tmp_path / "mine")
    run.create()
    resolved = Resolved(space_sha256="a" * 64, data_sha256="b" * 64, plan_key="c" * 64, nas_version="0.1.0", storage=ELSEWHERE)
    write_study_file(run.settings, SETTINGS, resolved)
    return run


def test_the_place_is_kept_with_the_settings(folder: RunFolder) -> None:
    assert read_study_file(folder.settings)[1].storage == ELSEWHERE


def test_reading_it_without_its_storage_says_where_it_lies(folder: RunFolder) -> None:
    with pytest.raises(StudyError, match="The study mine lies in postgresql://ann@host/nas, not in its own folder;"):
        read_study(folder)


def test_going_on_without_its_storage_is_refused_and_begins_nothing(folder: RunFolder) -> None:
    with (
        Crew(1, log=folder.worker_log) as crew,
        pytest.raises(StudyError, match="lies in postgresql://ann@host/nas, not in its own folder; give the same --storage"),
    ):
        run_search(prepare(SETTINGS), folder=folder, crew=crew)
    assert not folder.database.exists()
