"""A search and its verdict as Plotly figures."""

from collections.abc import Callable
from typing import Any

import pytest
from judged import made_plan, made_predictions
from made_records import record

from nas.engine.records import Tally, tally
from nas.evaluation.holdout import Openings
from nas.evaluation.plots import plot_costs, plot_progress, plot_verdict
from nas.evaluation.verdict import make_verdict

TALLY = tally(
    [
        record(0, "completed", 0.96, units=9, baseline="model-5"),
        record(1, "completed", 0.90, units=8),
        record(2, "stopped", 0.50, units=7),
        record(3, "refused", units=600),
        record(4, "completed", 0.97, 0.98, units=12),
        record(5, "completed", 0.95, units=20),
    ]
)


def test_every_trained_network_is_a_point_and_says_what_it_is() -> None:
    traces = {trace.name: trace for trace in plot_costs(TALLY).data}
    assert list(traces) == ["Pareto front", "stopped early (1)", "to the end (3)", "model-5"]
    assert traces["to the end (3)"].x == tuple(TALLY.records[number].parameters for number in (1, 4, 5))
    assert traces["to the end (3)"].y == pytest.approx((0.1, 0.025, 0.05))  # shares of errors
    assert traces["model-5"].text == (
        f"model-5: 96.00%, {TALLY.records[0].parameters:,} parameters, {TALLY.records[0].macs:,} MACs",
    )
    assert traces["Pareto front"].x == tuple(TALLY.records[number].parameters for number in (1, 0, 4))


def test_the_best_so_far_rises_with_networks_trained_to_the_end() -> None:
    search, hand = plot_progress(TALLY).data
    assert search.x == (1, 2, 4, 5)  # epochs spent, those of the network that was stopped too
    assert search.y == pytest.approx((0.1, 0.1, 0.025, 0.025))
    assert hand.name == "best hand-designed (model-5)"
    assert hand.y == pytest.approx((0.04, 0.04))


@pytest.mark.parametrize("plot", [plot_costs, plot_progress], ids=["costs", "progress"])
def test_a_study_whose_networks_make_no_error_has_an_axis_too(plot: Callable[[Tally], Any]) -> None:
    low, high = plot(tally([record(number, "completed", 1.0, units=8 + number) for number in range(4)])).layout.yaxis.range
    assert low > high


@pytest.mark.parametrize("plot", [plot_costs, plot_progress], ids=["costs", "progress"])
def test_a_study_without_a_trained_network_has_figures_too(plot: Callable[[Tally], Any]) -> None:
    assert not any(trace.x for trace in plot(tally([])).data)


def test_the_verdicts_intervals_are_drawn_as_they_are_written() -> None:
    plan = made_plan("trial 4", "model-5", "model-2")
    predictions = made_predictions({"trial 4": (10, 11, 12), "model-5": (30, 31, 32), "model-2": (10, 12, 11)})
    verdict = make_verdict(plan, predictions, openings=Openings(study=1, in_all=1))
    figure = plot_verdict(plan, verdict)
    drawn = {
        trace.y[0].strip(): (trace.x[0] - trace.error_x.arrayminus[0], trace.x[0] + trace.error_x.array[0])
        for trace in figure.data
    }
    for one in verdict.comparisons:
        assert drawn[f"{one.word} {one.comparator}"] == pytest.approx((one.low, one.high))
    margin = figure.layout.shapes[0]
    assert (margin.x0, margin.x1) == (-plan.margin, plan.margin)
