"""Whether a search that is cut into pieces, or has more workers, gives the answer that it gives in one go."""

import signal
import time
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from fresh import Row, fresh_search
from killable import Search

from nas.engine.folder import RunFolder
from nas.engine.reading import read_study

PIECES = (13, 33, 40)
"""Trials that are asked for, one after the other: 13, 20 more, 7 more."""


def in_pieces(times: int, random: Random) -> Row:
    """Kills the driver in the middle of each piece; numbers, networks, curves and weights are those of a search in one go."""
    row, killed = Row(), 0
    flags = ("--workers", "1", "--sampler", "tpe")
    with fresh_search(trials=PIECES[-1], flags=flags) as whole:
        row.end(whole)
        expected = answer(whole)
        for _ in range(times):
            with fresh_search(trials=PIECES[0], flags=flags) as cut:
                for trials in PIECES:
                    cut.trials = trials
                    process = cut.start()
                    time.sleep(random.uniform(8.0, 20.0))
                    cut.remember()
                    process.send_signal(signal.SIGKILL)
                    killed += cut.end(process) == -signal.SIGKILL  # else it had just ended
                    row.end(cut)
                row.count()
                if answer(cut) != expected:
                    row.broken.append("another answer than in one go")
    row.figures = {"pieces that were killed": killed}
    return row


def by_more_workers(times: int, random: Random) -> Row:
    """With the random sampler one worker and two train the same set of networks."""
    row = Row()
    for _ in range(times):
        seed, networks = str(random.randrange(1_000)), set()
        for workers in ("1", "2"):
            with fresh_search(trials=12, flags=("--workers", workers, "--seed", seed)) as search:
                row.end(search)
                networks.add(frozenset(one.network.key for one in _records(search) if one.trained))
        row.count()
        row.broken += [] if len(networks) == 1 else ["another set of networks"]
    return row


def answer(search: Search) -> list[tuple[Any, ...]]:
    """What a search found, without how long it took: trials with their curves, and the hash of each network's weights."""
    trials: list[tuple[Any, ...]] = [
        (one.number, one.outcome, one.network.key, one.seed, [row.model_copy(update={"seconds": 0.0}) for row in one.curve])
        for one in _records(search)
    ]
    return trials + [(path.name, _weights(path)) for path in sorted((search.run / "checkpoints").glob("*.npz"))]


def _weights(path: Path) -> str:
    with np.load(path) as arrays:
        named = [(name, arrays[name]) for name in sorted(arrays.files) if name.startswith("model/")]
    return sha256(b"".join(name.encode() + value.tobytes() for name, value in named)).hexdigest()


def _records(search: Search) -> Any:
    return read_study(RunFolder(search.run)).tally.records
