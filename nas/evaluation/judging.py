"""From a study to its verdict: plan, confirmation, one opening of the test set; what was done is not done again."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nas.engine.environment import VERDICT_FILE as ENVIRONMENT
from nas.engine.environment import write_environment
from nas.engine.reading import StudyView
from nas.errors import StudyError
from nas.evaluation.bench import Bench
from nas.evaluation.classification import Classified
from nas.evaluation.deployment import Contender, Deployment
from nas.evaluation.holdout import count_openings, judge
from nas.evaluation.json_file import write_json
from nas.evaluation.planning import ASIDE, last_aside, make_plan
from nas.evaluation.predictions import FILE as PREDICTIONS
from nas.evaluation.predictions import Confirmed, Predictions, read_predictions, write_predictions
from nas.evaluation.question import Question, asks_for, field_of, require_same_question
from nas.evaluation.seeds import Watch
from nas.evaluation.statistics import difference_interval
from nas.evaluation.verdict import FILE as VERDICT
from nas.evaluation.verdict import Robustness, Verdict, make_verdict, order_holds
from nas.evaluation.verdict_plan import FILE as PLAN
from nas.evaluation.verdict_plan import Form, VerdictPlan
from nas.evaluation.written import read_plan, read_verdict
from nas.training.crew import Crew
from nas.training.plan import TrainingPlan

ROBUSTNESS_SEEDS = 4
_CONFIRMATION_FAILED = (
    "there is no verdict on it, and the test set was not opened for it: `nas verdict --again` with other networks (--trial,"
    " --against) begins another"
)
_ROBUSTNESS_FAILED = "so robustness cannot be told; the verdict itself is kept, and `nas verdict` shows it"


@dataclass(frozen=True)
class Judged:
    """A verdict with what it follows from."""

    plan: VerdictPlan
    predictions: Predictions
    verdict: Verdict


def run_verdict(
    view: StudyView,
    question: Question,
    *,
    deployments: Mapping[Form | None, Deployment],
    crew: Crew,
    watch: Watch,
    say: Callable[[str], None],
) -> Judged | VerdictPlan:
    """A study's verdict, or its plan if no more is asked for; what is there already is read, not made again.

    Args:
        view: The study, finished or not.
        question: What is asked.
        deployments: The forms that networks can be compared in, by what plans call them.
        crew: Who trains; its workers start where the answer is not there yet.
        watch: Is told how each round of trainings goes on.
        say: Is told what begins.

    Raises:
        StudyError: If nothing can be compared, or a plan is there that was made for another question.
        TrainingError: If a training fails.
        DataError: If the test set cannot be opened.
        NasError: If networks cannot be put into the form that they are to be compared in.
    """
    if question.again and question.another_look:
        raise StudyError("Another look goes on with a verdict, and --again begins another: give one of --add-seeds and --again.")
    path = view.folder.path
    with view.folder.locked():
        plan = _begun(view, question) if question.again else read_plan(path)
        field = field_of(view, question)
        if plan:
            require_same_question(question, plan)
            then, now = (counts["trained"] for counts in (plan.counts, view.tally.counts))
            if then != now:
                say(
                    f"This verdict is of the search as it was with {then:,} networks, and it has {now:,} now;"
                    " `nas verdict --again` asks anew, and opens the test set once more."
                )
        told = read_verdict(path, plan) if plan else None
        kept = _kept(path, plan) if plan else None
        if question.another_look and kept is None:
            raise StudyError(f"{view.folder.name} has no verdict yet that seeds could be added to; `nas verdict` makes it.")
        was_told = bool(told and kept and told.seeds == kept.predictions.seeds)
        look = question.another_look and was_told  # else it was taken by a verdict that died before it was told
        if look and kept:
            _next_look(kept)
        elif kept and (kept.verdict.robustness or not question.robustness):
            return kept
        elif plan and question.plan_only:
            return plan
        deployment = deployments[plan.deployed if plan else question.deployed]
        deployment.require()
        if plan is None:
            put_aside(path)
        write_environment(path, workers=crew.processes, file=ENVIRONMENT)
        bench = Bench(view, crew.executor, crew.at_once, watch, say, deployment)
        if plan is None:
            plan = make_plan(bench, question, field)
            write_json(path / PLAN, plan)
        if question.plan_only:
            return plan
        judged = kept if kept and not look else confirm(bench, plan, kept)
        return _with_robustness(bench, judged) if question.robustness else judged


def _begun(view: StudyView, question: Question) -> VerdictPlan | None:
    """The plan of a verdict that answers the question and was interrupted before its test images were opened, or None."""
    path = view.folder.path
    if (path / PREDICTIONS).exists():
        return None
    with suppress(StudyError):  # a damaged one is put aside
        plan = read_plan(path)
        if plan and plan.counts == dict(view.tally.counts) and asks_for(question, plan):
            return plan
    return None


def read_judged(path: Path) -> Judged | None:
    """The verdict that a study's folder holds, or None.

    Raises:
        StudyError: If one of its files is damaged or of a newer format.
    """
    plan = read_plan(path)
    return _kept(path, plan) if plan else None


def _kept(path: Path, plan: VerdictPlan) -> Judged | None:
    """A verdict as it was written; where only the predictions are there, the test set was opened and the verdict follows."""
    if not (path / PREDICTIONS).exists():
        return None
    predictions = read_predictions(path / PREDICTIONS)
    written = read_verdict(path, plan)
    if written and written.seeds == predictions.seeds:
        return Judged(plan, predictions, written)
    return _written(path, plan, predictions)


def _written(path: Path, plan: VerdictPlan, predictions: Predictions) -> Judged:
    openings, before = count_openings(plan.data, study_folder=path), read_verdict(path, plan)
    verdict = make_verdict(plan, predictions, openings=openings)
    if before and before.robustness:
        verdict = _with_scores_of_twice(verdict, plan, before.robustness.scores, seeds=before.robustness.seeds)
    write_json(path / VERDICT, verdict)
    return Judged(plan, predictions, verdict)


def put_aside(path: Path) -> None:
    """Moves an earlier verdict's files into a folder of their own, its plan first; one that was cut off is completed."""
    files = [path / name for name in (PLAN, PREDICTIONS, VERDICT, ENVIRONMENT) if (path / name).exists()]
    if all(file.name == ENVIRONMENT for file in files):  # alone it is of a verdict that came to no plan
        return
    number = last_aside(path)
    last = path / ASIDE / str(number)
    cut_off = (last / PLAN).exists() and not any((last / file.name).exists() for file in files)
    aside = last if cut_off else path / ASIDE / str(number + 1)
    aside.mkdir(parents=True, exist_ok=True)
    for file in files:
        file.replace(aside / file.name)


