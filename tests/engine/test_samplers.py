"""A proposal is a function of the study's seed, its number and what the study holds."""

from collections.abc import Callable, Sequence
from typing import Any

import optuna
import pytest
from fake_search import TASK

from nas.architecture import Budget, measure
from nas.engine import samplers
from nas.engine.samplers import BARREN_FOR_RANDOM, STARTUP_TRIALS, ProposalSampler, SamplerName
from nas.engine.spaces import find_space

SPACE = find_space("plain")
Scorer = Callable[[int], float]


def rising(number: int) -> float:
    return number / 100


def falling(number: int) -> float:
    return 1 - number / 100


def propose(
    name: SamplerName,
    count: int,
    *,
    seed: int = 0,
    trained: int = STARTUP_TRIALS,
    barren: int = 0,
    score: Scorer = rising,
    restart: bool = False,
) -> list[dict[str, object]]:
    """The choices of that many proposals; with `restart`, each comes from a new sampler and a new study with the same trials."""

    def study_of(trials: list[optuna.trial.FrozenTrial]) -> optuna.Study:
        sampler = ProposalSampler(name, space=SPACE, task=TASK, study_seed=seed, trained=lambda: trained, barren=lambda: barren)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        study.add_trials(trials)
        return study

    study = study_of([])
    for _ in range(count):
        study = study_of(study.trials) if restart else study
        trial = study.ask()
        SPACE.draw(trial, TASK)
        trial.report(score(trial.number), 1)
        study.tell(trial, score(trial.number))
    return [trial.params for trial in study.trials]


@pytest.mark.parametrize("name", ["forest", "tpe", "random"])
def test_the_same_study_proposes_the_same_again(name: SamplerName) -> None:
    assert propose(name, 12) == propose(name, 12)


@pytest.mark.parametrize("name", ["forest", "tpe", "random"])
def test_how_often_the_driver_was_started_makes_no_difference(name: SamplerName) -> None:
    assert propose(name, 12, restart=True) == propose(name, 12)


@pytest.mark.parametrize("name", ["forest", "tpe", "random"])
def test_each_number_proposes_something_else(name: SamplerName) -> None:
    choices = propose(name, 20)
    assert len({str(sorted(one.items())) for one in choices}) > 18


@pytest.mark.parametrize("name", ["forest", "tpe", "random"])
def test_another_seed_proposes_something_else(name: SamplerName) -> None:
    assert propose(name, 3) != propose(name, 3, seed=1)


def test_two_names_of_one_proposal_are_drawn_apart() -> None:
    filters, kernels = set(), set()
    for choices in propose("random", 40):
        for index in (1, 2, 3, 4):
            filters.add((choices.get(f"filters_{index}"), index))
            kernels.add((choices.get(f"filters_{index}"), choices.get(f"kernel_{index}")))
    assert len(kernels) > len({value for value, _ in filters})  # a kernel does not follow from the filters


def test_random_proposals_do_not_look_at_outcomes() -> None:
    assert propose("random", 25) == propose("random", 25, score=falling)


def test_tpe_looks_at_outcomes_once_ten_trials_are_trained() -> None:
    assert propose("tpe", 25) != propose("tpe", 25, score=falling)


@pytest.mark.parametrize(("trained", "same"), [(0, True), (9, True), (10, False)], ids=["none", "nine", "ten"])
def test_tpe_takes_over_from_random_draws_after_ten_trained_trials(trained: int, same: bool) -> None:
    assert STARTUP_TRIALS == 10
    assert (propose("tpe", 15, trained=trained) == propose("random", 15)) is same


def test_refused_proposals_do_not_end_the_random_start() -> None:
    sampler = ProposalSampler("tpe", space=SPACE, task=TASK, study_seed=0, trained=lambda: 9, barren=lambda: 0)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for _ in range(30):
        trial = study.ask()
        SPACE.draw(trial, TASK)
        trial.set_constraint("parameters", 0.5)
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    assert [trial.params for trial in study.trials] == propose("random", 30)


