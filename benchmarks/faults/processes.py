"""Faults of the processes of a search: killed, ended, stopped for a while."""

import os
import signal
import time
from random import Random

import psutil
from fresh import Row, fresh_search
from invariants import failed_of_kills
from killable import Search, wait_for_workers

from nas.engine.folder import RunFolder
from nas.engine.reading import read_study

_FROZEN_SECONDS = 60.0


def workers_killed(times: int, random: Random, *, all_of_them: bool = False) -> Row:
    """Kills worker processes of searches that go on meanwhile; after five failures in a row the search is started again."""
    row, failed = Row(), 0
    while row.times < times:
        with fresh_search(trials=min(30, 3 * times)) as search:
            search.deadly = True
            while True:
                process = search.start()
                while row.times < times and (workers := wait_for_workers(process, random=random)):
                    search.remember()
                    chosen = workers if all_of_them else [random.choice(workers)]
                    struck = [_sent(worker, signal.SIGKILL) for worker in chosen]
                    row.count(injected=any(struck))
                code = search.end(process)
                if code != 1 or not _gave_up(search):
                    break
            row.close(search, code)
            failed += len(failed_of_kills(read_study(RunFolder(search.run), storage=search.storage).tally.records))
    row.figures = {"networks that met two kills and failed": failed}
    return row


def _gave_up(search: Search) -> bool:
    """Whether its last command ended since five networks in a row had met two kills each."""
    return "trainings in a row failed" in search.errors[-500:]


def all_workers_killed(times: int, random: Random) -> Row:
    """Kills all of them at once."""
    return workers_killed(times, random, all_of_them=True)


def driver_stopped(times: int, random: Random, *, by: signal.Signals, expected: int, group: bool = False) -> Row:
    """Ends the driver at random moments, from its first imports on, and goes on with the study.

    What is on disk is noted before the signal, and again when all its processes are gone.
    """
    row, seconds = Row(), [0.0]
    while row.times < times:
        with fresh_search(trials=min(12, 5 * times)) as search:
            while row.times < times:
                process = search.start()
                time.sleep(random.uniform(0.5, 14.0))
                if process.poll() is not None:
                    code = search.end(process)
                    row.broken += [] if code == 0 else [f"started again, it ended with exit code {code}"]
                    break
                search.remember()
                begun = time.monotonic()
                (os.killpg if group else os.kill)(process.pid, by)
                code = search.end(process)
                if code == 0:
                    break  # it had just ended
                row.count()
                seconds.append(time.monotonic() - begun)
                row.broken += [] if code == expected else [f"exit code {code}"]
                row.broken += ["a process is left"] if search.leavings() else []
                search.remember()
            row.end(search)
    row.figures = {"slowest end, seconds": round(max(seconds), 2)}
    return row


def driver_killed(times: int, random: Random) -> Row:
    """SIGKILL."""
    return driver_stopped(times, random, by=signal.SIGKILL, expected=-9)


def interrupted(times: int, random: Random) -> Row:
    """SIGINT to every process, as a terminal sends it."""
    return driver_stopped(times, random, by=signal.SIGINT, expected=130, group=True)


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
                row.count(injected=_sent(workers[0], signal.SIGSTOP))
                time.sleep(_FROZEN_SECONDS)
                _sent(workers[0], signal.SIGCONT)
            row.end(search, process)
    return row


def _sent(process: psutil.Process, number: signal.Signals) -> bool:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return False
    return True
