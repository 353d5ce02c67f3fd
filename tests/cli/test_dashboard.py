"""Optuna's dashboard behind a gate: this machine may read, and nobody may write."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from nas.cli.serving import HOST, Wsgi, read_only


def call(application: Wsgi, *, method: str = "GET", host: str = f"{HOST}:8080") -> tuple[str, bytes, list[tuple[str, str]]]:
    """Status, body and headers of an answer."""
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": "/", "HTTP_HOST": host}
    setup_testing_defaults(environ)
    answered: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        answered.append((status, headers))

    body = b"".join(application(environ, start_response))
    return answered[0][0], body, answered[0][1]


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """An application that answers everything, and lets everybody read the answer."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Access-Control-Allow-Origin", "*")])
    return [environ["REQUEST_METHOD"].encode()]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "TRACE"])
def test_whatever_is_no_read_is_refused(method: str) -> None:
    status, body, _ = call(read_only(echo), method=method)
    assert status == "403 Forbidden"
    assert body == b"nas shows this study to this machine, and changes nothing.\n"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost", "localhost:1"])
def test_reads_from_this_machine_pass(method: str, host: str) -> None:
    assert call(read_only(echo), method=method, host=host)[:2] == ("200 OK", method.encode())


@pytest.mark.parametrize(
    "host",
    ["example.org", "example.org:8080", "127.0.0.1.example.org", "localhost.example.org:80", "example.org:127.0.0.1", ""],
)
def test_a_name_that_was_bent_to_this_machine_is_refused(host: str) -> None:
    assert call(read_only(echo), host=host)[0] == "403 Forbidden"


def test_another_page_of_the_web_may_not_read_what_the_dashboard_would_let_it_read() -> None:
    assert call(read_only(echo))[2] == [("Content-Type", "text/plain")]
