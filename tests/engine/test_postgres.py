"""Studies on a real PostgreSQL server, which goes away in the middle and comes back."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import pytest
from fake_search import fake_train, make_driver
from optuna.storages import RDBStorage
from postgres import PASSWORD, Server, postgres, postgres_programs

from nas.engine.patience import Patience
from nas.engine.storage import locked_there, open_storage
from nas.engine.study import read_snapshot
from nas.errors import StorageError, StudyError
from nas.training.work import Segment, Work

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(postgres_programs() is None, reason="needs PostgreSQL's initdb and pg_ctl"),
]


Opened = Callable[[], RDBStorage]
"""Opens the server's storage."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as server:
        yield server


@pytest.fixture
def opened(server: Server) -> Iterator[Opened]:
    """Opens the storage, in which there is no study at first, and closes its connections at the end."""
    storages: list[RDBStorage] = []

    def another() -> RDBStorage:
        storages.append(open_storage(server.url))
        return storages[-1]

    for study in another().get_all_studies():
        storages[0].delete_study(study._study_id)
    yield another
    for storage in storages:
        storage.remove_session()
        storage.engine.dispose()


def test_a_search_there_is_the_search_in_memory(opened: Opened, tmp_path: Path) -> None:
    there, here = (
        make_driver(tmp_path / name, trials=12, storage=storage, with_baselines=True)
        for name, storage in (("there", opened()), ("here", None))
    )
    assert there.run() == here.run() == "done"
    assert there.tally == here.tally
    assert read_snapshot(opened(), "fake").records == there.tally.records


def test_nothing_is_lost_or_doubled_while_the_server_is_away(server: Server, opened: Opened, tmp_path: Path) -> None:
    calls: list[str] = []
    said: list[str] = []

    def train(work: Work) -> Segment:
        calls.append(work.network.key)
        if len(calls) in {5, 20}:
            server.stop()
            Timer(2.0, server.start).start()
        return fake_train(work)

    driver = make_driver(tmp_path, trials=20, storage=opened(), train=train)
    driver.study._mirror.patiently = Patience(say=said.append)
    assert driver.run() == "done"
    assert [sentence.split("(")[0] for sentence in said[::2]] == ["The storage does not answer "] * (len(said) // 2)
    assert len(said) >= 4
    kept = read_snapshot(opened(), "fake")
    assert (kept.running, kept.waiting) == (0, 0)
    assert kept.records == driver.tally.records
    assert driver.tally.counts["trained"] == 20 == len({r.network.key for r in kept.records if r.trained})
    assert PASSWORD not in json.dumps(said)


def test_a_server_that_stays_away_ends_the_search_in_a_sentence_and_it_goes_on_later(
    server: Server, opened: Opened, tmp_path: Path
) -> None:
    stopped: list[int] = []

    def train(work: Work) -> Segment:
        if not stopped:
            stopped.append(1)
            server.stop()
        return fake_train(work)

    driver = make_driver(tmp_path, trials=6, storage=opened(), train=train)
    driver.study._mirror.patiently = Patience(seconds=0.3)
    try:
        with pytest.raises(StorageError, match=r"has not answered for 0 minutes \(.*\); start the search again when it is back"):
            driver.run()
    finally:
        server.start()
    again = make_driver(tmp_path, trials=6, storage=opened())
    assert again.run() == "done"
    assert again.tally.counts["trained"] == 6
    assert len(list((tmp_path / "results").glob("*.json"))) == 6  # what was trained before it went was not trained again


def test_two_machines_cannot_search_one_study(opened: Opened) -> None:
    one, other = opened(), opened()
    with locked_there(one, "fake"):
        with locked_there(other, "another"):
            pass
        with (
            pytest.raises(StudyError, match="The study fake is searched by another process on the same storage"),
            locked_there(other, "fake"),
        ):
            pass
    with locked_there(other, "fake"):
        pass