def _next_look(kept: Judged) -> int:
    """Seeds of the look after the one that was taken.

    Raises:
        StudyError: If the plan has none.
    """
    later = [seeds for seeds in kept.plan.looks if seeds > len(kept.predictions.seeds)]
    if not later:
        looks = f"{len(kept.plan.looks)} look{'s' if len(kept.plan.looks) > 1 else ''}"
        raise StudyError(
            f"The plan of {kept.plan.study} allows {looks}, and the last was taken with {len(kept.predictions.seeds)} seeds; more"
            " seeds after having seen the result would be a second try. Plan up to three looks with --looks 3 from the start."
        )
    return later[0]


def confirm(bench: Bench, plan: VerdictPlan, kept: Judged | None) -> Judged:
    """The confirmation up to the next look: trainings, one opening, the verdict.

    Args:
        bench: Where networks are trained, in the form that the plan names.
        plan: What was committed to.
        kept: The verdict of the look before, or None before the first.

    Raises:
        TrainingError: If a training fails.
        DataError: If the test set cannot be opened.
    """
    begun = len(kept.predictions.seeds) if kept else 0
    seeds = plan.confirmation_seeds[begun : _next_look(kept) if kept else plan.looks[0]]
    names = " and ".join(one.name for one in plan.comparators)
    bench.say(f"Confirmation: {plan.network} against {names}, {len(seeds)} fresh seeds each.")
    if not kept and plan.expected:
        bench.say(plan.expected.in_words(seeds=len(seeds), margin=plan.margin))
    entries = [(one, plan.recipe_of(one), seed) for one in plan.judged for seed in seeds]
    works = [(one.name, bench.work(one.network, seed, recipe=recipe)) for one, recipe, seed in entries]
    contenders = bench.contenders(works, advice=_CONFIRMATION_FAILED)
    bench.say(f"Opening the test set for {len(contenders)} networks.")
    models, path = [one.model for one in contenders], bench.folder.path
    figures = judge(models, data=bench.data, reason="verdict", study_folder=path, executor=bench.executor, at_most=bench.workers)
    networks = {}
    for index, one in enumerate(plan.judged):
        its = slice(index * len(seeds), (index + 1) * len(seeds))
        confirmed = _confirmed(contenders[its], figures[its])
        networks[one.name] = kept.predictions.networks[one.name].followed_by(confirmed) if kept else confirmed
    told = plan.confirmation_seeds[: begun + len(seeds)]
    predictions = Predictions(truth=figures[0].truth, seeds=told, networks=networks, plan_key=plan.key)
    write_predictions(path / PREDICTIONS, predictions)
    return _written(path, plan, predictions)


