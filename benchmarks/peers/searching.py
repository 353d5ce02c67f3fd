"""What every searcher's program does: take an order, let processes run until the time is up, leave rows."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep, time

import psutil
from rows import End, Header, Row, Search, write_search

from nas.architecture import Budget, Task
from nas.engine.environment import FILE, write_environment

BUDGET = 7_000
"""Most parameters that a network may have, as Keras counts them."""
TASK = Task(input_shape=(28, 28, 1), classes=10, budget=Budget(parameters=BUDGET))
WORKERS = 2
"""Processes that train at the same time, one for each core."""
TOOLS = ("budget-nas", "optuna", "keras-tuner", "scikit-learn")


@dataclass(frozen=True)
class Order:
    """One search to be done."""

    searcher: str
    """What the report calls it."""
    seed: int
    """Gives the search's random choices."""
    seconds: float
    """Wall time that it has."""
    out: Path
    """The file for its rows."""
    data: str
    """Name of the data set."""
    begun: float
    """When its clock started, in seconds since 1970."""

    @property
    def late(self) -> bool:
        """Whether its time is up."""
        return time() >= self.begun + self.seconds


def order_parser(description: str | None) -> argparse.ArgumentParser:
    """The arguments that all searchers take."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", default="mnist", help=argparse.SUPPRESS)  # mnist:2000 for a first try
    return parser


def order_of(arguments: argparse.Namespace, *, searcher: str) -> Order:
    """The order that arguments give; its clock starts now."""
    return Order(searcher, arguments.seed, arguments.seconds, arguments.out, arguments.data, begun=time())


def conduct(order: Order, processes: Sequence[BaseProcess]) -> End:
    """Processes started, left alone until the time is up, and ended then.

    Raises:
        RuntimeError: If one of them ends by itself.
    """
    for process in processes:
        process.start()
    try:
        while not order.late:
            sleep(0.1)
            if dead := [process.name for process in processes if not process.is_alive()]:
                raise RuntimeError(f"{', '.join(dead)} ended before the time was up; see what it printed.")
        return ending(order)
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.join()


def ending(order: Order) -> End:
    """The end of a search whose processes are still there, so that their processor time is too."""
    own, spent = psutil.Process(), 0.0
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # it ended just now
            times = process.cpu_times()
            spent += times.user + times.system + times.children_user + times.children_system
    return End(wall_seconds=time() - order.begun, cpu_seconds=spent)


def leave_rows(order: Order, rows: Iterable[Row], end: End) -> None:
    """The file of rows, without what ended after the time."""
    in_time = sorted((row for row in rows if row.seconds <= order.seconds), key=lambda row: row.seconds)
    with TemporaryDirectory() as folder:
        write_environment(Path(folder), workers=WORKERS)
        environment = json.loads((Path(folder) / FILE).read_bytes())
    header = Header(
        searcher=order.searcher,
        seed=order.seed,
        seconds=order.seconds,
        command=" ".join((Path(sys.argv[0]).name, *sys.argv[1:])),
        environment=environment,
        tools={name: version(name) for name in TOOLS},
        commit=_commit(),
        ended=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    write_search(order.out, Search(header, tuple(in_time), end))
    trained = len({row.network for row in in_time})
    print(f"{order.searcher} seed {order.seed}: {trained} networks trained, {len(in_time)} trainings, {end.wall_seconds:.0f} s")


def _commit() -> str | None:
    """The commit that this file is of, with a + where files have changed since; None outside a clone."""
    try:
        asked = ("git", "describe", "--always", "--dirty=+", "--exclude=*")
        return subprocess.run(asked, cwd=Path(__file__).parent, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
