"""Ours: the command `nas search`, as it is installed, without the hand-designed networks; its files are the timeline.

    python nas_search.py --seed 1 --seconds 600 --out rows/nas-s1.jsonl [--sampler random --stopper none …]

What it does not know itself it hands on to `nas search`.
"""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from rows import End, Row
from searching import BUDGET, Order, ending, leave_rows, order_of, order_parser

from nas.architecture import measure
from nas.engine.results import Training
from nas.training.curve import score

TRIALS = 100_000
"""More than there is time for."""
TERMINATED = 143
PATIENCE_SECONDS = 120


def main() -> None:
    parser = order_parser(__doc__)
    parser.add_argument("--searcher", default="nas", help="what the report calls it (default nas)")
    arguments, handed_on = parser.parse_known_args()
    with TemporaryDirectory(prefix="peers-nas-") as folder:
        order = order_of(arguments, searcher=arguments.searcher)
        end = run(order, Path(folder), handed_on)
        leave_rows(order, rows_of(order, Path(folder)), end)


def run(order: Order, runs: Path, handed_on: list[str]) -> End:
    """The command, interrupted when the time is up; its own clock starts a few seconds later, when its workers are there."""
    command: list[str | Path] = [Path(sys.executable).with_name("nas"), "search", "--no-baselines", "--budget", str(BUDGET)]
    command += ["--trials", str(TRIALS), "--timeout", f"{order.seconds:.0f}s", "--seed", str(order.seed)]
    command += ["--data", order.data, "--runs", runs, *handed_on]
    with (runs / "printed.txt").open("w+") as printed:
        process = subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=order.seconds)
        end = ending(order)
        process.terminate()
        code = process.wait(timeout=PATIENCE_SECONDS)
        if code not in (0, TERMINATED):
            printed.seek(0)
            raise RuntimeError(f"nas search ended with {code}:\n{printed.read()[-2_000:]}")
    return end


def rows_of(order: Order, runs: Path) -> list[Row]:
    """A row for each result file; a file is written when a segment of its training ends."""
    rows = []
    for file in runs.glob("*/results/*.json"):
        training = Training.model_validate_json(file.read_bytes())
        completed = training.failure is None and len(training.curve) >= training.plan.epochs
        row = Row(
            seconds=file.stat().st_mtime - order.begun,
            network=training.network.canonical_json,
            parameters=measure(training.network).parameters,
            seed=training.seed,
            val_accuracy=tuple(epoch.val_accuracy for epoch in training.curve),
            completed=completed,
            value=score(training.curve) if completed else None,
        )
        rows.append(row)
    return rows


if __name__ == "__main__":
    main()
