"""`nas export`: a trained network as a file."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from nas.cli.options import Json, Runs, Storage, StudyName


def export(
    *,
    trial: Annotated[str, Parameter(help="best, a trial's number, or a hand-designed network's name.")] = "best",
    format: Annotated[Literal["keras"], Parameter(help="File format.")] = "keras",  # noqa: A002 - the flag's name
    out: Annotated[Path, Parameter(help="Folder to write to.")] = Path("exports"),
    study: StudyName = None,
    storage: Storage = None,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """Write a trained network as a file of Keras's built-in layers.

    For example:

    - `nas export --format keras`
    - `nas export --trial model-2 --out exported`
    """
    from nas.cli.output import answer, answer_json, percent, say
    from nas.engine.folder import find_run, runs_folder
    from nas.engine.outcome import trained_weights
    from nas.engine.reading import read_study
    from nas.errors import ExportError
    from nas.exporting.keras_format import export_keras

    folder = find_run(study, runs=runs_folder(runs))
    if study is None:
        say(f"Study {folder.name}, the one worked on last.")
    view = read_study(folder, storage=storage)
    record = view.record(trial)
    weights = trained_weights(folder, record, data=view.data) if record.outcome == "completed" else None
    if weights is None:
        raise ExportError(f"No weights of {record.label} are kept, since it was {record.outcome}; choose one trained to the end.")
    name = f"{folder.name}-{record.label.replace(' ', '-')}.{format}"
    exported = export_keras(record.network, record.plan, weights, path=out / name)
    if json:
        facts = {"file": str(exported.path), "size_bytes": exported.size_bytes, "parameters": record.parameters}
        answer_json({**facts, "trial": record.number, "seed": record.seed, "largest_difference": exported.largest_difference})
        return
    answer(f"{exported.path}: {record.label}, seed {record.seed}, {percent(record.score)} validation accuracy (one seed),")
    answer(
        f"{record.parameters:,} parameters, {exported.size_bytes:,} bytes; same outputs within {exported.largest_difference:.1g}."
    )
    height, width, channels = record.network.input_shape
    answer(f"Input: float32 (batch, {height}, {width}, {channels}), pixels / 255. Output: class probabilities.")
