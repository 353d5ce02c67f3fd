"""The table of docs/reliability.md from the rows of run.py: `python benchmarks/faults/tabulate.py` prints it."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from faults import FAULTS
from run import RESULTS
from scipy.stats import beta

COLUMNS = ("fault", "how injected", "times", "lost", "doubled", "rate at most (95 %)")


def upper_bound(events: int, *, times: int) -> float:
    """The one-sided 95 % bound of a rate after so many events (Clopper and Pearson, 1934).

    >>> round(upper_bound(0, times=300), 4)
    0.0099
    """
    return 1.0 if events >= times else float(beta.ppf(0.95, events + 1, times - events))


def table(rows: list[dict[str, Any]]) -> str:
    """All rows of a fault added up, as Markdown."""
    by_fault: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_fault[row["fault"]].append(row)
    lines = [f"| {' | '.join(COLUMNS)} |", "|---|---|---:|---:|---:|---:|"]
    for fault in [name for name in FAULTS if name in by_fault]:
        times, lost, doubled = (sum(row[key] for row in by_fault[fault]) for key in ("times", "lost", "doubled"))
        watched = all(row["watched"] for row in by_fault[fault])
        bound = f"{upper_bound(lost + doubled, times=times):.2%}" if watched else "–"
        cells = (fault, by_fault[fault][0]["how"], f"{times:,}", str(lost) if watched else "–", str(doubled), bound)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def notes(rows: list[dict[str, Any]]) -> str:
    """Figures beside the counts, and whatever did not hold."""
    told = [f"{row['fault']}: {name} {value:g}" for row in rows for name, value in row["figures"].items()]
    told += [f"{row['fault']}: {words}" for row in rows for words in row["broken"]]
    return "\n".join(f"- {line}" for line in told)


def read_rows(path: Path = RESULTS) -> list[dict[str, Any]]:
    """All rows of a file of run.py."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    print(table(read_rows()), notes(read_rows()), sep="\n\n")
