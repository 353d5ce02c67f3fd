"""Which network and which training's weights an export ships, and what is known of how good they are."""

from dataclasses import dataclass

from nas.engine.outcome import trained_weights
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord
from nas.engine.results import Results
from nas.errors import ExportError
from nas.evaluation.verdict import Verdict, headline, sentence
from nas.evaluation.verdict_plan import Entrant, VerdictPlan
from nas.evaluation.written import Written, read_written
from nas.exporting.card import Evidence, TestEvidence
from nas.exporting.released import Released
from nas.training.curve import score
from nas.training.work import Work


@dataclass(frozen=True)
class Release:
    """A trained network, ready to be exported."""

    released: Released
    evidence: Evidence
    trial: int | None
    """Its number in the search, or None if it was not trained there."""

    @property
    def work(self) -> Work:
        """The training that is shipped."""
        it = self.released
        return Work(it.network, it.plan, it.data, it.seed, it.plan.epochs)


def choose_releases(view: StudyView, which: str) -> tuple[Release, ...]:
    """What a comma-separated list names: `best`, trials' numbers, hand-designed networks' names, or `baselines` for all of these.

    Raises:
        StudyError: If there is no such network.
        ExportError: If no weights of one are kept.
    """
    written = read_written(view.folder.path)
    words = [word.strip() for word in which.split(",") if word.strip()] or [""]
    names = [name for word in words for name in (_baselines(view) if word == "baselines" else (word,))]
    chosen = [choose_release(view, name, written) for name in dict.fromkeys(names)]
    once: dict[str, Release] = {}
    for release in chosen:  # `best` may be one that is named, too
        once.setdefault(release.released.label, release)
    return tuple(once.values())


def choose_release(view: StudyView, which: str, written: Written) -> Release:
    """The network of that name; `best` is the verdict's winner if there is one, else the best by search score.

    Of a network that the verdict judged, the confirmation training with median validation accuracy is taken.

    Raises:
        StudyError: If there is no such network.
        ExportError: If no weights of it are kept.
    """
    plan, verdict = written.plan, written.verdict
    if plan and verdict:
        for entrant in plan.judged:
            if which in {entrant.name, str(entrant.trial)} or (which == "best" and entrant.name == plan.network):
                return _judged(view, entrant, plan, verdict)
    record = view.record(which)
    checkpoint = trained_weights(view.folder, record, data=view.data) if record.outcome == "completed" else None
    if checkpoint is None or record.seed is None:
        raise ExportError(f"No weights of {record.label} are kept, since it was {record.outcome}; choose one trained to the end.")
    why = f"{_origin(record, which)}, trained with seed {record.seed}{'' if verdict else '; there is no verdict yet'}."
    released = Released(
        record.label, view.folder.name, record.network, record.plan, view.data, record.seed, checkpoint, why, view.settings.limits
    )
    return Release(released, Evidence(score=record.score), record.number)


def _baselines(view: StudyView) -> tuple[str, ...]:
    names = tuple(sorted(record.label for record in view.tally.baselines))
    if not names:
        raise ExportError(f"The study {view.folder.name} trained no hand-designed network; choose another --trial.")
    return names


def _origin(record: TrialRecord, which: str) -> str:
    if record.baseline:
        return "A hand-designed network"
    return "The best of the search by validation score" if which == "best" else f"Trial {record.number} of the search"


def _judged(view: StudyView, entrant: Entrant, plan: VerdictPlan, verdict: Verdict) -> Release:
    standing = verdict.standing(entrant.name)
    seed, seeds = standing.released_seed, len(verdict.seeds)
    index = verdict.seeds.index(seed)
    recipe = plan.recipe_of(entrant)
    work = Work(entrant.network, recipe, plan.data, seed, recipe.epochs)
    results = Results(view.folder)
    checkpoint, training = results.checkpoint(work, epoch=work.until_epoch), results.load(work)
    if checkpoint is None or training is None:
        raise ExportError(
            f"The weights of {entrant.name}'s confirmation training with seed {seed} are not in {view.folder.path}, or other"
            " versions of the packages computed them; give the number of a trial instead, or begin another verdict with"
            " `nas verdict --again`."
        )
    first = "The network that was named for the verdict" if plan.picked else "The verdict's winner"
    role = first if entrant.name == plan.network else "One of the networks that the verdict judged"
    why = f"{role}; of its {seeds} confirmation trainings the one with median validation accuracy, seed {seed}."
    released = Released(
        entrant.name, view.folder.name, entrant.network, recipe, plan.data, seed, checkpoint, why, view.settings.limits
    )
    interval = standing.test_interval
    test = TestEvidence(
        accuracy=standing.test_accuracy,
        low=interval.low,
        high=interval.high,
        seeds=seeds,
        shipped_accuracy=standing.test_accuracies[index],
        images=plan.test_images,
        openings=verdict.openings_in_all,
        deployed=plan.deployed,
    )
    told = [sentence(plan, one) for one in verdict.comparisons if entrant.name in {plan.network, one.comparator}]
    said = (headline(plan, verdict), *told) if entrant.name == plan.network else tuple(told)
    return Release(released, Evidence(verdict=said, test=test, score=score(training.curve)), entrant.trial)
