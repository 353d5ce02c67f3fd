"""How many trials and workers one driver bears.

    python benchmarks/scale.py trials --count 10000                 quick trials on SQLite: driver milliseconds a trial, memory
    python benchmarks/scale.py trials --count 10000 --storage URL   the same on a server
    python benchmarks/scale.py workers --count 100 --seconds 10     workers that sleep, on a Dask scheduler: how busy they are
    python benchmarks/scale.py samplers --counts 100 1000 10000     what a sampler takes for a proposal
    python benchmarks/scale.py memory --count 300                   a real search: how large driver and workers become

The driver, the study, the results on disk and (for workers) Dask are the real ones; trainings are arithmetic or sleep, but for
memory they are real too. Each command prints one JSON object.
"""

import argparse
import json
import multiprocessing
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import optuna
import psutil
from matplotlib.figure import Figure

from nas.engine.driver import Driver
from nas.engine.samplers import SamplerName
from nas.engine.stoppers import NeverStop
from nas.engine.storage import open_storage, sqlite_url
from nas.training.executor import WorkerExecutor
from nas.training.facts import own_facts, resource_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fake_search import Sleeping, make_driver

_WHOLE, _EVER = NeverStop(segment_epochs=5), 10**9
_WITH_TENSORFLOW_MIB = 300
_PROPOSED = 20
"""Networks for which a sampler is asked after so many trials."""


def main() -> None:
    """Runs one of them."""
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
    samplers = commands.add_parser("samplers")
    samplers.add_argument("--samplers", nargs="+", default=["forest", "tpe"])
    samplers.add_argument("--counts", type=int, nargs="+", default=[30, 100, 300, 1_000, 3_000, 10_000])
    samplers.add_argument("--picture", type=Path)
    samplers.set_defaults(run=lambda given: run_samplers(given.samplers, given.counts, picture=given.picture))
    memory = commands.add_parser("memory")
    memory.add_argument("--count", type=int, default=300)
    memory.add_argument("--data", default="mnist:2000")
    memory.set_defaults(run=lambda given: run_memory(given.count, data=given.data))
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
        before = psutil.Process().memory_info().rss
        begun = time.perf_counter()
        with _Asking.of(driver) as asking:
            driver.run()
        wall = time.perf_counter() - begun
        counts = driver.tally.counts
        return {
            "trained": counts["trained"],
            "proposed": counts["proposed"],
            "seconds": round(wall, 1),
            "driver ms a trained trial, without the sampler": round(1e3 * (wall - asking.seconds) / count, 2),
            "memory grown by, MiB": round((psutil.Process().memory_info().rss - before) / 2**20),
            "distinct": len({record.network.key for record in driver.tally.records if record.trained}),
        }


def run_workers(count: int, *, seconds: float, rounds: int) -> dict[str, Any]:
    """Workers of one thread that sleep, on a scheduler that somebody else started: both in a process of their own."""
    from distributed import Client

    resource = resource_of(own_facts())
    with (
        TemporaryDirectory(prefix="nas-scale-") as folder,
        _elsewhere(count, resource=resource) as address,
        Client(address) as client,
    ):
        executor: Executor = WorkerExecutor(client, resource=resource)
        place, diary = Path(folder) / "run", Path(folder) / "diary"
        place.mkdir()
        kept = open_storage(sqlite_url(place / "study.db"))
        driver = make_driver(
            place,
            trials=count * rounds,
            storage=kept,
            sampler="random",
            stopper=_WHOLE,
            train=Sleeping(seconds, diary),
            executor=executor,
            workers=count,
        )
        begun, spent = time.perf_counter(), time.process_time()
        driver.run()
        wall, spent = time.perf_counter() - begun, time.process_time() - spent
        return {
            "workers": count,
            "seconds a task": seconds,
            "tasks": count * rounds,
            "wall seconds": round(wall, 1),
            "busy, from a worker's first task to its last": round(_busy(diary), 4),
            "busy, from the first trial to the last": round(rounds * seconds / wall, 4),
            "driver's processor ms a task": round(1e3 * spent / (count * rounds), 1),
        }


@contextmanager
def _elsewhere(count: int, *, resource: str) -> Iterator[str]:
    """The address of a scheduler with workers, in another process."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(count, resource, theirs))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("enough")
        process.join()


def _serve(count: int, resource: str, line: Connection) -> None:
    """Workers as threads, which are enough to sleep; Dask's looking at what each is at, a hundred times a second, is left out."""
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"distributed.worker.profile.enabled": False}),
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=False,
            protocol="tcp://",
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            resources={resource: 1},
            silence_logs="CRITICAL",
        ) as cluster,
    ):
        line.send(cluster.scheduler_address)
        line.recv()