def _confirmed(contenders: Sequence[Contender], figures: Sequence[Classified]) -> Confirmed:
    """One network on all its seeds."""
    trained = [one.trained_accuracy for one in contenders if one.trained_accuracy is not None]
    return Confirmed(
        predicted=np.stack([figure.predicted for figure in figures]),
        scores=np.array([one.score for one in contenders]),
        val_accuracies=np.array([one.val_accuracy for one in contenders]),
        trained_accuracies=np.array(trained) if trained else None,
    )


def _twice(recipe: TrainingPlan) -> TrainingPlan:
    return recipe.model_copy(update={"name": f"{recipe.name}, twice the epochs", "epochs": 2 * recipe.epochs})


def _with_robustness(bench: Bench, judged: Judged) -> Judged:
    """The verdict with what the same networks reach in twice as many epochs, on validation images alone."""
    plan = judged.plan
    longer = {one.name: _twice(plan.recipe_of(one)) for one in plan.judged}
    seeds = tuple(bench.seed("control", index) for index in range(ROBUSTNESS_SEEDS))
    bench.say(f"Robustness: the same networks for twice the epochs, {len(seeds)} seeds each, validation only.")
    works = [(one.name, bench.work(one.network, seed, recipe=longer[one.name])) for one in plan.judged for seed in seeds]
    reached = [contender.score for contender in bench.contenders(works, advice=_ROBUSTNESS_FAILED)]
    scores = {one.name: tuple(reached[index * len(seeds) : (index + 1) * len(seeds)]) for index, one in enumerate(plan.judged)}
    verdict = _with_scores_of_twice(judged.verdict, plan, scores, seeds=seeds)
    write_json(bench.folder.path / VERDICT, verdict)
    return Judged(plan, judged.predictions, verdict)


def _with_scores_of_twice(
    verdict: Verdict, plan: VerdictPlan, scores: Mapping[str, tuple[float, ...]], *, seeds: tuple[int, ...]
) -> Verdict:
    """The verdict with whether its order holds where networks are trained for twice the epochs."""
    before = {standing.name: standing.scores for standing in verdict.standings}
    ours = plan.network
    holds = {
        one.name: order_holds(
            before[ours], before[one.name], difference_interval(scores[ours], scores[one.name], level=plan.level)
        )
        for one in plan.comparators
    }
    epochs = _twice(plan.recipe_of(plan.winner)).epochs
    return verdict.model_copy(update={"robustness": Robustness(epochs=epochs, seeds=seeds, scores=scores, holds=holds)})