def test_random_draws_take_over_where_tpe_finds_nothing_new() -> None:
    assert propose("tpe", 12, barren=BARREN_FOR_RANDOM) == propose("random", 12)
    assert propose("tpe", 12, barren=BARREN_FOR_RANDOM - 1) != propose("random", 12)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the finished trials that TPE has just looked at."""
    numbers: list[int] = []

    class Looking(optuna.samplers.TPESampler):
        def sample_relative(self, study: optuna.Study, *arguments: Any) -> dict[str, Any]:
            numbers[:] = [trial.number for trial in study._get_trials() if trial.state.is_finished()]
            return super().sample_relative(study, *arguments)

    monkeypatch.setattr(samplers, "TPESampler", Looking)
    return numbers


def study_with(outcomes: Sequence[str], score: Scorer, *, costs: bool = False) -> optuna.Study:
    """A study of TPE with trials that came to this."""
    sampler = ProposalSampler("tpe", space=SPACE, task=TASK, study_seed=0, trained=lambda: STARTUP_TRIALS, barren=lambda: 0)
    study = optuna.create_study(directions=["maximize", "minimize"] if costs else ["maximize"], sampler=sampler)
    for number, outcome in enumerate(outcomes):
        trial = study.ask()
        SPACE.draw(trial, TASK)
        trial.set_user_attr("outcome", outcome)
        stopped = outcome == "stopped"
        study.tell(
            trial,
            None if stopped else [score(number), 100.0] if costs else score(number),
            state=optuna.trial.TrialState.PRUNED if stopped else None,
        )
    return study


def test_tpe_looks_at_the_latest_refusals_alone(seen: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samplers, "REMEMBERED_REFUSALS", 3)
    study = study_with(("completed", "refused", "repeated") * 4, rising)
    SPACE.draw(study.ask(), TASK)
    assert seen == [0, 3, 6, 8, 9, 10, 11]  # 0, 3, 6 and 9 were completed


def test_of_many_trained_tpe_looks_at_the_best_and_the_latest(seen: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samplers, "REMEMBERED_TRAINED", 5)
    monkeypatch.setattr(samplers, "_GOOD", 2)
    study = study_with(
        ("completed", "completed", "completed", "stopped", "refused", "completed", "completed", "completed"), falling
    )
    SPACE.draw(study.ask(), TASK)
    assert seen == [0, 1, 4, 5, 6, 7]  # 0 and 1 are the best, 4 was refused


def test_where_cost_counts_too_tpe_forgets_nothing_that_was_trained(seen: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samplers, "REMEMBERED_TRAINED", 5)
    study = study_with(("completed",) * 8, falling, costs=True)
    SPACE.draw(study.ask(), TASK)
    assert seen == list(range(8))


def test_tpe_models_no_more_trials_as_good_than_are_remembered_for_that() -> None:
    from optuna.samplers._tpe.sampler import default_gamma

    assert default_gamma(samplers.REMEMBERED_TRAINED) == default_gamma(10**6) == samplers._GOOD


def test_the_forest_proposes_only_networks_that_fit_and_are_new_even_under_a_tight_budget() -> None:
    tight = TASK.model_copy(update={"budget": Budget(parameters=1_000)})
    sampler = ProposalSampler("forest", space=SPACE, task=tight, study_seed=3, trained=lambda: 0, barren=lambda: 0)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    seen = set()
    for number in range(30):
        trial = study.ask()
        network = SPACE.draw(trial, tight)
        assert measure(network).parameters <= 1_000
        assert network.key not in seen
        seen.add(network.key)
        trial.report(number / 100, 1)
        study.tell(trial, number / 100)


def test_after_a_proposal_that_did_not_fit_the_forest_leaves_the_field_to_random_draws() -> None:
    assert propose("forest", 12, barren=1) == propose("random", 12, barren=1)
