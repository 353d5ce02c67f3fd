"""Optuna's dashboard behind a gate: this machine may read, and nobody may write."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.util import setup_testing_defaults

import optuna
import pytest

from nas.cli.serving import HOST, Wsgi, read_only
from nas.engine.storage import open_storage, sqlite_url


def call(application: Wsgi, path: str = "/", *, method: str = "GET", host: str = f"{HOST}:8080") -> tuple[str, bytes]:
    """Status and body of an answer."""
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_HOST": host}
    setup_testing_defaults(environ)
    answered: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        answered.append(status)

    body = b"".join(application(environ, start_response))
    return answered[0], body


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """An application that answers everything."""
    start_response("200 OK", [])
    return [environ["REQUEST_METHOD"].encode()]


@pytest.fixture
def study(tmp_path: Path) -> optuna.Study:
    study = optuna.create_study(storage=open_storage(sqlite_url(tmp_path / "study.db")), study_name="first")
    study.enqueue_trial({"x": 1})
    return study


@pytest.fixture
def dashboard(study: optuna.Study) -> Wsgi:
    from optuna_dashboard import wsgi

    application: Wsgi = read_only(wsgi(study._storage))
    return application


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "TRACE"])
def test_whatever_is_no_read_is_refused(method: str) -> None:
    status, body = call(read_only(echo), method=method)
    assert status == "403 Forbidden"
    assert body == b"nas shows this study to this machine, and changes nothing.\n"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost", "localhost:1"])
def test_reads_from_this_machine_pass(method: str, host: str) -> None:
    assert call(read_only(echo), method=method, host=host) == ("200 OK", method.encode())


@pytest.mark.parametrize(
    "host",
    ["example.org", "example.org:8080", "127.0.0.1.example.org", "localhost.example.org:80", "example.org:127.0.0.1", ""],
)
def test_a_name_that_was_bent_to_this_machine_is_refused(host: str) -> None:
    assert call(read_only(echo), host=host)[0] == "403 Forbidden"


@pytest.mark.slow
def test_the_real_dashboard_shows_the_study_and_changes_nothing(dashboard: Wsgi, study: optuna.Study, tmp_path: Path) -> None:
    before = (tmp_path / "study.db").read_bytes()
    assert call(dashboard)[0][:3] in {"200", "302"}
    status, body = call(dashboard, "/api/studies")
    assert status.startswith("200")
    (summary,) = json.loads(body)["study_summaries"]
    assert summary["study_name"] == "first"
    status, body = call(dashboard, f"/api/studies/{study._study_id}")
    assert status.startswith("200")
    assert len(json.loads(body)["trials"]) == 1
    for method in ("POST", "DELETE", "PUT"):
        assert call(dashboard, f"/api/studies/{study._study_id}", method=method)[0] == "403 Forbidden"
    assert optuna.get_all_study_names(study._storage) == ["first"]
    assert (tmp_path / "study.db").read_bytes() == before


@pytest.mark.slow
def test_the_dashboard_answers_while_a_writer_writes(dashboard: Wsgi, study: optuna.Study, tmp_path: Path) -> None:
    writer = optuna.load_study(storage=open_storage(sqlite_url(tmp_path / "study.db")), study_name="first")
    writing = Thread(target=lambda: [*map(writer.enqueue_trial, [{"x": number} for number in range(20)])])
    writing.start()
    answers = [call(dashboard, f"/api/studies/{study._study_id}")[0][:3] for _ in range(20)]
    writing.join()
    assert set(answers) == {"200"}
    assert len(study.trials) == 21
