"""Searches as processes of their own, which faults are injected into."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psutil

NAS = Path(sys.executable).with_name("nas")
PATIENCE_SECONDS = 300.0


@dataclass
class Search:
    """A study that is searched, killed, and searched again, until it is done."""

    runs: Path
    name: str = "mine"
    trials: int = 12
    flags: tuple[str, ...] = ()
    space: str = "plain"
    storage: str | None = None
    """URL of the server that keeps the study, or None for a file."""
    data: str = "mnist:2000"
    environment: dict[str, str] = field(default_factory=dict)
    """What its commands find there beside this process's own."""
    deadly: bool = False
    """Whether its workers are killed, so that a network that meets two kills fails of them, as it should."""
    before: list[dict[str, list[Any]]] = field(default_factory=list)
    """The curves on disk at each fault."""
    errors: str = ""
    """What all commands said on stderr."""

    @property
    def run(self) -> Path:
        """The study's folder."""
        return self.runs / self.name

    def start(self) -> "subprocess.Popen[str]":
        """The command that begins the study, or goes on with it."""
        usual = ("--data", self.data, "--no-baselines", "--no-verdict")
        more = [
            word
            for flag, value in (("--sampler", "random"), ("--workers", "2"))
            if flag not in self.flags
            for word in (flag, value)
        ]
        return self.call("search", "--trials", str(self.trials), "--space", self.space, *usual, *more, *self.flags, "--json")

    def call(self, word: str, *flags: str) -> "subprocess.Popen[str]":
        """One of the commands on this study, in a process group of its own."""
        kept = {"NAS_STORAGE": self.storage} if self.storage else {}
        return subprocess.Popen(
            [str(NAS), word, "--study", self.name, *flags],
            env={**os.environ, "NAS_RUNS": str(self.runs), **kept, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_hears_ctrl_c,  # noqa: PLW1509 - it touches no thread
            cwd=Path(__file__).parent,  # where its spaces are
        )

    def remember(self) -> None:
        """Writes down what is on disk now: a fault must not cost any of it."""
        self.before.append(self.curves())

    def curves(self) -> dict[str, list[Any]]:
        """The curve in each result file, the longer of its two copies being what counts."""
        return {path.name: json.loads(path.read_bytes())["curve"] for path in (self.run / "results").glob("*.json")}

    def end(self, process: "subprocess.Popen[str]") -> int:
        """Waits for a command, and keeps what it said."""
        try:
            _, said = process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            _, said = process.communicate()
            said += "\nit had to be killed"
        self.errors += said
        return process.returncode

    def leavings(self) -> list[int]:
        """Processes that belong to this study and live, a moment after its command ended."""
        deadline = time.monotonic() + 20
        while (found := _belonging(self.runs)) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found


def wait_for_workers(process: "subprocess.Popen[str]", *, random: Random) -> list[psutil.Process]:
    """The worker processes of a search, once there are some and a random moment has passed; none if it ended before."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if found := workers_of(process.pid):
            time.sleep(random.uniform(0.0, 4.0))
            return [worker for worker in found if worker.is_running()]
        time.sleep(0.05)
    return []


def workers_of(driver: int) -> list[psutil.Process]:
    """The worker processes of a driver that have loaded Keras."""
    try:
        children = psutil.Process(driver).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    found = []
    for child in children:
        try:
            if "spawn_main" in " ".join(child.cmdline()) and child.memory_info().rss > 300e6:
                found.append(child)
        except psutil.Error:
            continue
    return found


def _hears_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what is started in the background ignores it


def _belonging(runs: Path) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("NAS_RUNS") == str(runs) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return [pid for pid in found if pid != os.getpid()]