def _busy(diary: Path) -> float:
    """The share of its time that a worker spends in tasks, between the begin of its first one and the end of its last one."""
    tasks: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for thread, begun, ended in map(str.split, diary.read_text().splitlines()):
        tasks[thread].append((float(begun), float(ended)))
    there = sum(max(ended for _, ended in its) - min(begun for begun, _ in its) for its in tasks.values())
    return sum(ended - begun for its in tasks.values() for begun, ended in its) / there


def run_memory(count: int, *, data: str) -> dict[str, Any]:
    """The command `nas search`, each of its processes looked at twice a second."""
    seen: dict[int, list[float]] = defaultdict(list)
    with TemporaryDirectory(prefix="nas-scale-") as folder:
        words = ("search", "--data", data, "--trials", str(count), "--no-baselines", "--no-verdict", "--json")
        command = (Path(sys.executable).with_name("nas"), *words, "--runs", folder)
        begun = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            driver = psutil.Process(process.pid)
            while process.poll() is None:
                for one in (driver, *_workers_of(driver)):
                    with suppress(psutil.Error):  # it has just ended
                        seen[one.pid].append(one.memory_info().rss / 2**20)
                time.sleep(0.5)
            answer = json.loads(process.stdout.read() if process.stdout else "")
    own = seen.pop(driver.pid)
    working = [sizes for sizes in seen.values() if max(sizes) > _WITH_TENSORFLOW_MIB]
    return {
        "trained": answer["trained"],
        "epochs": answer["epochs"],
        "seconds": round(time.perf_counter() - begun, 1),
        "worker processes": len(working),
        "worker, MiB, after a tenth of its time, and at most": [
            (round(sizes[len(sizes) // 10]), round(max(sizes))) for sizes in working
        ],
        "driver, MiB, after a tenth of its time, and at most": (round(own[len(own) // 10]), round(max(own))),
    }


def _workers_of(driver: psutil.Process) -> list[psutil.Process]:
    try:
        return driver.children(recursive=True)
    except psutil.Error:
        return []


def run_samplers(names: list[SamplerName], counts: list[int], *, picture: Path | None) -> dict[str, Any]:
    """What each sampler takes for a proposal after so many trained trials, which were drawn at random."""
    found: dict[str, Any] = {name: {} for name in names}
    kept = optuna.storages.InMemoryStorage()

    def driver(trials: int, sampler: SamplerName) -> Driver:
        return make_driver(Path(folder) / "run", trials=trials, sampler=sampler, storage=kept, patience=_EVER)

    with TemporaryDirectory(prefix="nas-scale-") as folder:
        for count in counts:
            driver(count, "random").run()
            for more, name in enumerate(names, start=1):
                searching = driver(count + more * _PROPOSED, name)
                with _Asking.of(searching) as asking:
                    searching.run()
                found[name][count] = {
                    "ms a proposal": round(1e3 * asking.seconds / asking.proposals, 1),
                    "ms a trained network": round(1e3 * asking.seconds / _PROPOSED, 1),
                }
                print(name, count, found[name][count], file=sys.stderr, flush=True)
    if picture:
        _draw(found, counts, picture)
    return found


def _draw(found: dict[str, Any], counts: list[int], path: Path) -> None:
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    for name, its in found.items():
        axes.plot(counts, [its[count]["ms a trained network"] for count in counts], marker="o", label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.minorticks_off()
    axes.set_xlabel("trained networks in the study")
    axes.set_ylabel("processor ms a further one")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


@dataclass
class _Asking:
    """Processor time that a driver spends on proposals."""

    seconds: float = 0.0
    proposals: int = 0
    _within: bool = False

    @classmethod
    @contextmanager
    def of(cls, driver: Driver) -> "Iterator[_Asking]":
        """Watches the driver's study be asked, and networks being drawn, until the block ends."""
        asking, space, study = cls(), driver.order.space, driver.study
        draw, ask = space.draw, study.ask

        def asked() -> Any:
            asking.proposals += 1
            return asking._timed(ask)

        object.__setattr__(space, "draw", lambda *given: asking._timed(draw, *given))
        object.__setattr__(study, "ask", asked)
        try:
            yield asking
        finally:
            object.__setattr__(space, "draw", draw)
            object.__setattr__(study, "ask", ask)

    def _timed(self, function: Callable[..., Any], *given: Any) -> Any:
        if self._within:  # a sampler draws networks while it is asked
            return function(*given)
        self._within, begun = True, time.thread_time()
        try:
            return function(*given)
        finally:
            self.seconds += time.thread_time() - begun
            self._within = False


if __name__ == "__main__":
    main()
