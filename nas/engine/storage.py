"""Optuna's storage, opened so that one driver writes while others read."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote_plus

import optuna
import sqlalchemy
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from nas.errors import StorageError, StudyError

BUSY_SECONDS = 60
CONNECT_SECONDS = 10


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


def sqlite_file(url: str) -> Path | None:
    """The file that a URL means, or None for a server's."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def open_storage(url: str) -> optuna.storages.RDBStorage:
    """The storage at a URL, made if it is a SQLite file that is not there yet.

    Raises:
        StorageError: If it cannot be reached, or is damaged; the message holds no password.
    """
    _parse(url)
    arguments: dict[str, object] = {}
    file = sqlite_file(url)
    if file is not None:
        _use_write_ahead_log(file)
        arguments = {"connect_args": {"timeout": BUSY_SECONDS}}
    elif url.startswith("postgresql"):
        arguments = {"connect_args": {"connect_timeout": CONNECT_SECONDS}}
    try:
        storage = optuna.storages.RDBStorage(url, engine_kwargs=arguments)
    except (ImportError, NoSuchModuleError) as error:
        raise StorageError(
            f"The storage {without_password(url)} needs a package that is not there ({_first_line(error, url)});"
            " for PostgreSQL install budget-nas[postgres]."
        ) from None
    except (SQLAlchemyError, optuna.exceptions.OptunaError, RuntimeError, ValueError) as error:
        raise StorageError(f"The storage {without_password(url)} cannot be opened ({_first_line(error, url)}).") from None
    if storage.engine.dialect.name == "sqlite":
        sqlalchemy.event.listen(storage.engine, "connect", _sync_at_checkpoints)
        storage.engine.dispose()  # connections that were made before it was listened
    return storage


@contextmanager
def locked_there(storage: optuna.storages.RDBStorage, name: str) -> Iterator[None]:
    """Holds a study on a server for this process; a lock on the run's folder holds it on this machine alone.

    Where the server has no such lock, or forgets it when it starts again, nothing is held.

    Raises:
        StudyError: If a process, here or elsewhere, holds it.
        StorageError: If the server cannot be asked.
    """
    if storage.engine.dialect.name != "postgresql":
        yield
        return
    key = int.from_bytes(sha256(f"nas study {name}".encode()).digest()[:8], "big", signed=True)
    try:
        connection = storage.engine.connect()
        held = connection.execute(sqlalchemy.text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar()
        connection.commit()
    except SQLAlchemyError as error:
        raise StorageError(f"The storage cannot be locked ({str(error.__cause__ or error).strip().splitlines()[0]}).") from None
    try:
        if not held:
            raise StudyError(f"The study {name} is searched by another process on the same storage; choose another --study.")
        yield
    finally:
        with suppress(SQLAlchemyError):
            connection.invalidate()  # to give it back to the pool would keep the lock


def without_password(url: str) -> str:
    """A storage's URL as it may be shown.

    >>> without_password("postgresql://ann:secret@host/nas")
    'postgresql://ann@host/nas'
    """
    parsed = _parse(url)
    query = {name: value for name, value in parsed.query.items() if "password" not in name.lower()}
    return URL.create(
        parsed.drivername, parsed.username, None, parsed.host, parsed.port, parsed.database, query
    ).render_as_string()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the text is not repeated, since it may hold a password
        raise StorageError("The storage given is no URL; it takes one such as postgresql://user@host/database.") from None
    if "@" in (parsed.host or ""):
        raise StorageError("The storage's URL has two @; in a user's name or a password it is written %40.")
    return parsed


def _use_write_ahead_log(path: Path) -> None:
    """Lets others read while the driver writes; the setting stays with the file."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0].splitlines()[-1]
    except sqlite3.Error as error:
        raise StorageError(f"The study file {path} cannot be used ({error}); move it away or choose another --study.") from None
    if damage != "ok":
        raise StorageError(f"The study file {path} is damaged ({damage}); move it away or choose another --study.")


def _sync_at_checkpoints(connection: sqlite3.Connection, _: object) -> None:
    """Waits for the disk when the log is folded into the file, not at each commit.

    A process that is killed loses nothing so; a machine that loses its power may lose the latest commits, which the files in
    results/ still have. Source: sqlite.org/pragma.html#pragma_synchronous.
    """
    connection.execute("PRAGMA synchronous=NORMAL")


def _first_line(error: BaseException, url: str) -> str:
    cause = getattr(error, "orig", None) or error.__cause__ or error
    text = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    parsed = _parse(url)
    hidden = [parsed.password, *(value for name, value in parsed.query.items() if "password" in name.lower())]
    for secret in hidden:
        for spelling in (str(secret), quote_plus(str(secret))) if secret else ():
            text = text.replace(spelling, "…")
    return text
