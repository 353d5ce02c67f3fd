"""Would a race among the finalists, inside the time of a search, hand over a better network than its one-seed scores do?

    python benchmarks/simulator/finalists.py --searches 20 [--seconds 600] [--processes 2]

Each world is searched once as by `nas search`. The pick by score at the end is set against races that begin earlier: the search
ends then, its best networks are trained to the end on a second seed by the two workers, those that are done in time count, and
of these the highest mean is picked. Searches are kept in benchmarks/results/finalists.jsonl as they end; the command goes on.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

os.environ.update(OMP_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3")

from campaign import run_all
from compare import POLICIES, RESULTS
from simulation import SEGMENT_SECONDS, START_SECONDS, Simulated, epoch_seconds
from surrogate import EPOCHS, Surrogate

from nas.architecture import Architecture, layers_of

RACES = ((60, 2), (90, 3), (120, 4), (150, 5))
"""How many seconds before the end a race begins, and among how many."""
WORKERS = 2
SECOND_SEED = 1_000_000


@dataclass(frozen=True)
class Ended:
    """What a search would hand over, by each way to pick."""

    score: float
    """Of the pick by score, in percent, with the seed that it was picked for."""
    worth: float
    """Of that pick, over all seeds."""
    raced: tuple[float, ...]
    """Worth of the pick of each race."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", type=int, default=20, help="worlds, counted from 0 (default 20)")
    parser.add_argument("--seconds", type=int, default=600, help="virtual seconds of a search (default 600)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for finalists.jsonl")
    arguments = parser.parse_args()
    jobs = [("nas", world, arguments.seconds) for world in range(arguments.searches)]
    ended = run_all(run, jobs, kind=Ended, processes=arguments.processes, path=arguments.out / "finalists.jsonl")
    print(f"By score: {_mean([one.score - one.worth for one in ended])} points of luck in the pick's score.")
    for index, (seconds, count) in enumerate(RACES):
        gained = [one.raced[index] - one.worth for one in ended]
        print(f"Race of {count} in the last {seconds} s: {_mean(gained)} points more than the pick by score.")


def run(name: str, world: int, seconds: int) -> Ended:
    surrogate = Surrogate(world)
    simulated = POLICIES[name].search(surrogate, seed=world, seconds=seconds)
    assert isinstance(simulated, Simulated)
    (score, best) = _finalists(simulated, seconds=seconds)[0]
    raced = (_race(surrogate, simulated, begin=seconds - before, end=seconds, count=count) for before, count in RACES)
    return Ended(score=100 * score, worth=100 * surrogate.score(best), raced=tuple(100 * surrogate.score(one) for one in raced))


def _finalists(simulated: Simulated, *, seconds: float) -> list[tuple[float, Architecture]]:
    """The networks trained to the end by then with their scores, best first."""
    done = [
        (record.score or 0.0, layers_of(record.network))
        for record in simulated.in_order
        if record.outcome == "completed" and simulated.ends[record.number] <= seconds
    ]
    return sorted(done, key=lambda one: -one[0])


def _race(surrogate: Surrogate, simulated: Simulated, *, begin: float, end: float, count: int) -> Architecture:
    """The network with the highest mean of two seeds, among those whose second training was done in time."""
    there = _finalists(simulated, seconds=begin) or _finalists(simulated, seconds=end)
    free, means = [begin] * WORKERS, []
    for score, network in there[:count]:
        free.sort()
        free[0] += START_SECONDS + SEGMENT_SECONDS + EPOCHS * epoch_seconds(network)
        if free[0] <= end:
            again = float(surrogate.curve(network, seed=SECOND_SEED)[-3:].mean())
            means.append(((score + again) / 2, network))
    return max(means, key=lambda one: one[0])[1] if means else there[0][1]


def _mean(values: Sequence[float]) -> str:
    return f"{fmean(values):+.3f} ± {stdev(values) / len(values) ** 0.5:.3f}"


if __name__ == "__main__":
    main()
