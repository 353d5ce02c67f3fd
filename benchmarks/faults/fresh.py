"""A study for a fault, and what a fault came to."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from invariants import Check, check
from killable import Search


@dataclass
class Row:
    """What a fault came to."""

    times: int = 0
    lost: int = 0
    doubled: int = 0
    watched: bool = False
    """Whether it was noted at each fault what was on disk: else nobody knows that nothing was lost."""
    broken: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def count(self, *, injected: bool = True) -> None:
        """Counts a fault that was injected, if it was, and shows on stderr how many there are."""
        self.times += injected
        print(f"{self.times} injected", end="\r", file=sys.stderr, flush=True)

    def add(self, one: Check) -> None:
        """Adds what a study came to."""
        self.lost += one.lost
        self.watched |= one.watched
        self.doubled += one.doubled
        self.broken += one.broken

    def end(self, search: Search, process: "subprocess.Popen[str] | None" = None) -> None:
        """Lets a search go on to its end, which it has to reach, and adds what it came to."""
        self.close(search, search.end(process or search.start()))

    def close(self, search: Search, code: int) -> None:
        """Adds what a search came to that ended with this exit code; a study that cannot even be read is broken, too."""
        self.broken += [] if code == 0 else [f"exit code {code}: {search.errors[-300:]}"]
        try:
            self.add(check(search))
        except Exception as error:
            self.broken.append(f"its study cannot be checked ({type(error).__name__}: {error})")


@contextmanager
def fresh_search(
    *, trials: int, flags: tuple[str, ...] = (), space: str = "plain", storage: str | None = None
) -> Iterator[Search]:
    """A study in a folder that goes with it."""
    with TemporaryDirectory(prefix="nas-faults-", ignore_cleanup_errors=True) as folder:
        yield Search(Path(folder) / "runs", trials=trials, flags=flags, space=space, storage=storage)
