"""All that is said about a study beside what its storage holds, in the places where Optuna's dashboard looks for it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optuna.trial import FrozenTrial

from nas.cli.notes import reason_of, study_facts, study_note, trial_note
from nas.cli.run_files import RunFile
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord
from nas.errors import StudyError
from nas.evaluation.plots import plot_costs, plot_front_progress, plot_progress, plot_verdict
from nas.evaluation.written import Written, read_written
from nas.library.exporting import EXPORTS
from nas.library.layers import summarise

_WITHOUT_NOTE = ("refused", "repeated")
"""Their attributes say it all; the dashboard looks through all notes for each trial, and these may be thousands."""


@dataclass(frozen=True)
class Remarks:
    """What the dashboard shows of a study in addition."""

    study: Mapping[str, Any]
    """System attributes of the study: notes, its trials' too, plots and artifacts."""
    facts: Mapping[str, Any]
    """User attributes of the study, which its first page shows."""
    trials: Mapping[int, Mapping[str, Any]]
    """User attributes of finished trials by their number in the storage, in place of those that are kept there."""


def remark(view: StudyView, trials: Sequence[FrozenTrial], files: Sequence[RunFile], *, page: str) -> Remarks:
    """What there is to say about a study.

    Args:
        view: The study.
        trials: Its trials, as the storage numbers them.
        files: What its folder holds for people.
        page: Address of its page in the dashboard.
    """
    written = _written(view)
    records = {record.number: record for record in view.tally.records}
    ids = {trial._trial_id: records[trial.number] for trial in trials if trial.number in records}
    study = _note(study_note(view, written, trials=f"{page}/trials"), version=1 + len(ids) + len(files))
    noted = {trial_id: record for trial_id, record in ids.items() if record.outcome not in _WITHOUT_NOTE}
    for trial_id, record in noted.items():
        study |= _note(trial_note(record, study=view.folder.name), f"{trial_id}:")
        study |= {f"dashboard:artifacts:{trial_id}:{file.key}": _artifact(file) for file in _its_files(record, view, files)}
    study |= {f"dashboard:plot_data:{name}:0": figure.to_json() for name, figure in _plots(view, written).items()}
    study |= {f"artifacts:{file.key}": _artifact(file) for file in files}
    return Remarks(study, study_facts(view, written), {trial_id: _attributes(record) for trial_id, record in ids.items()})


def _written(view: StudyView) -> Written | str:
    try:
        return read_written(view.folder.path)
    except StudyError as error:
        return str(error)


def _plots(view: StudyView, written: Written | str) -> dict[str, Any]:
    tally, aim = view.tally, view.settings.aim
    progress = plot_front_progress(tally, aim=aim) if aim else plot_progress(tally)
    plots = {"costs": plot_costs(tally, aim=aim), "progress": progress}
    if isinstance(written, Written) and written.plan and written.verdict:
        plots["verdict"] = plot_verdict(written.plan, written.verdict)
    return plots


def _note(body: str, whose: str = "", *, version: int = 1) -> dict[str, Any]:
    """A note as `optuna_dashboard.save_note` keeps it, though in one part: only a database needs short ones."""
    return {f"dashboard:{whose}note_ver": version, f"dashboard:{whose}note_str:0": body}


def _its_files(record: TrialRecord, view: StudyView, files: Sequence[RunFile]) -> list[RunFile]:
    """The files that hold this network: the best one's architecture, and what `nas export` wrote for it."""
    exports = f"{EXPORTS}/{view.folder.name}-{record.label.replace(' ', '-')}/"
    best = "best.json" if record == view.tally.best else ""
    return [file for file in files if file.name == best or file.name.startswith(exports)]


def _artifact(file: RunFile) -> str:
    return json.dumps(file.artifact)


def _attributes(record: TrialRecord) -> dict[str, Any]:
    """What the dashboard's tables can sort and filter by; the whole record is left to programs."""
    facts = {
        "baseline": record.baseline,
        "outcome": record.outcome,
        "reason": reason_of(record),
        "parameters": record.parameters,
        "macs": record.macs,
        "peak_activation_bytes": record.peak_activation_bytes,
        "epochs": len(record.curve),
        "layers": summarise(record.network),
    }
    return {name: value for name, value in facts.items() if value is not None}
