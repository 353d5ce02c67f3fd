"""A page as a real browser shows it."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SECONDS = 20
"""Of the page's own time: its timers run through them at once, requests are waited for."""


@dataclass(frozen=True)
class Page:
    """What a browser made of an address."""

    html: str
    """The document after its scripts have run."""
    console: tuple[str, ...]
    """What was written to the console."""

    @property
    def text(self) -> str:
        """The words on it."""
        return re.sub(r"\s+", " ", re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", self.html, flags=re.DOTALL))


def show(address: str, *, profile: Path) -> Page:
    """The page at an address, in headless Chromium; skips where there is none.

    Args:
        address: What is opened.
        profile: An empty folder for the browser's own files.
    """
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("there is no Chromium")
    flags = ["--headless", "--disable-gpu", "--window-size=1600,2400", f"--user-data-dir={profile}", "--enable-logging=stderr"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium has none for root
    command = [browser, *flags, f"--virtual-time-budget={SECONDS * 1000}", "--dump-dom", address]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return Page(ended.stdout, tuple(line for line in ended.stderr.splitlines() if "CONSOLE" in line))
