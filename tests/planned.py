"""Plans of verdicts as tests make them: the whole way from a study to its plan, with trainings that are arithmetic."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
from fake_search import TASK, fake_train
from made_records import curve

from nas.architecture import Architecture
from nas.baselines import baselines
from nas.data import find
from nas.engine.folder import RunFolder
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord, costs, tally
from nas.engine.settings import Resolved, SearchSettings
from nas.evaluation.bench import Bench
from nas.evaluation.classification import Classified, classify_validation
from nas.evaluation.deployment import AsTrained
from nas.evaluation.planning import make_plan
from nas.evaluation.question import Question, field_of
from nas.evaluation.verdict_plan import VerdictPlan
from nas.training.plan import TrainingPlan
from nas.training.trainer import train_one
from nas.training.work import Segment, Work

STUDY = TrainingPlan(name="quick", epochs=3)
TUNED = TrainingPlan(name="quick, tuned", epochs=3, learning_rate=0.003, batch_size=64)
MINE = TrainingPlan(name="mine", epochs=3, learning_rate=0.01)
MODEL_1, MODEL_2, MODEL_3, MODEL_4, MODEL_5 = (baselines(TASK)[f"model-{number}"] for number in (1, 2, 3, 4, 5))


def trained_by_arithmetic(work: Work) -> Segment:
    """A training in which model-2 does better with the study's plan and all others with another."""
    segment = fake_train(work)
    if work.network == MODEL_2:
        level = 0.95 if work.plan == STUDY else 0.94
    else:
        level = {STUDY: 0.90, TUNED: 0.93, MINE: 0.92}[work.plan]
        level += 0.06 * (work.network == MODEL_3)
    rows = tuple(row.model_copy(update={"val_accuracy": level + work.seed % 7 / 10_000}) for row in segment.curve)
    return Segment(rows, segment.checkpoint)


class Arithmetic(Executor):
    """Trains by arithmetic, and takes every image for what it is."""

    def __init__(self, train: Callable[[Work], Segment]) -> None:
        self._train = train

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if fn is train_one:
            future.set_result(self._train(*args))
        else:
            assert fn is classify_validation
            truth = (np.arange(50) % 10).astype(np.uint16)
            future.set_result(
                Classified(predicted=truth.astype(np.uint16), truth=truth.astype(np.uint16), accuracy=1.0, loss=0.0)
            )
        return future


def record(number: int, network: Architecture, plan: TrainingPlan, *, baseline: str | None = None) -> TrialRecord:
    facts = {"outcome": "completed", "seed": 1, "curve": curve(0.9), **costs(network)}
    return TrialRecord.model_validate({"number": number, "baseline": baseline, "network": network, "plan": plan, **facts})


def planned(
    tmp_path: Path,
    question: Question,
    *,
    by: TrainingPlan = TUNED,
    budget: int = 7_000,
    own: dict[str, Architecture] | None = None,
    trained: dict[str, Architecture] | None = None,
    train: Callable[[Work], Segment] = trained_by_arithmetic,
) -> VerdictPlan:
    """The plan of a verdict on a study whose one network of its own was trained by a plan, beside some hand-designed ones."""
    data = find("mnist:200")
    resolved = Resolved(space_sha256="0" * 64, data_sha256=data.sha256, plan_key="", nas_version="0.1", plan=STUDY, own=own or {})
    if trained is None:
        trained = {"model-2": MODEL_2, "model-5": MODEL_5} if budget == 7_000 else {"model-1": MODEL_1}
    hand = [record(number, network, STUDY, baseline=name) for number, (name, network) in enumerate(trained.items())]
    folder = RunFolder(tmp_path / "made")
    folder.create()
    settings = SearchSettings(data="mnist:200", plan="quick", budget=budget)
    view = StudyView(folder, settings, resolved, tally([*hand, record(9, MODEL_3, by)]), running=0, waiting=0)
    bench = Bench(view, Arithmetic(train), 1, lambda *_: None, lambda _: None, AsTrained())
    return make_plan(bench, question, field_of(view, question))
