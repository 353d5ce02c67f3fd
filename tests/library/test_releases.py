"""Which network and which weights leave: the verdict's winner and its median training, else the best of the search."""

from pathlib import Path

import numpy as np
import pytest
from judged import made_plan, made_predictions
from made_records import curve, record

from nas.engine.folder import RunFolder
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord, tally
from nas.engine.results import Results
from nas.engine.settings import Resolved, SearchSettings
from nas.errors import ExportError, StudyError
from nas.evaluation.holdout import Openings
from nas.evaluation.verdict import make_verdict
from nas.evaluation.written import Written
from nas.exporting.card import Evidence
from nas.library.releases import choose_release, choose_releases
from nas.training.work import Checkpoint, Segment, Work

_RECORDS = (
    record(0, "completed", 0.80, 0.90, 0.96, 0.96, 0.96, units=9, baseline="model-5"),
    record(1, "completed", 0.70, 0.80, 0.97, 0.97, 0.97, units=8),
    record(2, "stopped", 0.50, units=7),
    record(4, "completed", 0.90, 0.95, 0.98, 0.98, 0.98, units=12),
    record(5, "completed", 0.70, 0.80, 0.95, 0.95, 0.95, units=5),
    record(6, "completed", 0.80, 0.90, 0.90, 0.90, 0.90, units=3, baseline="basic"),
)
_RESOLVED = Resolved(space_sha256="0" * 64, data_sha256="0" * 64, plan_key="", nas_version="0.1")
_PLAN = made_plan("trial 4", "model-5")
_WRITTEN = Written(
    _PLAN,
    make_verdict(
        _PLAN,
        made_predictions({"trial 4": (10, 12, 11), "model-5": (30, 31, 32)}),
        openings=Openings(study=1, in_all=3),
    ),
)
_MEDIAN_SEED = 102
"""Of trial 4's seeds 100, 101 and 102 the one with 11 wrong."""


def _keep(view: StudyView, work: Work, *, weight: float) -> None:
    checkpoint = Checkpoint(work.until_epoch, {"model/0": np.array([weight])})
    Results(view.folder).save(work, Segment(curve(*[0.5] * work.until_epoch), checkpoint), before=())


def _search_work(view: StudyView, one: TrialRecord) -> Work:
    return Work(one.network, one.plan, view.data, one.seed or 0, one.plan.epochs)


@pytest.fixture
def view(tmp_path: Path) -> StudyView:
    """A study whose completed trials left their weights: the trial's number."""
    folder = RunFolder(tmp_path / "made")
    seen = StudyView(folder, SearchSettings(), _RESOLVED, tally(_RECORDS), running=0, waiting=0)
    for one in _RECORDS:
        if one.outcome == "completed":
            _keep(seen, _search_work(seen, one), weight=one.number)
    return seen


@pytest.fixture
def judged(view: StudyView) -> StudyView:
    """The same, with the confirmation trainings of its verdict: their weights are the seeds."""
    for entrant in _PLAN.judged:
        for seed in _PLAN.confirmation_seeds:
            _keep(view, Work(entrant.network, _PLAN.recipe, _PLAN.data, seed, _PLAN.recipe.epochs), weight=seed)
    return view


def test_without_a_verdict_the_best_of_all_is_shipped_with_its_one_seed(view: StudyView) -> None:
    release = choose_release(view, "best", Written())
    assert (release.released.label, release.trial, release.released.seed) == ("trial 4", 4, 7)
    assert release.released.checkpoint.arrays["model/0"] == [4]
    assert release.released.why == "The best of the search by validation score, trained with seed 7; there is no verdict yet."
    assert release.evidence == Evidence(score=release.evidence.score)
    assert release.evidence.score == pytest.approx(0.98)


def test_after_a_verdict_its_winner_is_shipped_with_the_training_of_median_accuracy(judged: StudyView) -> None:
    release = choose_release(judged, "best", _WRITTEN)
    assert (release.released.label, release.released.seed) == ("trial 4", _MEDIAN_SEED)
    assert release.released.checkpoint.arrays["model/0"] == [_MEDIAN_SEED]
    assert release.released.why == (
        "The verdict's winner; of its 3 confirmation trainings the one with median validation accuracy, seed 102."
    )
    assert release.evidence.test
    assert release.evidence.test.shipped_accuracy == pytest.approx(0.989)
    assert (release.evidence.test.seeds, release.evidence.test.openings) == (3, 3)
    assert [line.partition(" by ")[0] for line in release.evidence.verdict] == [
        "The search's network (trial 4, 7,850 parameters) beats model-5.",
        "trial 4 beats model-5",
    ]


@pytest.mark.parametrize("which", ["4", "trial 4"])
def test_a_judged_network_is_found_by_number_or_name(which: str, judged: StudyView) -> None:
    assert choose_release(judged, which, _WRITTEN).released.seed == _MEDIAN_SEED


def test_a_comparator_is_shipped_as_it_was_judged(judged: StudyView) -> None:
    release = choose_release(judged, "model-5", _WRITTEN)
    assert (release.released.label, release.released.seed) == ("model-5", 101)
    assert release.released.why.startswith("One of the networks that the verdict judged")
    assert [line.partition(" by ")[0] for line in release.evidence.verdict] == ["trial 4 beats model-5"]


def test_another_trial_is_shipped_as_the_search_trained_it(judged: StudyView) -> None:
    release = choose_release(judged, "1", _WRITTEN)
    assert release.released.why == "Trial 1 of the search, trained with seed 7."
    assert release.released.checkpoint.arrays["model/0"] == [1]
    assert (release.evidence.test, release.evidence.verdict) == (None, ())


def test_confirmation_weights_that_are_gone_are_missed(view: StudyView) -> None:
    with pytest.raises(ExportError, match=r"^The weights of trial 4's confirmation training with seed 102 are not in .+made"):
        choose_release(view, "best", _WRITTEN)


def test_a_stopped_trial_has_no_weights_to_ship(view: StudyView) -> None:
    with pytest.raises(
        ExportError, match=r"^No weights of trial 2 are kept, since it was stopped; choose one trained to the end\.$"
    ):
        choose_release(view, "2", Written())


def test_a_list_names_each_network_once_in_its_order(view: StudyView) -> None:
    releases = choose_releases(view, " 5,baselines, model-5,")
    assert [one.released.label for one in releases] == ["trial 5", "basic", "model-5"]


@pytest.mark.parametrize("which", ["", ",", "model-7", "3", "latest"])
def test_what_is_not_there_is_named(which: str, view: StudyView) -> None:
    with pytest.raises(StudyError, match=rf"has no finished trial '{which.strip(',')}'"):
        choose_releases(view, which)
