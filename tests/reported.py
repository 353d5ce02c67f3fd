"""Studies to report on: a real search over arithmetic trainings, and a verdict from predictions that were made up."""

from dataclasses import replace
from pathlib import Path

from fake_search import DATA, PLAN, fake_train, make_driver
from judged import IMAGES, made_predictions

from nas.data import DataRef
from nas.engine.folder import RunFolder
from nas.engine.objective import Objective
from nas.engine.reading import StudyView, read_study
from nas.engine.records import TrialRecord
from nas.engine.results import Results
from nas.engine.settings import Resolved, SearchSettings, write_study_file
from nas.engine.storage import open_storage, sqlite_url
from nas.evaluation.holdout import Openings
from nas.evaluation.json_file import write_json
from nas.evaluation.judging import Judged
from nas.evaluation.predictions import FILE as PREDICTIONS
from nas.evaluation.predictions import write_predictions
from nas.evaluation.race import Side
from nas.evaluation.verdict import FILE as VERDICT
from nas.evaluation.verdict import Robustness, make_verdict
from nas.evaluation.verdict_plan import FILE as PLAN_FILE
from nas.evaluation.verdict_plan import Entrant, VerdictPlan
from nas.training.work import Work

SEEDS = (101, 102, 103, 104)


def make_searched(runs: Path, *, trials: int = 25, data: str = "mnist", objective: Objective = "accuracy") -> StudyView:
    """A finished search; its study is called fake."""
    folder = RunFolder(runs / "fake")
    folder.create()
    resolved = Resolved(space_sha256="a" * 64, data_sha256=DATA.sha256, plan_key="c" * 64, nas_version="0.1.0")
    settings = SearchSettings(trials=trials, data=data, objective=objective)
    write_study_file(folder.settings, settings, resolved)
    if trials > 1:
        storage = open_storage(sqlite_url(folder.database))
        make_driver(folder.path, trials=trials, with_baselines=True, storage=storage, aim=settings.aim).run()
    return read_study(folder)


def make_judged(view: StudyView, *, keep_curves: bool = True, own: str | None = None, winner: Side = "search") -> Judged:
    """The verdict on the search's best network against the two best of the hand-designed, written to the study's folder.

    Args:
        view: The study.
        keep_curves: Whether the confirmation's trainings lie in the study's folder.
        own: What the user's own network is called, which stands in for the second comparator.
        winner: Who won the race; a person's network is then compared with what the search found.
    """
    first, second = view.tally.baselines[:2]
    entrants = [_entrant(view.tally.ranking[0]), _entrant(first), _entrant(second)]
    if winner == "hand":
        entrants = [entrants[1], entrants[0], entrants[2]]
    if own:
        entrants[2] = entrants[2].model_copy(update={"name": own})
    plan = VerdictPlan(
        study=view.folder.name,
        date="2026-01-31",
        nas_version="0.1.0",
        data=DataRef(name="mnist", sha256=DATA.sha256),
        test_images=IMAGES,
        recipe=PLAN,
        counts=dict(view.tally.counts),
        race=tuple(entrants),
        network=entrants[0].name,
        comparators=tuple(entrants[1:]),
        selection_seeds=(11, 12),
        confirmation_seeds=SEEDS,
        looks=(len(SEEDS),),
        level=0.95,
        level_of_a_look=0.95,
        margin=0.25,
        expected=None,
        openings_before=0,
    )
    wrong = dict(zip((one.name for one in entrants), ((13, 11, 17, 12), (31, 36, 33, 38), (14, 15, 12, 13)), strict=True))
    predictions = made_predictions(wrong)
    apart = {name: replace(one, scores=one.scores - 0.004) for name, one in predictions.networks.items()}  # no test figure
    predictions = replace(predictions, seeds=SEEDS, networks=apart)
    verdict = make_verdict(plan, predictions, openings=Openings(study=1, in_all=7))
    longer = Robustness(epochs=10, seeds=(1, 2), scores=dict.fromkeys(wrong, (0.97, 0.96)), holds={first.label: "yes"})
    verdict = verdict.model_copy(update={"robustness": longer})
    write_json(view.folder.path / PLAN_FILE, plan)
    write_json(view.folder.path / VERDICT, verdict)
    write_predictions(view.folder.path / PREDICTIONS, predictions)
    if keep_curves:
        for one in plan.judged:
            for seed in SEEDS:
                work = Work(one.network, PLAN, plan.data, seed, PLAN.epochs)
                Results(view.folder).save(work, fake_train(work), before=())
    return Judged(plan, predictions, verdict)


def _entrant(record: TrialRecord) -> Entrant:
    return Entrant(
        name=record.label,
        side="hand" if record.baseline else "search",
        trial=None if record.baseline else record.number,
        network=record.network,
        search_score=record.score,
        selection_scores=(0.95, 0.96),
    )
