"""What a search leaves for people and programs: a table of its trials, and the best network."""

import csv
import io
from pathlib import Path

from nas.data import DataRef
from nas.engine.folder import RunFolder
from nas.engine.objective import CostAim, front_of
from nas.engine.records import Tally, TrialRecord
from nas.engine.results import Results
from nas.files import write_whole
from nas.training.work import Checkpoint, Work

COLUMNS = (
    "number",
    "outcome",
    "baseline",
    "parameters",
    "trainable_parameters",
    "macs",
    "peak_activation_bytes",
    "epochs",
    "score",
    "seconds",
    "seed",
    "repeats",
    "reason",
    "architecture",
)

PLAN_COLUMNS = ("learning_rate", "batch_size", "augmentation_strength")


def write_trials_csv(path: Path, tally: Tally, *, aim: CostAim | None = None) -> None:
    """One row a trial, in order; the architecture as JSON in the last column, the plan behind it where it was tuned.

    Args:
        path: The file.
        tally: The trials.
        aim: The cost of a search for a Pareto front, whose table has a column `on_front` of yes and no.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    front = {record.number for record in front_of(tally, aim=aim)} if aim else set()
    columns = (*COLUMNS[:-1], "on_front", COLUMNS[-1]) if aim else COLUMNS
    columns = (*columns, *PLAN_COLUMNS) if len({record.plan for record in tally.records}) > 1 else columns
    writer.writerow(columns)
    for record in tally.records:
        known = record.model_dump()
        computed = {"epochs": len(record.curve), "score": record.score, "architecture": record.network.canonical_json}
        computed["on_front"] = "yes" if record.number in front else "no"
        computed |= {name: getattr(record.plan, name, None) for name in PLAN_COLUMNS}
        computed["augmentation_strength"] = record.plan.augmentation.strength if record.plan.augmentation else None
        row = [computed[name] if name in computed else known[name] for name in columns]
        writer.writerow("" if value is None else value for value in row)
    write_whole(path, text.getvalue().encode())


def keep_best(folder: RunFolder, tally: Tally) -> None:
    """Puts the most accurate network's architecture beside its run, whose checkpoint holds its weights."""
    if tally.best is not None:
        write_whole(folder.path / "best.json", tally.best.network.canonical_json.encode())


def trained_weights(folder: RunFolder, record: TrialRecord, *, data: DataRef) -> Checkpoint | None:
    """The weights that a completed trial ended with, or None if they are not kept."""
    if record.seed is None:
        return None
    work = Work(network=record.network, plan=record.plan, data=data, seed=record.seed, until_epoch=record.plan.epochs)
    return Results(folder).checkpoint(work, epoch=len(record.curve))
