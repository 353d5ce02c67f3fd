"""The picks of all searches, and two hand-designed networks, trained on seeds that no search has seen.

    python judge.py --seeds 3 --processes 2 [--every 60]

Appends to judged.csv and goes on where it was; the test images stay sealed.
"""

import argparse
import csv
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from rows import Search, read_searches
from searching import TASK
from timeline import RULES, marks_until, pick_by_value, picks

from nas.architecture import Architecture, measure, parse_architecture
from nas.baselines import baselines

HERE = Path(__file__).parent
COLUMNS = ("network", "seed", "score", "parameters")
FIRST_SEED = 1_001
RIVALS = ("model-2", "model-5")
"""Hand-designed networks that are judged beside the picks."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--every", type=float, default=60, help="seconds between two looks at a search (default 60)")
    parser.add_argument("--rows", type=Path, default=HERE / "rows")
    parser.add_argument("--out", type=Path, default=HERE / "judged.csv")
    parser.add_argument("--data", default="mnist", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    networks = to_judge(read_searches(arguments.rows), every=arguments.every)
    done = {(row["network"], int(row["seed"])) for row in read_judged(arguments.out)}
    seeds = range(FIRST_SEED, FIRST_SEED + arguments.seeds)
    wanted = [(network, seed) for seed in seeds for network in networks if (network.key, seed) not in done]
    print(f"{len(networks)} networks on {arguments.seeds} seeds: {len(wanted)} trainings left", flush=True)
    judge(wanted, arguments)


def to_judge(searches: tuple[Search, ...], *, every: float) -> list[Architecture]:
    """Each network that is a search's pick at one of its marks, and the hand-designed ones, each once."""
    found = {name for search in searches for name in picks_of(search, every=every) if name is not None}
    rivals = [baselines(TASK)[name] for name in RIVALS]
    return list(dict.fromkeys((*rivals, *(parse_architecture(text, source="a row") for text in sorted(found)))))


def picks_of(search: Search, *, every: float) -> tuple[str | None, ...]:
    """What a search would have handed over at each mark, by its tool's own rule."""
    rule = RULES.get(search.header.searcher, pick_by_value)
    return picks(search.rows, marks=marks_until(search.header.seconds, every=every), rule=rule)


def judge(wanted: list[tuple[Architecture, int]], arguments: argparse.Namespace) -> None:
    """Appends a line for each training as it ends."""
    os.environ.update(OMP_NUM_THREADS="1", TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", TF_CPP_MIN_LOG_LEVEL="2")
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # several processes may share one card
    begin = not arguments.out.exists()
    with ProcessPoolExecutor(arguments.processes, get_context("spawn")) as pool, arguments.out.open("a", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        if begin:
            writer.writerow(COLUMNS)
        futures = [pool.submit(judge_one, network.canonical_json, seed, arguments.data) for network, seed in wanted]
        for number, future in enumerate(as_completed(futures), start=1):
            writer.writerow(future.result())
            out.flush()
            print(f"{number} of {len(wanted)}", flush=True)


def judge_one(text: str, seed: int, data: str) -> tuple[str, int, str, int]:
    """A line of judged.csv: the whole recipe, the mean of the last three epochs' validation accuracies."""
    from nas.data import find
    from nas.training.curve import score
    from nas.training.plan import NOTEBOOK
    from nas.training.trainer import train_one
    from nas.training.work import Work

    network = parse_architecture(text, source="a row")
    segment = train_one(Work(network, NOTEBOOK, find(data), seed, NOTEBOOK.epochs))
    if segment.failure:
        raise RuntimeError(f"A pick cannot be judged on seed {seed}: {segment.failure}.")
    return network.key, seed, f"{score(segment.curve):.6f}", measure(network).parameters


def read_judged(path: Path) -> Iterator[dict[str, str]]:
    """The lines of judged.csv, none if it is not there yet."""
    if path.exists():
        with path.open(newline="") as file:
            yield from csv.DictReader(file)


if __name__ == "__main__":
    main()
