"""Optuna's storage: one writes while others read, and no message holds a password."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import optuna
import pytest

from nas.engine.storage import open_storage, sqlite_url, without_password
from nas.errors import StorageError


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param("postgresql://ann:secret@host/nas", "postgresql://ann@host/nas", id="plain"),
        pytest.param("postgresql://ann:secret@host:5432/nas", "postgresql://ann@host:5432/nas", id="port"),
        pytest.param("postgresql+psycopg://ann:secret@host/nas", "postgresql+psycopg://ann@host/nas", id="driver"),
        pytest.param("postgresql://ann:se%40cret@host/nas", "postgresql://ann@host/nas", id="escaped"),
        pytest.param("postgresql://ann:se/cret@host/nas", "postgresql://ann@host/nas", id="a slash in it"),
        pytest.param("postgresql://ann:se:cret@host/nas", "postgresql://ann@host/nas", id="a colon in it"),
        pytest.param("postgresql://nas:nas@nas/nas", "postgresql://nas@nas/nas", id="like everything else"),
        pytest.param("postgresql://host/nas?user=ann&password=secret", "postgresql://host/nas?user=ann", id="in the query"),
        pytest.param("postgresql://ann@host/nas", "postgresql://ann@host/nas", id="none"),
        pytest.param("sqlite:////tmp/study.db", "sqlite:////tmp/study.db", id="a file"),
        pytest.param("sqlite:///study.db", "sqlite:///study.db", id="a file here"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param(
            "nonsense secret",
            r"^The storage given is no URL; it takes one such as postgresql://user@host/database\.$",
            id="no URL",
        ),
        pytest.param("postgresql//ann:secret@host/nas", r"^The storage given is no URL;", id="a colon forgotten"),
        pytest.param(
            "postgresql://ann:x@secret@host/nas", r"has two @; in a user's name or a password it is written %40\.$", id="two @"
        ),
        pytest.param(
            "lost://ann:secret@host/nas", r"^The storage lost://ann@host/nas needs a package that is not there", id="unknown kind"
        ),
        pytest.param(
            "sqlite:////nowhere/secret.d/x.db", r"^The study file /nowhere/.+ cannot be used \(unable to open", id="no folder"
        ),
    ],
)
def test_a_storage_that_cannot_be_meant_is_refused_in_one_sentence(url: str, message: str) -> None:
    with pytest.raises(StorageError, match=message) as refused:
        open_storage(url)
    assert "\n" not in str(refused.value)
    assert "ann:" not in str(refused.value)
    assert "secret@" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["postgresql://ann:secret@127.0.0.1:1/nas", "postgresql://127.0.0.1:1/nas?user=ann&password=secret"],
    ids=["beside the user", "in the query"],
)
def test_a_server_that_does_not_answer_is_named_without_the_password(url: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(
        StorageError, match=r"^The storage postgresql://.*127\.0\.0\.1:1/nas.* cannot be opened \(.+\)\.$"
    ) as refused:
        open_storage(url)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def damaged(path: Path, *, at: int, zeros: int) -> None:
    content = bytearray(path.read_bytes())
    content[at : at + zeros] = bytes(zeros)
    path.write_bytes(content)


def filled(path: Path) -> optuna.Study:
    study = optuna.create_study(storage=open_storage(sqlite_url(path)), study_name="first")
    study.enqueue_trial({"x": 1})
    return study


def test_a_file_that_is_no_database_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    path.write_bytes(b"this was never a database" * 99)
    message = rf"^The study file {path} cannot be used \(file is not a database\); move it away or choose another --study\.$"
    with pytest.raises(StorageError, match=message):
        open_storage(sqlite_url(path))


def test_a_database_with_a_hole_in_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    filled(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged(path, at=4096, zeros=8 * 4096)
    with pytest.raises(
        StorageError,
        match=r"^The study file .+study\.db (is damaged|cannot be used) \(.+\); move it away or choose another --study\.$",
    ):
        open_storage(sqlite_url(path))


def test_a_folder_in_the_place_of_the_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study.db").mkdir()
    with pytest.raises(StorageError, match=r"cannot be used \(unable to open database file\)"):
        open_storage(sqlite_url(tmp_path / "study.db"))


def test_the_write_ahead_log_is_on_and_stays_on(tmp_path: Path) -> None:
    open_storage(sqlite_url(tmp_path / "study.db"))
    with closing(sqlite3.connect(tmp_path / "study.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_reader_sees_the_study_while_another_connection_is_writing(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    filled(path)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE studies SET study_name = 'half done'")
        begin = time.monotonic()
        study = optuna.load_study(storage=open_storage(sqlite_url(path)), study_name="first")
        assert len(study.trials) == 1
        assert time.monotonic() - begin < 5
        writer.rollback()


def test_readers_never_fail_while_a_writer_writes(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    writer = filled(path)
    done = Event()
    seen: list[int] = []
    errors: list[BaseException] = []

    def read() -> None:
        try:
            study = optuna.load_study(storage=open_storage(sqlite_url(path)), study_name="first")
            while not done.is_set():
                seen.append(len(study.get_trials(deepcopy=False)))
        except BaseException as error:
            errors.append(error)

    readers = [Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(500):
        writer.enqueue_trial({"x": number})
        if number >= 15 and len(seen) >= 10:  # both were at it
            break
    done.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert max(seen) > 1
    assert len(writer.trials) == number + 2
