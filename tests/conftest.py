"""What all tests share: a skip is a failure where everything is required."""

import os
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings

for variable in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ[variable] = "1"  # as workers have it: with more threads the order of a sum, and its last bit, is a matter of luck

settings.register_profile("any machine", deadline=None)  # a law says what holds, not how fast
settings.load_profile("any machine")


LONGEST = (
    "test_verdict_command.py",
    "test_readme.py",
    "test_search_command.py",
    "test_faults.py",
    "test_shipping.py",
    "test_seal.py",
)
"""Files whose tests take minutes; they come first, so that no process is left alone with one of them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest files first, each in its own order."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Turns a skip into a failure under NAS_TEST_REQUIRE=all, so that nothing goes untested unseen."""
    report = yield
    if report.skipped and os.environ.get("NAS_TEST_REQUIRE") == "all" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, though everything is required: {report.longrepr[2]}"
    return report


@pytest.fixture(params=["rows", "calls"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How a study's trials are written: as rows, or, as where the tables are of an unknown version, by Optuna's own calls."""
    from nas.engine import mirror

    if request.param == "calls":
        monkeypatch.setattr(mirror, "TABLES", mirror.TABLES + 1)
    name: str = request.param
    return name
