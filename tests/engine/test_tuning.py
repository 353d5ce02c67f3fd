"""Plans that vary from trial to trial, around the study's."""

from pathlib import Path
from statistics import median

import numpy as np
import optuna
import pytest
from fake_search import TASK, make_driver

from nas.architecture import Fixed
from nas.baselines import baselines
from nas.engine.choices import Drawing
from nas.engine.forest import ForestSearch, Trained
from nas.engine.records import TrialRecord
from nas.engine.samplers import SamplerName
from nas.engine.search import prepare
from nas.engine.settings import SearchSettings
from nas.engine.spaces import find_space
from nas.engine.tuning import BATCH, RATE, STRENGTH, PlanTuning
from nas.training.plan import NOTEBOOK, Augmentation, TrainingPlan
from nas.training.plan_files import find_plan

MODERN = find_plan("modern")
SHORT = TrainingPlan(name="quick", epochs=5, augmentation=Augmentation())
SPACE = find_space("plain")
MODEL_1 = baselines(TASK)["model-1"]


def drawn(plan: TrainingPlan, *, count: int = 200) -> list[TrainingPlan]:
    generator = np.random.default_rng(0)
    return [PlanTuning(plan).draw(Drawing(generator)) for _ in range(count)]


def test_rates_lie_within_five_times_the_plans_as_often_above_as_below() -> None:
    rates = [plan.learning_rate for plan in drawn(NOTEBOOK)]
    assert 0.0002 <= min(rates) < 0.0003
    assert 0.004 < max(rates) <= 0.005
    assert 0.0007 < median(rates) < 0.0014
    assert all(float(f"{rate:.3g}") == rate for rate in rates)


def test_batches_are_powers_of_two_around_the_plans() -> None:
    assert {plan.batch_size for plan in drawn(MODERN)} == {32, 64, 128, 256}
    assert PlanTuning(TrainingPlan(name="one", batch_size=1)).batch_sizes == (1, 2)


def test_strength_varies_where_the_plan_augments_and_all_else_is_the_plans() -> None:
    for plan in drawn(MODERN):
        assert plan.augmentation is not None
        assert 0.25 <= plan.augmentation.strength <= 2.0
        kept = {"learning_rate": MODERN.learning_rate, "batch_size": MODERN.batch_size, "augmentation": MODERN.augmentation}
        assert plan.model_copy(update=kept) == MODERN.model_copy(update={"name": "modern, tuned"})
    assert {plan.augmentation for plan in drawn(NOTEBOOK)} == {None}


@pytest.mark.parametrize(
    "augmentation",
    [Augmentation(translation=0.9), Augmentation(zoom=0.8), Augmentation(rotation=180), Augmentation(strength=10, zoom=0.09)],
    ids=str,
)
def test_no_strength_goes_beyond_the_image(augmentation: Augmentation) -> None:
    drawn(TrainingPlan(name="strong", augmentation=augmentation))  # an impossible plan could not be made


@pytest.mark.parametrize("plan", [NOTEBOOK, MODERN, TrainingPlan(name="odd", learning_rate=0.001234567, batch_size=100)], ids=str)
def test_the_plans_own_choices_give_the_plan_itself(plan: TrainingPlan) -> None:
    tuning = PlanTuning(plan)
    assert tuning.draw(Fixed(tuning.choices)) == plan
    assert (STRENGTH in tuning.choices) is (plan.augmentation is not None)


@pytest.mark.parametrize("sampler", ["forest", "tpe", "random"])
def test_each_sampler_varies_the_plan_and_leaves_the_baselines_theirs(tmp_path: Path, sampler: SamplerName) -> None:
    driver = make_driver(tmp_path, trials=11, sampler=sampler, tuning=PlanTuning(SHORT), with_baselines=True)
    assert driver.run() == "done"
    records = driver.tally.records
    assert {record.plan for record in records if record.baseline} == {SHORT}
    tuned = [record.plan for record in records if record.trained]
    assert len(tuned) == 11
    assert len({plan.learning_rate for plan in tuned}) >= 6
    assert len({plan.batch_size for plan in tuned}) > 1
    assert "quick, tuned" in {plan.name for plan in tuned} <= {"quick, tuned", "quick"}


