"""Optuna's storage, opened so that one driver writes while others read."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import optuna
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from nas.errors import StorageError

BUSY_SECONDS = 60


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


def open_storage(url: str) -> optuna.storages.RDBStorage:
    """The storage at a URL, made if it is a SQLite file that is not there yet.

    Raises:
        StorageError: If it cannot be reached, or is damaged; the message holds no password.
    """
    arguments: dict[str, object] = {}
    if url.startswith("sqlite:///"):
        _use_write_ahead_log(Path(url.removeprefix("sqlite:///")))
        arguments = {"connect_args": {"timeout": BUSY_SECONDS}}
    try:
        return optuna.storages.RDBStorage(url, engine_kwargs=arguments)
    except (ImportError, ArgumentError) as error:
        raise StorageError(
            f"The storage {without_password(url)} needs a driver that is not there ({_first_line(error, url)})."
        ) from None
    except (SQLAlchemyError, optuna.exceptions.OptunaError, RuntimeError, ValueError) as error:
        raise StorageError(f"The storage {without_password(url)} cannot be opened ({_first_line(error, url)}).") from None


def without_password(url: str) -> str:
    """A storage's URL as it may be shown.

    >>> without_password("postgresql://ann:secret@host/nas")
    'postgresql://ann@host/nas'
    """
    password = _password(url)
    return url.replace(f":{password}@", "@") if password else url


def _use_write_ahead_log(path: Path) -> None:
    """Lets others read while the driver writes; the setting stays with the file."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise StorageError(f"The study file {path} cannot be used ({error}); move it away or choose another --study.") from None
    if damage != "ok":
        raise StorageError(f"The study file {path} is damaged ({damage}); move it away or choose another --study.")


def _first_line(error: BaseException, url: str) -> str:
    cause = getattr(error, "orig", None) or error.__cause__ or error
    text = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    password = _password(url)
    return text.replace(password, "…") if password else text


def _password(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None
