"""How many trials and workers one driver bears.

    python benchmarks/scale.py trials --count 10000                 quick trials on SQLite: driver milliseconds a trial, memory
    python benchmarks/scale.py trials --count 10000 --storage URL   the same on a server
    python benchmarks/scale.py workers --count 100 --seconds 10     workers that sleep, on a Dask scheduler: how busy they are
    python benchmarks/scale.py tpe --counts 100 1000 3000 10000     what TPE takes for a proposal

The driver, the study, the results on disk and (for workers) Dask are the real ones; trainings are arithmetic or sleep. Each
command prints one JSON object.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from nas.engine.driver import Driver
from nas.engine.stoppers import NeverStop
from nas.engine.storage import open_storage, sqlite_url
from nas.training.executor import WorkerExecutor
from nas.training.facts import own_facts, resource_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fake_search import SLEPT, Sleeping, make_driver

_WHOLE, _EVER = NeverStop(segment_epochs=5), 10**9


def main() -> None:
    """Runs one of the three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    trials = commands.add_parser("trials")
    trials.add_argument("--count", type=int, default=10_000)
    trials.add_argument("--storage", help="URL of a server; SQLite in a temporary folder otherwise")
    trials.set_defaults(run=lambda given: run_trials(given.count, storage=given.storage))
    workers = commands.add_parser("workers")
    workers.add_argument("--count", type=int, default=100)
    workers.add_argument("--seconds", type=float, default=10.0)
    workers.add_argument("--rounds", type=int, default=6)
    workers.set_defaults(run=lambda given: run_workers(given.count, seconds=given.seconds, rounds=given.rounds))
    tpe = commands.add_parser("tpe")
    tpe.add_argument("--counts", type=int, nargs="+", default=[100, 300, 1_000, 3_000])
    tpe.set_defaults(run=lambda given: run_tpe(given.counts))
    given = parser.parse_args()
    print(json.dumps(given.run(given), indent=1))


def run_trials(count: int, *, storage: str | None) -> dict[str, Any]:
    """Quick trials with the random sampler."""
    with TemporaryDirectory(prefix="nas-scale-") as folder:
        place = Path(folder) / "run"
        place.mkdir()
        kept = open_storage(storage or sqlite_url(place / "study.db"))
        driver = make_driver(
            place, trials=count, storage=kept, sampler="random", stopper=NeverStop(segment_epochs=5), patience=_EVER
        )
        asking, before = _timed(driver, "ask"), psutil.Process().memory_info().rss
        begun = time.perf_counter()
        driver.run()
        wall = time.perf_counter() - begun
        counts = driver.tally.counts
        return {
            "trained": counts["trained"],
            "proposed": counts["proposed"],
            "seconds": round(wall, 1),
            "driver ms a trained trial, without the sampler": round(1e3 * (wall - asking[0]) / count, 2),
            "memory grown by, MiB": round((psutil.Process().memory_info().rss - before) / 2**20),
            "distinct": len({record.network.key for record in driver.tally.records if record.trained}),
        }


def run_workers(count: int, *, seconds: float, rounds: int) -> dict[str, Any]:
    """Workers of one thread that sleep, all in this process but for Dask's own messages."""
    from distributed import Client, LocalCluster

    resource = resource_of(own_facts())
    with (
        TemporaryDirectory(prefix="nas-scale-") as folder,
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=False,
            dashboard_address=None,
            resources={resource: 1},
            silence_logs="CRITICAL",
        ) as cluster,
        Client(cluster) as client,
    ):
        executor: Executor = WorkerExecutor(client, resource=resource)
        place = Path(folder) / "run"
        place.mkdir()
        kept = open_storage(sqlite_url(place / "study.db"))
        train = Sleeping(seconds)
        driver = make_driver(
            place,
            trials=count * rounds,
            storage=kept,
            sampler="random",
            stopper=_WHOLE,
            train=train,
            executor=executor,
            workers=count,
        )
        begun = time.perf_counter()
        driver.run()
        wall = time.perf_counter() - begun
        return {
            "workers": count,
            "seconds a task": seconds,
            "tasks": count * rounds,
            "wall seconds": round(wall, 1),
            "busy, from a worker's first task to its last": round(_busy(), 4),
            "busy, from the first trial to the last": round(rounds * seconds / wall, 4),
        }


def _busy() -> float:
    """The share of its time that a worker spends in tasks, between the begin of its first one and the end of its last one."""
    tasks: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for thread, begun, ended in SLEPT:
        tasks[thread].append((begun, ended))
    there = sum(max(ended for _, ended in its) - min(begun for begun, _ in its) for its in tasks.values())
    return sum(ended - begun for _, begun, ended in SLEPT) / there


def run_tpe(counts: list[int]) -> dict[int, Any]:
    """What a proposal takes after so many trained trials."""
    found = {}
    for count in counts:
        with TemporaryDirectory(prefix="nas-scale-") as folder:
            driver = make_driver(Path(folder) / "run", trials=count, sampler="random", patience=_EVER)
            driver.run()
            more = make_driver(
                Path(folder) / "more", trials=count + 20, sampler="tpe", storage=driver.study._storage, patience=_EVER
            )
            asking = _timed(more, "ask")
            more.run()
            found[count] = {"proposals": asking[1], "ms a proposal": round(1e3 * asking[0] / max(1, asking[1]), 1)}
    return found


def _timed(driver: Driver, name: str) -> list[Any]:
    """Seconds spent in a method of the driver's study, and how often it was called; drawing a network is counted with it."""
    spent: list[Any] = [0.0, 0]

    def watch(done: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return done(*given, **named)
            finally:
                spent[0] += time.perf_counter() - begun
                spent[1] += 1

        return called

    setattr(driver.study, name, watch(getattr(driver.study, name)))
    object.__setattr__(driver.order.space, "draw", watch(driver.order.space.draw))
    return spent


if __name__ == "__main__":
    main()
