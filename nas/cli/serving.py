"""Optuna's dashboard behind a gate: local, and reading only."""

from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from nas.errors import StudyError

if TYPE_CHECKING:
    from nas.cli.overlay import Overlay

HOST = "127.0.0.1"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature of the parent
        """Says nothing: a line a request is no help to the person."""


def serve(overlay: "Overlay", *, port: int, announce: Callable[[str], None]) -> None:
    """Serves the dashboard until the process is interrupted.

    Args:
        overlay: The storage as the dashboard is to see it.
        port: Where to listen; 0 takes a free port.
        announce: Is told the address of the study's page.

    Raises:
        StudyError: If the port cannot be taken.
    """
    try:
        server = make_server(HOST, port, application(overlay), server_class=_Server, handler_class=_QuietHandler)
    except (OSError, OverflowError) as error:
        raise StudyError(f"Port {port} on {HOST} cannot be taken ({error}); choose another --port.") from None
    with server:
        announce(f"http://{HOST}:{server.server_port}{overlay.page}")
        server.serve_forever()


def application(overlay: "Overlay") -> Wsgi:
    """Optuna's dashboard behind its gate."""
    from optuna_dashboard import wsgi

    return read_only(wsgi(overlay, artifact_store=overlay.files))


def read_only(application: Wsgi) -> Wsgi:
    """An application that answers reads from this machine's own pages, and refuses everything else with 403."""

    def gate(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "").rsplit(":", 1)[0]
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or host not in {HOST, "localhost"}:
            start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"nas shows this study to this machine, and changes nothing.\n"]

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            """Without the dashboard's leave for every other page on the web to read the artifacts."""
            kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
            return start_response(status, kept, *error)

        return application(environ, start)

    return gate
