"""How long a search will take, before it begins."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_search import DATA, PLAN, TASK

from nas.architecture import Budget, fits, measure
from nas.baselines import baselines
from nas.engine import estimate
from nas.engine.estimate import estimate_seconds, sample_feasible
from nas.engine.spaces import find_space
from nas.engine.stoppers import NeverStop, Stopper, SuccessiveHalving
from nas.training.trainer import Pace
from nas.training.work import Work

SPACE = find_space("plain")


def test_samples_fit_the_budget_and_end_with_the_largest() -> None:
    samples = sample_feasible(SPACE, TASK, seed=0)
    sizes = [measure(network).parameters for network in samples]
    assert len(samples) == 6
    assert all(fits(measure(network), budget=TASK.budget) for network in samples)
    assert sizes == sorted(sizes)


def test_under_a_budget_that_random_draws_miss_there_are_no_samples() -> None:
    tight = TASK.model_copy(update={"budget": Budget(parameters=20)})
    assert sample_feasible(SPACE, tight, seed=0) == ()


@pytest.mark.parametrize(
    ("stopper", "seconds"),
    [
        # Five epochs of 2 s and a start of 1 s each network; one baseline; two workers.
        pytest.param(NeverStop(), (10 * 10 + 10 * 1 + 10 + 1) / 2, id="all to the end"),
        pytest.param(SuccessiveHalving(), (2 * (10 + 2 * 5 + 2 * 2.5) + 10 * 1 + 10 + 1) / 2, id="halving at 1 and 3"),
    ],
)
def test_seconds_are_those_of_all_epochs_and_starts_over_the_workers(
    monkeypatch: pytest.MonkeyPatch, stopper: Stopper, seconds: float
) -> None:
    def same_pace(work: Work) -> Pace:
        return Pace(start=1.0, epoch=2.0)

    monkeypatch.setattr(estimate, "probe", same_pace)
    with ThreadPoolExecutor(2) as executor:
        estimated = estimate_seconds(
            executor,
            sample_feasible(SPACE, TASK, seed=0),
            workers=2,
            plan=PLAN,
            data=DATA,
            stopper=stopper,
            trials=10,
            baselines=[baselines(TASK)["model-1"]],
        )
    assert estimated == pytest.approx(seconds, abs=1.5)
