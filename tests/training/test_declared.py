"""KerasTuner's ranges as a trial draws them."""

import pytest
from optuna import create_study
from optuna.samplers import RandomSampler

from nas.architecture.suggest import Value
from nas.training.declared import Declared, OneOf, Real, Whole, draw, one_of, real, whole


@pytest.mark.parametrize(
    ("came", "wanted"),
    [
        pytest.param(whole(6, 12, step=None, sampling="linear"), Whole(6, 12), id="all, the last included"),
        pytest.param(whole(6, 13, step=3, sampling="linear"), Whole(6, 12, 3), id="steps end before the highest"),
        pytest.param(whole(1, 100, step=None, sampling="log"), Whole(1, 100, 1, log=True), id="logarithmic"),
        pytest.param(whole(3, 3_000, step=10, sampling="log"), OneOf((3, 30, 300, 3_000)), id="a step that multiplies"),
        pytest.param(whole(1, 9, step=2, sampling="reverse_log"), Whole(1, 9), id="reversed logarithm is even"),
        pytest.param(real(0, 1, step=0.2, sampling="linear"), Real(0, 1.0, 0.2), id="the documented steps of Float"),
        pytest.param(real(0.001, 10, step=None, sampling="log"), Real(0.001, 10, None, log=True), id="logarithmic Float"),
        pytest.param(one_of((4, 8, 4)), OneOf((4, 8)), id="a value named twice"),
    ],
)
def test_ranges_are_what_kerastuner_documents(came: object, wanted: object) -> None:
    assert came == wanted


def test_values_of_a_step_that_multiplies_are_whole_or_as_near_as_floats_are() -> None:
    assert whole(2, 32, step=2, sampling="log") == OneOf((2, 4, 8, 16, 32))
    tens = real(0.001, 10, step=10, sampling="log")
    assert isinstance(tens, OneOf)
    assert tens.values == pytest.approx((0.001, 0.01, 0.1, 1, 10))


@pytest.mark.parametrize(
    ("declared", "possible"),
    [
        (Declared("n", whole(6, 13, step=3, sampling="linear")), {6, 9, 12}),
        (Declared("x", real(0, 0.5, step=0.25, sampling="linear")), {0.0, 0.25, 0.5}),
        (Declared("c", one_of((False, True))), {False, True}),
    ],
    ids=["whole", "real", "choice"],
)
def test_optuna_draws_all_of_a_range_and_nothing_else(declared: Declared, possible: set[Value]) -> None:
    study = create_study(sampler=RandomSampler(seed=0))
    assert {draw(declared, study.ask()) for _ in range(40)} == possible
