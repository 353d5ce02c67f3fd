"""A study with everything that the dashboard shows, made without a training."""

import sqlite3
from contextlib import closing
from pathlib import Path

import optuna
from judged import made_plan, made_predictions
from made_records import record
from optuna.trial import TrialState, create_trial

from nas.engine.folder import RunFolder
from nas.engine.records import TrialRecord
from nas.engine.settings import Resolved, SearchSettings, write_study_file
from nas.engine.storage import open_storage, sqlite_url
from nas.evaluation.holdout import Openings
from nas.evaluation.json_file import write_json
from nas.evaluation.verdict import FILE as VERDICT
from nas.evaluation.verdict import make_verdict
from nas.evaluation.verdict_plan import FILE as PLAN

RECORDS = (
    record(0, "completed", 0.80, 0.90, 0.96, units=9, baseline="model-5"),
    record(1, "completed", 0.70, 0.80, 0.97, units=8),
    record(2, "stopped", 0.50, units=7, reason="it would need 0.3 more"),
    record(3, "refused", units=600, reason="5,010 parameters over"),
    record(4, "completed", 0.90, 0.95, 0.98, units=12),
    record(5, "failed", reason="the loss is no number"),
)
STATES = {"completed": TrialState.COMPLETE, "failed": TrialState.FAIL}


def make_study(folder: RunFolder) -> optuna.Study:
    """An unjudged study in a folder, with a trial for each record and one that is running."""
    folder.create()
    write_study_file(folder.settings, SearchSettings(), Resolved(space_sha256="", data_sha256="", plan_key="", nas_version="0.1"))
    study = optuna.create_study(storage=open_storage(sqlite_url(folder.database)), study_name=folder.name, direction="maximize")
    for one in RECORDS:
        add(study, one)
    study.enqueue_trial({}, user_attrs={"baseline": "model-2"})
    study.ask()
    return study


def add(study: optuna.Study, one: TrialRecord) -> None:
    """Writes a trial as the driver leaves it."""
    state = STATES.get(one.outcome, TrialState.PRUNED)
    value = one.score if state == TrialState.COMPLETE else None
    attributes = {"outcome": one.outcome, "record": one.model_dump_json()} | ({"baseline": one.baseline} if one.baseline else {})
    curve = {row.epoch: row.val_accuracy for row in one.curve}
    study.add_trial(create_trial(state=state, value=value, user_attrs=attributes, intermediate_values=curve))


def judge_study(path: Path) -> None:
    """Writes the verdict that trial 4 beats model-5."""
    plan = made_plan("trial 4", "model-5")
    predictions = made_predictions({"trial 4": (10, 11, 12), "model-5": (30, 31, 32)})
    write_json(path / PLAN, plan)
    write_json(path / VERDICT, make_verdict(plan, predictions, openings=Openings(study=1, in_all=3)))


def rows(folder: RunFolder) -> list[str]:
    """All that the study's database holds, what is still in its log included."""
    with closing(sqlite3.connect(folder.database)) as connection:
        return list(connection.iterdump())
