"""Fits the overheads of `nas.architecture.footprint` to measured conversions, and checks those that are there.

    python benchmarks/conversion/fit.py

Every second measured network is fitted to, the others check. The fit is a linear programme: the smallest sum of estimates none
of which is below what was measured. `--fresh 250` leaves the networks from the 250th on out of both and checks them apart.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

from nas.architecture import Architecture, parse_architecture
from nas.architecture.footprint import ARENA_OVERHEADS, FILE_OVERHEADS, Inventory, arena_inventory, file_inventory

RESULTS = Path(__file__).parent / "results"
LEAST_FILE = {
    "file": 480,
    "code": 40,
    "tensor": 54,
    "CONV_2D": 84,
    "DEPTHWISE_CONV_2D": 84,
    "FULLY_CONNECTED": 72,
    "MUL": 44,
    "ADD": 44,
}
LEAST_FILE |= {
    "MAX_POOL_2D": 68,
    "AVERAGE_POOL_2D": 68,
    "SOFTMAX": 56,
    "LOGISTIC": 28,
    "HARD_SWISH": 28,
    "RESHAPE": 28,
    "RELU": 28,
    "MEAN": 24,
}
LEAST_ARENA = {
    "arena": 712,
    "tensor": 24,
    "CONV_2D": 168,
    "DEPTHWISE_CONV_2D": 168,
    "FULLY_CONNECTED": 172,
    "MUL": 104,
    "ADD": 136,
}
LEAST_ARENA |= {
    "MAX_POOL_2D": 136,
    "AVERAGE_POOL_2D": 136,
    "SOFTMAX": 146,
    "LOGISTIC": 88,
    "HARD_SWISH": 92,
    "RESHAPE": 96,
    "RELU": 88,
    "MEAN": 128,
}
"""What least squares over the operators and tensors really in the files, and over the interpreter's own report, give.

No overhead is fitted lower: a network may have many operators of which measured ones have few.
"""
MARGIN_BYTES = {"file": 128, "arena": 96}
"""Added to the overhead of a file and of an arena, for networks that the fit has not seen."""


@dataclass(frozen=True)
class Row:
    """A measured network."""

    kind: str
    """`plain` or `any`."""
    index: int
    architecture: Architecture
    file_bytes: int
    arena_bytes: int | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fresh", type=int, default=250, help="index of the first network that is left out of the fit")
    arguments = parser.parse_args()
    rows = read_rows()
    known = [row for row in rows if row.index < arguments.fresh]
    file = [(row, row.file_bytes) for row in known]
    arena = [(row, row.arena_bytes) for row in known if row.arena_bytes is not None]
    print("fitted file overheads ", fitted(file, file_inventory, least=LEAST_FILE))
    print("fitted arena overheads", fitted(arena, arena_inventory, least=LEAST_ARENA))
    print(f"{'':28} networks  too low  closest   median   95 %    most")
    for kind in ("plain", "any"):
        for name in ("fitted", "held out", "fresh"):
            part = [row for row in rows if row.kind == kind and part_of(row, fresh=arguments.fresh) == name]
            report(f"{kind}, {name}, file", [(row, row.file_bytes) for row in part], file_inventory, FILE_OVERHEADS)
            arenas = [(row, row.arena_bytes) for row in part if row.arena_bytes is not None]
            report(f"{kind}, {name}, arena", arenas, arena_inventory, ARENA_OVERHEADS)


def part_of(row: Row, *, fresh: int) -> str:
    """Whether a network is fitted to, held out, or was drawn after the fit."""
    if row.index >= fresh:
        return "fresh"
    return "held out" if row.index % 2 else "fitted"


def read_rows() -> list[Row]:
    """All measured networks."""
    rows: list[Row] = []
    for kind in ("plain", "any"):
        for index, line in enumerate((RESULTS / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()):
            read = json.loads(line)
            network = parse_architecture(read["architecture"], source="the results")
            if not read["int8"]:
                print(f"{kind} {index}: {read['file_bytes']:,} bytes, not an int8 file, left out")
                continue
            rows.append(Row(kind, index, network, read["file_bytes"], read["arena_bytes"]))
    return rows


def fitted(
    measured: Sequence[tuple[Row, int]], take: Callable[[Architecture], Inventory], *, least: Mapping[str, int]
) -> dict[str, int]:
    """Overheads that make no estimate of the even rows too low and all of them together least, with a margin."""
    even = [(take(row.architecture), size) for row, size in measured if row.index % 2 == 0]
    names = list(least)
    counts = np.array([[inventory.counts.get(name, 0) for name in names] for inventory, _ in even])
    left = np.array([size - inventory.content_bytes for inventory, size in even])
    bounds = [(value, None) for value in least.values()]
    found = linprog(counts.sum(axis=0), A_ub=-counts, b_ub=-left, bounds=bounds)
    return {name: ceil(value - 1e-6) + MARGIN_BYTES.get(name, 0) for name, value in zip(names, found.x, strict=True)}


def report(
    title: str,
    measured: Sequence[tuple[Row, int]],
    take: Callable[[Architecture], Inventory],
    overheads: Mapping[str, int],
) -> None:
    """Prints how often estimates are too low, how close the closest is, and by which share they are too high."""
    if not measured:
        return
    sizes = np.array([size for _, size in measured])
    estimates = np.array([take(row.architecture).estimate(overheads) for row, _ in measured])
    high = estimates / sizes - 1
    shares = "  ".join(f"{share:6.1%}" for share in (np.median(high), np.quantile(high, 0.95), high.max()))
    print(f"{title:28} {len(sizes):8}  {(estimates < sizes).sum():7}  {(estimates - sizes).min():5} B  {shares}")


if __name__ == "__main__":
    main()
