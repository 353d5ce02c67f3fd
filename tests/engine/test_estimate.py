"""How long a search will take, before it begins."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from fake_search import DATA, PLAN, TASK

from nas.architecture import Budget, fits, measure
from nas.baselines import baselines
from nas.engine import estimate
from nas.engine.estimate import estimate_seconds, sample_feasible
from nas.engine.order import Order
from nas.engine.spaces import find_space
from nas.engine.stoppers import NeverStop, Stopper, SuccessiveHalving
from nas.training.trainer import Pace
from nas.training.work import Work

SPACE = find_space("plain")


def _order(stopper: Stopper) -> Order:
    return Order(task=TASK, space=SPACE, plan=PLAN, data=DATA, stopper=stopper, seed=0, trials=10, timeout=None)


def test_samples_fit_the_budget_and_end_with_the_largest() -> None:
    samples = sample_feasible(SPACE, TASK, seed=0)
    sizes = [measure(network).parameters for network in samples]
    assert len(samples) == 6
    assert all(fits(measure(network), budget=TASK.budget) for network in samples)
    assert sizes == sorted(sizes)


def test_fewer_samples_are_the_first_of_more() -> None:
    two, six = (sample_feasible(SPACE, TASK, seed=0, count=count) for count in (2, 6))
    assert len(two) == 2
    assert set(two) < set(six)


def test_a_hand_designed_network_is_reckoned_by_its_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = sample_feasible(SPACE, TASK, seed=0)
    floor = 1e-6 * sorted(measure(network).macs for network in samples)[4]  # what the steps of small networks take at least

    def by_operations(work: Work) -> Pace:
        return Pace(start=0.0, epoch=max(floor, 1e-6 * measure(work.network).macs))

    monkeypatch.setattr(estimate, "probe", by_operations)
    hand = baselines(TASK)
    with ThreadPoolExecutor(2) as executor:
        without, with_model_2 = (
            estimate_seconds(executor, samples, workers=1, order=_order(NeverStop()), trials=1, baselines=chosen)
            for chosen in ([], [hand["model-2"]])
        )
    assert without is not None
    assert with_model_2 is not None
    assert with_model_2 - without == pytest.approx(PLAN.epochs * 1e-6 * measure(hand["model-2"]).macs)


def test_a_network_that_cannot_be_trained_is_left_out_of_the_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = sample_feasible(SPACE, TASK, seed=0)

    def poisoned(work: Work) -> Pace:
        if work.network == samples[0]:
            raise RuntimeError("out of memory")
        return Pace(start=1.0, epoch=2.0)

    monkeypatch.setattr(estimate, "probe", poisoned)
    with ThreadPoolExecutor(2) as executor:
        ask = partial(estimate_seconds, executor, workers=1, order=_order(NeverStop()), trials=10, baselines=[])
        assert ask(samples) == pytest.approx(10 * (5 * 2 + 1))
        assert ask(samples[:1]) is None


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
            order=_order(stopper),
            trials=10,
            baselines=[baselines(TASK)["basic"]],  # of so few operations that it takes as long as the quickest sample
        )
    assert estimated == pytest.approx(seconds, abs=1.5)