def _run(folder: Path, *, stops: list[int]) -> tuple[TrialRecord, ...]:
    storage = optuna.storages.InMemoryStorage()
    for trials in stops:
        driver = make_driver(folder, trials=trials, storage=storage, sampler="forest", tuning=PlanTuning(SHORT))
        driver.run()
    return driver.tally.records


def test_interrupted_and_resumed_equals_uninterrupted_with_tuned_plans(tmp_path: Path) -> None:
    assert _run(tmp_path / "pieces", stops=[5, 11, 13]) == _run(tmp_path / "whole", stops=[13])


def test_a_network_under_two_plans_is_trained_twice_and_under_one_plan_once(tmp_path: Path) -> None:
    storage = optuna.storages.InMemoryStorage()
    make_driver(tmp_path, trials=1, storage=storage, sampler="random", tuning=PlanTuning(SHORT), with_baselines=True)
    assert SPACE.locate is not None
    choices = {**(SPACE.locate(MODEL_1, TASK) or {}), **PlanTuning(SHORT).choices}
    study = optuna.load_study(storage=storage, study_name="fake")
    study.enqueue_trial({**choices, RATE: 0.002})
    study.enqueue_trial(choices)
    driver = make_driver(tmp_path, trials=2, storage=storage, sampler="random", tuning=PlanTuning(SHORT))
    driver.run()
    two = [record for record in driver.tally.records if record.number in {6, 7}]
    assert [record.outcome for record in two] == ["completed", "repeated"]
    assert two[0].plan.learning_rate == 0.002


def test_the_forest_learns_which_rate_is_good() -> None:
    tuning, generator = PlanTuning(NOTEBOOK), np.random.default_rng(0)
    known = []
    for _ in range(40):
        drawing = Drawing(generator)
        network, plan = SPACE.draw(drawing, TASK), tuning.draw(drawing)
        known.append(Trained(network, drawing.chosen, (0.9 - 0.2 * abs(np.log(plan.learning_rate / 0.003)),), plan))
    search = ForestSearch(SPACE, TASK, tuning, random_draws=30, changes=30)
    proposed = [search.propose(known, known=frozenset(), seed=seed) for seed in range(8)]
    rates = [float(str(choices[RATE])) for choices in proposed if choices]
    assert len(rates) == 8
    assert 0.002 < median(rates) < 0.0045
    assert median(one.plan.learning_rate for one in known if one.plan) < 0.002


def test_a_network_of_known_structure_is_proposed_again_under_another_plan() -> None:
    tuning = PlanTuning(NOTEBOOK)
    search = ForestSearch(SPACE, TASK, tuning)
    assert search.key(MODEL_1, NOTEBOOK) != search.key(MODEL_1, NOTEBOOK.model_copy(update={"batch_size": 64}))
    assert search.key(MODEL_1, None) == MODEL_1.key


def test_a_search_tunes_its_plan_if_it_is_asked_to() -> None:
    settings = SearchSettings(data="mnist:2000", tune_plan=True, plan="modern")
    assert settings.default_name == "mnist-2000-plain-7000-modern-tuned-s0"
    assert prepare(settings).order.tuning == PlanTuning(MODERN)
    assert prepare(SearchSettings(data="mnist:2000")).order.tuning is None


def test_what_was_tuned_stands_in_the_choices_of_the_trial(tmp_path: Path) -> None:
    storage = optuna.storages.InMemoryStorage()
    make_driver(tmp_path, trials=2, storage=storage, sampler="forest", tuning=PlanTuning(SHORT)).run()
    for trial in optuna.load_study(storage=storage, study_name="fake").trials:
        assert [name for name in trial.params if "." in name] == [RATE, BATCH, STRENGTH]
        assert list(trial.params)[-3:] == [RATE, BATCH, STRENGTH]  # after the architecture's
