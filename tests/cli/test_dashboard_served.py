"""`nas dashboard` as a browser meets it: the command itself, asked over HTTP."""

import json
import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser import show
from command_line import start
from shown_study import judge_study, make_study, rows

from nas.engine.folder import RunFolder

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Served:
    """A dashboard that is running."""

    page: str
    """Address of the study's page."""
    folder: RunFolder

    def ask(
        self, path: str, *, method: str = "GET", host: str | None = None, body: str | None = None
    ) -> tuple[HTTPResponse, bytes]:
        """An answer and what it holds."""
        address = urlsplit(self.page).netloc
        connection = HTTPConnection(address, timeout=60)
        try:
            connection.request(method, path, body=body, headers={"Host": host or address, "Content-Type": "application/json"})
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    @property
    def study(self) -> dict[str, Any]:
        """The study as the dashboard's pages get it."""
        response, body = self.ask("/api/studies/1")
        assert response.status == 200, body
        detail: dict[str, Any] = json.loads(body)
        return detail


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "first")
    make_study(folder)
    judge_study(folder.path)
    (folder.path / "best.json").write_text('{"best": 4}')
    process = start("dashboard", "--port", "0", "--study", "first", "--runs", folder.path.parent)
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert line.endswith(" shows the study; Ctrl-C ends it.\n"), process.communicate()
        yield Served(line.split()[0], folder)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


def test_the_study_and_its_trials_have_notes(served: Served) -> None:
    study = served.study
    assert "trial 4 beats model-5 by 2.00 points" in study["note"]["body"]
    assert study["trials"][0]["note"]["body"].startswith("# model-5, designed by hand")
    assert {"key": "reason", "value": "5,010 parameters over"} in study["trials"][3]["user_attrs"]
    assert study["best_trials"][0]["number"] == 4


def test_plots_are_there(served: Served) -> None:
    assert {plot["id"] for plot in served.study["plotly_graph_objects"]} == {"costs", "progress", "verdict"}


def test_files_can_be_downloaded_by_pages_of_the_dashboard_alone(served: Served) -> None:
    files = {file["filename"]: file["artifact_id"] for file in served.study["artifacts"]}
    assert set(files) == {"best.json", "verdict.json", "verdict-plan.json", "study.toml"}
    response, body = served.ask(f"/artifacts/1/{files['best.json']}")
    assert (response.status, body) == (200, b'{"best": 4}')
    assert response.getheader("Access-Control-Allow-Origin") is None
    assert served.ask(f"/artifacts/1/{'0' * 32}")[0].status == 404


def test_a_study_is_a_table_without_raw_records(served: Served) -> None:
    response, body = served.ask("/csv/1")
    assert response.status == 200
    header = body.decode().splitlines()[0]
    assert "UserAttribute reason" in header
    assert "record" not in header


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/api/studies/1/note"), ("DELETE", "/api/studies/1"), ("POST", "/api/artifacts/1"), ("POST", "/api/studies")],
)
def test_a_write_is_refused(served: Served, method: str, path: str) -> None:
    before = rows(served.folder)
    body = json.dumps({"version": 99, "body": "changed", "study_name": "second", "directions": ["maximize"]})
    assert served.ask(path, method=method, body=body)[0].status == 403
    assert rows(served.folder) == before


def test_a_foreign_name_is_refused(served: Served) -> None:
    assert served.ask("/api/studies/1", host="example.org")[0].status == 403


def test_a_page_loads_from_this_machine_alone(served: Served) -> None:
    response, body = served.ask("/dashboard/studies/1")
    assert response.status == 200
    assert re.findall(r'(?:src|href)="([^"]*)"', body.decode()) == ["/static/bundle.js"]
    policy = response.getheader("Content-Security-Policy") or ""
    assert "default-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "//" not in policy


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", ("Best Trial (number=4)", "beats model-5.", "Accuracy against parameters", "Best so far", "best.json")),
        ("/note", ("mnist within 7,000 parameters", "trial 4 beats model-5 by 2.00 points", "94.33%")),
        ("/trials?numbers=4", ("Best Trial", "94.33% validation accuracy", "dense 12 relu", "best.json")),
        ("/trials?numbers=0", ("model-5, designed by hand", "88.67% validation accuracy")),
    ],
    ids=["study", "note", "best trial", "baseline"],
)
def test_a_browser_shows_it_and_has_no_complaint(served: Served, tmp_path: Path, path: str, words: tuple[str, ...]) -> None:
    page = show(f"{served.page}{path}", profile=tmp_path)
    assert [word for word in words if word not in page.text] == []
    assert page.console == ()
