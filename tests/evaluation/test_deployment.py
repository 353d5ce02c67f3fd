"""A verdict on what ships: the race, the confirmation and the opening are about files, and so is what is said."""

import json
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from fake_search import Inline, fake_train
from numpy.typing import NDArray
from reported import make_searched

from nas.data import Dataset, Images
from nas.data.cache_writer import lock, write_entry
from nas.engine.folder import RunFolder
from nas.engine.reading import StudyView
from nas.evaluation.bench import Bench
from nas.evaluation.deployment import AsFiles, AsTrained, Deployment, Finished
from nas.evaluation.judging import Judged, confirm
from nas.evaluation.planning import make_plan
from nas.evaluation.question import Question, field_of
from nas.evaluation.verdict import headline, sentence
from nas.evaluation.verdict_plan import VerdictPlan
from nas.training.curve import score
from nas.training.trainer import train_one

IMAGES = 20
"""Validation images, and test images."""
QUESTION = Question(seeds=3, deployed="litert-int8")


@dataclass(frozen=True)
class CountingFile:
    """A file that gives so many of twenty images their class, which stands in their first pixel."""

    name: str
    key: str
    right: int

    @property
    def weights_sha256(self) -> str:
        return sha256(f"{self.key} {self.right}".encode()).hexdigest()

    def predict(self, images: Images) -> NDArray[np.float32]:
        labels, places = images[:, 0, 0, 0].astype(int), images[:, 0, 1, 0].astype(int)
        said = np.where(places < self.right, labels, (labels + 1) % 10)
        return np.asarray(np.eye(10, dtype=np.float32)[said])


@dataclass(frozen=True)
class Converting:
    """Makes files of which it is said how good they are."""

    right: Callable[[Finished], int]

    @property
    def name(self) -> Literal["litert-int8"]:
        return "litert-int8"

    def require(self) -> None:
        """Needs nothing."""

    def convert(self, finished: Sequence[Finished], *, folder: RunFolder, processes: int) -> tuple[CountingFile, ...]:
        return tuple(CountingFile(one.name, one.work.key, self.right(one)) for one in finished)


class Arithmetic(Inline):
    """Answers a training with arithmetic, and does everything else that is asked of it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(fake_train if fn is train_one else fn, *args, **kwargs)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> StudyView:
    return make_searched(tmp_path_factory.mktemp("searched"), trials=14)


@pytest.fixture
def view(searched: StudyView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudyView:
    """A finished search on images that tell their class and their place."""
    monkeypatch.setenv("NAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NAS_DATA", str(tmp_path / "data"))
    places = np.arange(5 * IMAGES)
    images = np.zeros((5 * IMAGES, 28, 28, 1), np.uint8)
    images[:, 0, 0, 0], images[:, 0, 1, 0] = places % 10, places % IMAGES
    labels = (places % 10).astype(np.int32)
    classes = tuple(str(label) for label in range(10))
    dataset = Dataset(
        train_images=images,
        train_labels=labels,
        test_images=images[:IMAGES],
        test_labels=labels[:IMAGES],
        class_names=classes,
        source="a test",
    )
    with lock():
        entry = write_entry(dataset, name="mnist")
    shutil.copytree(searched.folder.path, tmp_path / "runs" / searched.folder.name)
    resolved = searched.resolved.model_copy(update={"data_sha256": entry.sha256})
    return replace(searched, folder=RunFolder(tmp_path / "runs" / searched.folder.name), resolved=resolved)


def bench_of(view: StudyView, deployment: Deployment) -> Bench:
    return Bench(view, Arithmetic(), 1, lambda done, total: None, lambda line: None, deployment)


def planned(view: StudyView, right: Callable[[Finished], int]) -> VerdictPlan:
    return make_plan(bench_of(view, AsFiles(Converting(right))), QUESTION, field_of(view, QUESTION))


def confirmed(view: StudyView, plan: VerdictPlan, right: Callable[[Finished], int]) -> Judged:
    return confirm(bench_of(view, AsFiles(Converting(right))), plan, None)


def by_seed_of(plan: VerdictPlan, *, rights: Sequence[int]) -> Callable[[Finished], int]:
    """The winner's files are right so often on each confirmation seed, and others ten times."""
    rights_of = dict(zip(plan.confirmation_seeds, rights, strict=True))
    return lambda one: rights_of[one.work.seed] if one.name == plan.network else 10


def openings(view: StudyView) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (view.folder.path / "openings.jsonl").read_text().splitlines()]


def test_the_winner_is_whose_files_are_best_not_who_was_trained_best(view: StudyView) -> None:
    best, second = (record.label for record in view.tally.ranking[:2])
    faithful = planned(view, lambda one: {best: 18, second: 15}.get(one.name, 5))
    flipped = planned(view, lambda one: {best: 15, second: 18}.get(one.name, 5))
    assert (faithful.network, flipped.network) == (best, second)
    searched = {one.name: one.search_score or 0.0 for one in flipped.race}
    assert searched[best] > searched[second]
    assert {one.name: set(one.selection_scores) for one in flipped.race if one.name in {best, second}} == {
        best: {0.75},
        second: {0.9},
    }


