"""Searches one after the other, each with the machine to itself, the searchers taking turns.

    python race.py --seconds 600 --searches nas:1-5 optuna:1-5 hyperband:1-3 bayesian:1-3 naive:1

A search whose rows are there is not done again, so that a sitting that ends early loses only the search it was in.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = {
    "nas": ("nas_search.py",),
    "optuna": ("optuna_script.py",),
    "hyperband": ("kerastuner_search.py", "--tuner", "hyperband"),
    "bayesian": ("kerastuner_search.py", "--tuner", "bayesian"),
    "naive": ("naive_script.py",),
}


@dataclass(frozen=True)
class Entry:
    """One search of the race."""

    searcher: str
    seed: int

    def rows(self, folder: Path) -> Path:
        """Its file of rows."""
        return folder / f"{self.searcher}-s{self.seed}.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--searches", nargs="+", required=True, metavar="SEARCHER:SEEDS")
    parser.add_argument("--rows", type=Path, default=Path("rows"), help="folder, seen from this one (default rows)")
    parser.add_argument("--data", default="mnist", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    entries = by_turns([entry for text in arguments.searches for entry in entries_of(text)])
    left = [entry for entry in entries if not entry.rows(HERE / arguments.rows).exists()]
    print(f"{len(entries)} searches, {len(entries) - len(left)} of them done; {len(left) * arguments.seconds / 60:.0f} min left")
    for number, entry in enumerate(left, start=1):
        print(f"{datetime.now():%H:%M:%S} {number} of {len(left)}: {entry.searcher}, seed {entry.seed}", flush=True)
        run(entry, arguments)


def entries_of(text: str) -> list[Entry]:
    """The searches that a text such as `nas:1-5` names.

    >>> entries_of("nas:2-3")
    [Entry(searcher='nas', seed=2), Entry(searcher='nas', seed=3)]
    """
    searcher, _, seeds = text.partition(":")
    if searcher not in PROGRAMS:
        raise SystemExit(f"There is no searcher {searcher!r}; choose {', '.join(PROGRAMS)}.")
    first, _, last = seeds.partition("-")
    return [Entry(searcher, seed) for seed in range(int(first), int(last or first) + 1)]


def by_turns(entries: Sequence[Entry]) -> list[Entry]:
    """All searchers' first searches, then their second ones: a machine that changes in an hour changes for all.

    >>> [f"{entry.searcher}{entry.seed}" for entry in by_turns(entries_of("nas:6-7") + entries_of("optuna:1-2"))]
    ['nas6', 'optuna1', 'nas7', 'optuna2']
    """
    first = {entry.searcher: min(one.seed for one in entries if one.searcher == entry.searcher) for entry in entries}
    return sorted(entries, key=lambda entry: entry.seed - first[entry.searcher])


def run(entry: Entry, arguments: argparse.Namespace) -> None:
    """One search; its program writes the rows when it is over."""
    program, *flags = PROGRAMS[entry.searcher]
    command = [sys.executable, program, *flags, "--seed", str(entry.seed), "--seconds", f"{arguments.seconds:g}"]
    command += ["--out", str(entry.rows(arguments.rows)), *(("--data", arguments.data) if arguments.data != "mnist" else ())]
    ended = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{entry.searcher}, seed {entry.seed} failed:\n{ended.stdout[-1_000:]}\n{ended.stderr[-3_000:]}")
    print(f"  {ended.stdout.strip().splitlines()[-1]}", flush=True)


if __name__ == "__main__":
    main()
