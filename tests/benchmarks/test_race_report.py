"""The published report of the race follows from its rows and the judge's scores, and the page shows it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "benchmarks" / "peers"


@pytest.mark.slow
def test_the_report_follows_from_rows_and_scores(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(PEERS / "report.py"), "--out", str(tmp_path)], check=True, capture_output=True)
    for name in ("report.md", "report.json"):
        assert (tmp_path / name).read_text(encoding="utf-8") == (PEERS / name).read_text(encoding="utf-8")


def test_the_page_shows_the_report() -> None:
    report = (PEERS / "report.md").read_text(encoding="utf-8")
    assert "| nas | 5 |" in report
    assert report in (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
