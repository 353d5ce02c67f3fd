"""Disks that are full, in turn for each folder that nas writes to; the disks need root."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from fresh import Row, fresh_search
from killable import Search

_ROOM = "60m"
_PAGE_KILOBYTES = 4


def disk_full(times: int, random: Random) -> Row:
    """Fills the folders one after the other; what was asked for is refused in a sentence, and done once there is room."""
    row = Row()
    for _, fill in zip(range(times), cycle((_runs_full, _cache_full, _ledger_full, _exports_full)), strict=False):
        fill(row, random)
        row.count()
    return row


def _runs_full(row: Row, random: Random) -> None:
    """A search whose study, results and checkpoints outgrow their disk."""
    with _disk(kilobytes=random.randint(1_500, 3_000)) as disk:
        search = Search(disk / "runs", trials=25, flags=("--stopper", "none"))
        _refused(row, search, search.start())
        search.remember()
        _make_room(disk)
        row.end(search)


def _cache_full(row: Row, random: Random) -> None:
    """A search whose data do not fit where they are unpacked."""
    with _disk(kilobytes=random.randint(1, 20) * _PAGE_KILOBYTES) as disk, fresh_search(trials=4) as search:
        search.data, search.environment = "digits", {"NAS_CACHE": str(disk / "cache")}
        _refused(row, search, search.start())
        _make_room(disk)
        row.end(search)


def _ledger_full(row: Row, random: Random) -> None:
    """A verdict that cannot write down that it opens the test images."""
    with _disk(kilobytes=_PAGE_KILOBYTES) as disk, fresh_search(trials=3) as search:
        search.environment = {"NAS_DATA": str(disk / "data")}
        search.flags = ("--seed", str(random.randrange(1_000)))
        row.end(search)
        (disk / "filler").write_bytes(b"-" * _PAGE_KILOBYTES * 1_024)
        words = ("verdict", "--seeds", "2", "--workers", "2")
        _refused(row, search, search.call(*words))
        _make_room(disk)
        if code := search.end(search.call(*words)):
            row.broken.append(f"verdict: exit code {code}, with room")
        ledgers = [*disk.glob("data/openings/*.jsonl"), search.run / "openings.jsonl"]
        if (lines := [len(ledger.read_text().splitlines()) for ledger in ledgers]) != [1, 1]:
            row.broken.append(f"the ledgers have {lines} openings")


def _exports_full(row: Row, random: Random) -> None:
    """An export that does not fit where it goes."""
    with _disk(kilobytes=random.randint(2, 15) * _PAGE_KILOBYTES) as disk, fresh_search(trials=3) as search:
        row.end(search)
        words = ("export", "--format", "keras,litert-int8,c", "--out", str(disk / "exports"))
        _refused(row, search, search.call(*words))
        if left := [str(path.relative_to(disk)) for path in disk.rglob("*") if path.is_file()]:
            row.broken.append(f"an export that was refused left {left}")
        _make_room(disk)
        if code := search.end(search.call(*words)):
            row.broken.append(f"export: exit code {code}, with room")


def _refused(row: Row, search: Search, process: "subprocess.Popen[str]") -> None:
    """Waits for a command that has to end in a sentence which says why."""
    before = len(search.errors)
    code = search.end(process)
    said = search.errors[before:].strip().splitlines() or [""]
    if code not in {1, 2} or not said[-1].startswith("nas: ") or "No space left" not in said[-1]:
        row.broken.append(f"exit code {code} on a full disk: {said[-1][:200]}")


@contextmanager
def _disk(*, kilobytes: int) -> Iterator[Path]:
    with TemporaryDirectory(prefix="nas-faults-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def _make_room(disk: Path) -> None:
    subprocess.run(["mount", "-o", f"remount,size={_ROOM}", disk], check=True)
