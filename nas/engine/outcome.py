"""What a search leaves for people and programs: a table of its trials, and the best network."""

import csv
import io
from pathlib import Path

from nas.data import DataRef
from nas.engine.folder import RunFolder
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


def write_trials_csv(path: Path, tally: Tally) -> None:
    """One row a trial, in order; the architecture as JSON in the last column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in tally.records:
        known = record.model_dump()
        computed = {"epochs": len(record.curve), "score": record.score, "architecture": record.network.canonical_json}
        row = [computed[name] if name in computed else known[name] for name in COLUMNS]
        writer.writerow("" if value is None else value for value in row)
    write_whole(path, text.getvalue().encode())


def keep_best(folder: RunFolder, tally: Tally) -> None:
    """Puts the best network's architecture beside its run, whose checkpoint holds its weights."""
    if tally.best is not None:
        write_whole(folder.path / "best.json", tally.best.network.canonical_json.encode())


def trained_weights(folder: RunFolder, record: TrialRecord, *, data: DataRef) -> Checkpoint | None:
    """The weights that a completed trial ended with, or None if they are not kept."""
    if record.seed is None:
        return None
    work = Work(network=record.network, plan=record.plan, data=data, seed=record.seed, until_epoch=record.plan.epochs)
    return Results(folder).checkpoint(work, epoch=len(record.curve))
