"""`nas report`: a study as a page to read."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from nas.cli.options import Json, Runs, Storage, StudyName


def report(
    *,
    study: StudyName = None,
    out: Annotated[Path | None, Parameter(help="Folder to write to (default: the study's own).")] = None,
    storage: Storage = None,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """Write a study as a page: report.html, which needs no other file, and report.md with its figures.

    The verdict comes first where there is one; a search without a verdict, or one that goes on, has a report too.

    For example:

    - `nas report`
    - `nas report --study mnist-plain-7000-s0 --out page`
    """
    from nas.cli.output import answer, answer_json, say
    from nas.engine.folder import find_run, runs_folder
    from nas.engine.reading import read_study
    from nas.evaluation.judging import read_judged
    from nas.evaluation.report.writing import write_report
    from nas.evaluation.verdict import headline
    from nas.exporting.source import keras_source

    folder = find_run(study, runs=runs_folder(runs))
    if study is None:
        say(f"Study {folder.name}, the one worked on last.")
    judged = read_judged(folder.path)
    view = read_study(folder, storage=storage)
    written = write_report(view, judged, out or folder.path, source=keras_source, storage=storage)
    if json:
        files = {"html": str(written.html), "markdown": str(written.markdown), "figures": [str(path) for path in written.figures]}
        answer_json({"study": folder.name, "headline": headline(judged.plan, judged.verdict) if judged else None, **files})
        return
    if judged:
        answer(headline(judged.plan, judged.verdict))
    else:
        answer(f"There is no verdict on {folder.name} yet; `nas verdict --study {folder.name}` gives one.")
    answer(f"{written.html}: open it in a browser; the same as Markdown is {written.markdown}.")
