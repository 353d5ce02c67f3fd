"""A replay as CSV files, from which its table, its figures and its observations can be made again without training."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from pydantic import ValidationError

from nas.errors import StudyError
from nas.evaluation.replay import EPOCHS, Replay, ReplayRun, by_model
from nas.evaluation.statistics import Interval
from nas.files import write_output
from nas.training.curve import EpochRow

CURVES, RUNS = "curves.csv", "runs.csv"
_KEY = ("model", "seed")
_CURVE_FIELDS = tuple(EpochRow.model_fields)
_RUN_FIELDS = ("test_loss", "test_accuracy", "seconds")
_TABLE_FIELDS = ("model", "quantity", "notebook", "mean", "sd", "seeds")
_LEVEL_FIELDS = ("low_95", "high_95", "agreement_95", "low_99", "high_99", "agreement_99")


def write_runs(runs: Sequence[ReplayRun], *, folder: Path) -> None:
    """Two files in the folder: `curves.csv`, a line for each epoch, and `runs.csv`, a line for each run.

    Raises:
        ValueError: If there is no run, or one seed of one network comes twice.
        StudyError: If the folder cannot be written.
    """
    ordered = [run for seeds in by_model(runs).values() for run in seeds]
    epochs = [(run.name, run.seed, *_values(row, _CURVE_FIELDS)) for run in ordered for row in run.curve]
    ends = [(run.name, run.seed, *_values(run, _RUN_FIELDS)) for run in ordered]
    _write_csv(epochs, header=(*_KEY, *_CURVE_FIELDS), path=folder / CURVES)
    _write_csv(ends, header=(*_KEY, *_RUN_FIELDS), path=folder / RUNS)


def write_table(replay: Replay, *, path: Path) -> None:
    """One CSV file with a line for each network and quantity; what is not known is left empty.

    Raises:
        StudyError: If the file cannot be written.
    """
    rows = [
        (
            *_values(row, _TABLE_FIELDS),
            *_ends(row.interval_95),
            row.agreement_95,
            *_ends(row.interval_99),
            row.agreement_99,
        )
        for row in replay.rows
    ]
    _write_csv(rows, header=(*_TABLE_FIELDS, *_LEVEL_FIELDS), path=path)


def read_runs(folder: Path, *, epochs: int = EPOCHS) -> tuple[ReplayRun, ...]:
    """The runs that `write_runs` left in a folder, equal to the last digit, in the notebook's order and then by seed.

    Args:
        folder: Where they lie.
        epochs: How long their plan trains.

    Raises:
        StudyError: If the folder holds no replay, or a damaged one.
    """
    curves: dict[tuple[str, str], list[dict[str, str]]] = {}
    for line in _read_csv(folder / CURVES, header=(*_KEY, *_CURVE_FIELDS)):
        curves.setdefault((line.pop("model"), line.pop("seed")), []).append(line)
    runs = []
    for line in _read_csv(folder / RUNS, header=(*_KEY, *_RUN_FIELDS)):
        name, seed = line.pop("model"), line.pop("seed")
        value = {"name": name, "seed": seed, "epochs": epochs, "curve": curves.pop((name, seed), ()), **line}
        try:
            runs.append(ReplayRun.model_validate(value))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "run"
            raise StudyError(f"{folder} is damaged at seed {seed} of {name}: {place}: {first['msg']}; replay it again.") from None
    if curves:
        name, seed = next(iter(curves))
        raise StudyError(f"{folder / RUNS} lacks seed {seed} of {name}, which {CURVES} has; replay it again.")
    try:
        return tuple(run for seeds in by_model(runs).values() for run in seeds)
    except ValueError as error:
        raise StudyError(f"{folder} is no whole replay: {error}") from None


def _values(source: object, names: Iterable[str]) -> tuple[object, ...]:
    return tuple(getattr(source, name) for name in names)


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)


def _write_csv(rows: Iterable[Sequence[object]], *, header: Sequence[str], path: Path) -> None:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")  # writes each float with as many digits as it takes to read it back equal
    writer.writerow(header)
    writer.writerows(rows)
    write_output(path, text.getvalue().encode())


def _read_csv(path: Path, *, header: Sequence[str]) -> list[dict[str, str]]:
    try:
        reader = csv.reader(path.read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        raise StudyError(f"{path} does not exist; `nas replay` writes it.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path} cannot be read ({error}); replay it again.") from None
    first, *lines = list(reader) or [[]]
    if tuple(first) != tuple(header) or any(len(line) != len(header) for line in lines):
        raise StudyError(f"{path} does not have the columns {', '.join(header)} in every line; replay it again.")
    return [dict(zip(header, line, strict=True)) for line in lines]
