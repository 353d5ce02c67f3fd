"""Injects faults into searches and writes down what came of them: `make faults`.

    python benchmarks/faults/run.py                       all of them, as often as the table says (about two hours on two cores)
    python benchmarks/faults/run.py --short               the quick ones a few times (three minutes)
    python benchmarks/faults/run.py "Ctrl-C" --times 5    one of them

Rows are added to benchmarks/results/faults.jsonl as they come, so that a sitting that ends early loses none; tabulate.py makes
the table of docs/reliability.md from them.
"""

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic

from faults import FAULTS
from fresh import Row

from nas import __version__
from nas.engine.environment import environment

RESULTS = Path(__file__).parents[1] / "results" / "faults.jsonl"


def main() -> None:
    """Runs the faults that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faults", nargs="*", help=f"which: {', '.join(FAULTS)} (default: all)")
    parser.add_argument("--times", type=int, help="how often each is injected")
    parser.add_argument("--short", action="store_true", help="a few times each")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file that rows are added to")
    given = parser.parse_args()
    if unknown := set(given.faults) - set(FAULTS):
        parser.error(f"there is no fault {', '.join(unknown)}")
    wrong = 0
    for name in given.faults or FAULTS:
        fault = FAULTS[name]
        times = given.times or (fault.short if given.short else fault.times)
        if not times:
            continue
        begun = monotonic()
        try:
            row = fault.inject(times, Random(given.seed))
        except Exception as error:
            row = Row(broken=[f"the sitting ended in {type(error).__name__}: {error}"])
        machine = {key: environment()[key] for key in ("processor", "cores", "python", "versions")}
        line = {
            "fault": name,
            "how": fault.how,
            **asdict(row),
            "seconds": round(monotonic() - begun),
            "seed": given.seed,
            "nas": __version__,
            "date": datetime.now(UTC).date().isoformat(),
            "machine": machine,
        }
        given.out.parent.mkdir(parents=True, exist_ok=True)
        with given.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(
            f"{name}: {row.times} times, {row.lost} lost, {row.doubled} doubled, {len(row.broken)} broken {row.broken[:3]}",
            flush=True,
        )
        wrong += row.lost + row.doubled + len(row.broken)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
