"""The faults, each a function that injects it so many times and says what came of it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psutil
from invariants import Check, check
from killable import Search, wait_for_workers


@dataclass
class Row:
    """What a fault came to."""

    times: int = 0
    lost: int = 0
    doubled: int = 0
    broken: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def add(self, one: Check) -> None:
        """Adds what a study came to."""
        self.lost += one.lost
        self.doubled += one.doubled
        self.broken += one.broken


@contextmanager
def fresh_search(**settings: object) -> Iterator[Search]:
    """A study in a folder that goes with it."""
    with TemporaryDirectory(prefix="nas-faults-", ignore_cleanup_errors=True) as folder:
        yield Search(Path(folder) / "runs", **settings)  # type: ignore[arg-type]


def workers_killed(times: int, random: Random, *, all_of_them: bool = False) -> Row:
    """Kills worker processes of searches that go on meanwhile."""
    row = Row()
    while row.times < times:
        with fresh_search(trials=30) as search:
            process = search.start()
            while row.times < times and (workers := wait_for_workers(process, random=random)):
                search.remember()
                for worker in workers if all_of_them else [random.choice(workers)]:
                    _signal(worker, signal.SIGKILL)
                    row.times += 1
            code = search.end(process)
            row.broken += [] if code == 0 else [f"exit code {code}"]
            row.add(check(search))
    return row


def all_workers_killed(times: int, random: Random) -> Row:
    """Kills all of them at once."""
    return workers_killed(times, random, all_of_them=True)


def driver_stopped(times: int, random: Random, *, by: signal.Signals, expected: int) -> Row:
    """Ends the driver at random moments, from its first imports on, and goes on with the study."""
    row, seconds = Row(), [0.0]
    while row.times < times:
        with fresh_search(trials=12) as search:
            while row.times < times:
                process = search.start()
                time.sleep(random.uniform(0.5, 14.0))
                if process.poll() is not None:
                    break
                search.remember()
                begun = time.monotonic()
                os.kill(process.pid, by)
                code = search.end(process)
                if code == 0:
                    break  # it had just ended
                row.times += 1
                seconds.append(time.monotonic() - begun)
                row.broken += [] if code == expected else [f"exit code {code}"]
                row.broken += ["a process is left"] if search.leavings() else []
            code = search.end(search.start())
            row.broken += [] if code == 0 else [f"exit code {code}"]
            row.add(check(search))
    row.figures = {"slowest end, seconds": round(max(seconds), 2)}
    return row


def driver_killed(times: int, random: Random) -> Row:
    """SIGKILL."""
    return driver_stopped(times, random, by=signal.SIGKILL, expected=-9)


def interrupted(times: int, random: Random) -> Row:
    """SIGINT, as Ctrl-C sends it."""
    return driver_stopped(times, random, by=signal.SIGINT, expected=130)


def terminated(times: int, random: Random) -> Row:
    """SIGTERM, as a batch system sends it."""
    return driver_stopped(times, random, by=signal.SIGTERM, expected=143)


def worker_frozen(times: int, random: Random) -> Row:
    """Stops a worker for a minute, and lets it go on."""
    row = Row()
    while row.times < times:
        with fresh_search(trials=8) as search:
            process = search.start()
            workers = wait_for_workers(process, random=random)
            if workers:
                search.remember()
                _signal(workers[0], signal.SIGSTOP)
                time.sleep(60)
                _signal(workers[0], signal.SIGCONT)
                row.times += 1
            code = search.end(process)
            row.broken += [] if code == 0 else [f"exit code {code}"]
            row.add(check(search))
    return row


def disk_full(times: int, random: Random) -> Row:
    """Searches on a disk of three megabytes until it is full, makes room, and goes on; needs root for the disk."""
    row = Row()
    for _ in range(times):
        with TemporaryDirectory(prefix="nas-faults-") as folder:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={random.randint(1_500, 3_000)}k", "tmpfs", folder], check=True)
            try:
                search = Search(Path(folder) / "runs", trials=25, flags=("--stopper", "none"))
                code = search.end(search.start())
                row.broken += [] if code in {1, 2} and "No space left" in search.errors else [f"exit code {code}, on a full disk"]
                search.remember()
                row.times += 1
                subprocess.run(["mount", "-o", "remount,size=60m", folder], check=True)
                code = search.end(search.start())
                row.broken += [] if code == 0 else [f"exit code {code}"]
                row.add(check(search))
            finally:
                subprocess.run(["umount", "-l", folder], check=True)
    return row


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


FAULTS: dict[str, tuple[Callable[[int, Random], Row], int, str]] = {
    "a worker killed": (workers_killed, 200, "SIGKILL at a random moment"),
    "all workers killed": (all_workers_killed, 40, "SIGKILL to both at once"),
    "the driver killed": (driver_killed, 50, "SIGKILL from its first imports on, then the same command"),
    "Ctrl-C": (interrupted, 30, "SIGINT at a random moment, then the same command"),
    "a batch system's end": (terminated, 30, "SIGTERM at a random moment, then the same command"),
    "a worker frozen": (worker_frozen, 3, "SIGSTOP for a minute"),
    "the disk full": (disk_full, 10, "a small tmpfs for the runs folder, then room"),
}
"""How each is injected, how often, and in words."""
