"""Many simulated searches, each kept as it ends: a campaign that was cut off goes on where it was."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter

from nas.files import write_whole

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")
REPOSITORY = Path(__file__).parents[2]
SOURCES = (
    "nas/architecture/**/*.py",
    "nas/engine/**/*.py",
    "nas/baselines.py",
    "nas/training/curve.py",
    "search_spaces/**/*.py",
    "benchmarks/simulator/*.py",
    "benchmarks/curves/*.csv",
    "benchmarks/peers/rows/**/*.jsonl",
    "benchmarks/peers/kerastuner_space.py",
    "benchmarks/peers/searching.py",
    "studies/baselines/curves.csv",
)
LIBRARIES = ("numpy", "scikit-learn", "optuna", "keras-tuner")


def run_all(
    search: Callable[..., S], jobs: Sequence[tuple[str, int, int]], *, kind: type[S], processes: int, path: Path
) -> list[S]:
    """What each job comes to, in the order of jobs; `path` gets a line for each as it ends.

    Args:
        search: A function of a module that processes can import.
        jobs: What to call it with, each once.
        kind: What it returns.
        processes: How many searches run at once.
        path: File of JSON lines. Those that other code or other worlds left are dropped.
    """
    kept = list(_kept(path))
    write_whole(path, "".join(f"{json.dumps(row)}\n" for row in kept).encode())
    read = TypeAdapter(kind).validate_python
    found = {(name, world, length): read(row["search"]) for row in kept for name, world, length in [row["job"]]}
    missing = [job for job in jobs if job not in found]
    print(f"{len(jobs)} searches, {len(jobs) - len(missing)} of them done", flush=True)
    with ProcessPoolExecutor(processes) as pool, path.open("a", encoding="utf-8") as out:
        running = {pool.submit(search, *job): job for job in missing}
        for number, future in enumerate(as_completed(running), start=1):
            job = running[future]
            found[job] = future.result()
            out.write(json.dumps({"code": fingerprint(), "job": job, "search": asdict(found[job])}) + "\n")
            out.flush()
            if number % 10 == 0:
                print(f"{number} of {len(missing)}", flush=True)
    return [found[job] for job in jobs]


@cache
def fingerprint() -> str:
    """Of everything that a simulated search depends on."""
    digest = sha256(" ".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    for file in sorted({file for pattern in SOURCES for file in REPOSITORY.glob(pattern)}):
        digest.update(f"{file.relative_to(REPOSITORY)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _kept(path: Path) -> Iterator[dict[str, Any]]:
    """What this code left; a last line that was cut off is nothing."""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        with suppress(json.JSONDecodeError):
            row = json.loads(line)
            if row["code"] == fingerprint():
                yield row