def test_no_score_of_the_search_counts_among_those_of_files(view: StudyView) -> None:
    best, *others = (record.label for record in view.tally.ranking[:5])
    plan = planned(view, lambda one: 5 if one.name == best else 6 + others.index(one.name) if one.name in others else 4)
    ran = {one.name: len(one.selection_scores) for one in plan.race}
    assert (ran[best], ran[others[-1]], ran[others[-2]]) == (1, 3, 2)  # whatever the search thought of them


def test_networks_as_they_were_trained_have_the_scores_of_their_training(view: StudyView) -> None:
    bench = bench_of(view, AsTrained())
    works = [("one", bench.work(view.tally.ranking[0].network, seed)) for seed in (1, 2)]
    contenders = bench.contenders(works, advice="")
    curves = [training.curve for training in bench.train([work for _, work in works])]
    assert [one.score for one in contenders] == [score(curve) for curve in curves]
    assert [one.val_accuracy for one in contenders] == [curve[-1].val_accuracy for curve in curves]
    assert [one.model.weights_sha256 for one in contenders] == [bench.checkpoint(work).sha256 for _, work in works]
    assert {one.trained_accuracy for one in contenders} == {None}


def test_what_sees_the_test_set_and_is_released_are_files(view: StudyView) -> None:
    plan = planned(view, lambda one: 18 if one.name == view.tally.ranking[0].label else 10)
    bench = bench_of(view, AsTrained())
    trained = bench.contenders(
        [(plan.network, bench.work(plan.winner.network, seed, recipe=plan.winner.plan)) for seed in plan.confirmation_seeds],
        advice="",
    )
    in_the_middle = int(np.argsort([one.val_accuracy for one in trained])[1])
    rights = tuple(np.roll((16, 19, 12), in_the_middle + 1).tolist())  # whose file is in the middle was trained better or worse
    judged = confirmed(view, plan, by_seed_of(plan, rights=rights))
    winner = judged.verdict.standing(plan.network)
    assert winner.test_accuracies == winner.scores == tuple(right / IMAGES for right in rights)
    assert winner.released_seed == plan.confirmation_seeds[(in_the_middle + 1) % 3]
    (opening,) = openings(view)
    files = [
        CountingFile(one.name, bench.work(one.network, seed, recipe=one.plan).key, right)
        for one in plan.judged
        for seed, right in zip(plan.confirmation_seeds, rights if one.name == plan.network else (10, 10, 10), strict=True)
    ]
    assert opening["weights"] == sha256("".join(file.weights_sha256 for file in files).encode()).hexdigest()


def test_the_verdict_says_what_the_conversion_cost(view: StudyView) -> None:
    plan = planned(view, lambda one: 18 if one.name == view.tally.ranking[0].label else 10)
    judged = confirmed(view, plan, by_seed_of(plan, rights=(19, 12, 16)))
    bench = bench_of(view, AsTrained())
    trainings = bench.train([bench.work(plan.winner.network, seed, recipe=plan.winner.plan) for seed in plan.confirmation_seeds])
    trained = float(np.mean([training.curve[-1].val_accuracy for training in trainings]))
    drops = {one.name: one for one in judged.verdict.drops}
    assert list(drops) == [one.name for one in plan.judged]
    assert drops[plan.network].trained == pytest.approx(trained)
    assert drops[plan.network].deployed == pytest.approx((0.95 + 0.6 + 0.8) / 3)
    assert drops[plan.network].points == pytest.approx(100 * (trained - (0.95 + 0.6 + 0.8) / 3))


def test_the_same_files_judged_again_are_no_new_opening_and_others_are(view: StudyView) -> None:
    plan = planned(view, lambda one: 18 if one.name == view.tally.ranking[0].label else 10)
    first = confirmed(view, plan, by_seed_of(plan, rights=(19, 12, 16)))
    again = confirmed(view, plan, by_seed_of(plan, rights=(19, 12, 16)))
    assert (again.verdict, len(openings(view))) == (first.verdict, 1)
    confirmed(view, plan, by_seed_of(plan, rights=(19, 12, 17)))
    assert len(openings(view)) == 2


def test_headline_and_sentences_say_that_files_are_compared(view: StudyView) -> None:
    plan = planned(view, lambda one: 18 if one.name == view.tally.ranking[0].label else 10)
    judged = confirmed(view, plan, by_seed_of(plan, rights=(19, 19, 19)))
    assert headline(plan, judged.verdict).startswith(f"In int8, the search's network ({plan.network}, ")
    assert sentence(plan, judged.verdict.comparisons[0]).startswith(f"In int8, {plan.network} ")
    lost = planned(view, lambda one: 18 if one.name.startswith("model") else 10)
    assert headline(lost, judged.verdict).startswith("In int8, the search found nothing that passed model-")
