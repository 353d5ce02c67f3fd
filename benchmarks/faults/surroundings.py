"""Faults of what a search stands on: its server, its networks, and the files that are made of it."""

import signal
import sys
import time
from pathlib import Path
from random import Random

from fresh import Row, fresh_search
from invariants import check
from killable import Search, wait_for_workers
from poisoned import POISONS, REASONS

from nas.architecture import Factory
from nas.engine.folder import RunFolder
from nas.engine.reading import read_study

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))
from postgres import postgres
from scale import run_trials

_AWAY_SECONDS = 10.0
_FORMATS = "keras,litert-int8,c"


def server_restarted(times: int, random: Random) -> Row:
    """Takes the server that keeps the study away for ten seconds."""
    row = Row()
    with postgres() as server:
        while row.times < times:
            with fresh_search(trials=min(40, 8 * times), storage=server.url) as search:
                process = search.start()
                while row.times < times and wait_for_workers(process, random=random):
                    search.remember()
                    server.stop()
                    time.sleep(_AWAY_SECONDS)
                    server.start()
                    row.count()
                    time.sleep(random.uniform(0.0, 4.0))
                row.end(search, process)
                _forget(search)
    return row


def networks_poisoned(times: int, random: Random) -> Row:
    """Searches a space of which a quarter kills its worker, hangs in it, or has losses that are no numbers."""
    row = Row()
    while row.times < times:
        flags = ("--trial-timeout", "30s", "--seed", str(random.randrange(1_000)))
        with fresh_search(trials=20, space="poisoned:build", flags=flags) as search:
            row.end(search)
            for record in read_study(RunFolder(search.run)).tally.records:
                assert isinstance(record.network, Factory)
                poison = POISONS.get(record.network.values["poison"])  # type: ignore[arg-type]
                if poison is None:
                    row.broken += [f"a healthy network failed: {record.reason}"] if record.outcome == "failed" else []
                elif record.outcome in {"completed", "stopped"}:
                    row.broken.append(f"a network that {poison} was trained")
                elif record.outcome == "failed":
                    row.count()
                    row.broken += [] if REASONS[poison] in (record.reason or "") else [f"{poison}: {record.reason}"]
    return row


def writing_killed(times: int, random: Random) -> Row:
    """Kills `nas report` and `nas export` while they write; the same command then does what it would have done."""
    row = Row()
    with fresh_search(trials=3) as search:
        row.end(search)
        for word, flags in (("report", ()), ("export", ("--format", _FORMATS))):
            begun = time.monotonic()
            search.end(search.call(word, *flags))
            seconds, whole = time.monotonic() - begun, _names(search.run)
            least = times // 2 if word == "report" else times
            while row.times < least:
                process = search.call(word, *flags)
                time.sleep(random.uniform(0.5, 1.05) * seconds)
                process.send_signal(signal.SIGKILL)
                row.count(injected=search.end(process) == -signal.SIGKILL)  # else it had just ended
                if missing := whole - _names(search.run):
                    row.broken.append(f"{word}: {', '.join(sorted(missing))} gone after a kill")
            code = search.end(search.call(word, *flags))
            row.broken += [] if code == 0 else [f"{word}: exit code {code}"]
            search.end(search.call("doctor", "--repair"))  # half-written files have names of their own
            if left := _names(search.run) ^ whole:
                row.broken.append(f"{word}: {', '.join(sorted(left))} is not as it would be without kills")
        row.add(check(search))
    return row


def many_trials(times: int, *, storage: str | None = None) -> Row:
    """Quick trials by the real driver, study and results; trainings are arithmetic."""
    found = run_trials(times, storage=storage)
    row = Row(times=times, doubled=found["trained"] - found["distinct"])
    row.broken += [] if found["trained"] == times else [f"{found['trained']} trained of {times}"]
    row.figures = {name: value for name, value in found.items() if "driver" in name or "memory" in name}
    return row


def many_on_sqlite(times: int, random: Random) -> Row:  # noqa: ARG001 - every fault takes both
    """In a file."""
    return many_trials(times)


def many_on_postgres(times: int, random: Random) -> Row:  # noqa: ARG001
    """On a server."""
    with postgres() as server:
        return many_trials(times, storage=server.url)


def _names(folder: Path) -> set[str]:
    """All files, by their names from the folder on."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _forget(search: Search) -> None:
    """Takes the study off its server, for the next one of this name."""
    from nas.engine.storage import open_storage

    storage = open_storage(search.storage or "")
    storage.delete_study(storage.get_study_id_from_name(search.name))
    storage.engine.dispose()
