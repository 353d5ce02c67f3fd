"""A search and its verdict as Plotly figures, for Optuna's dashboard."""

from collections.abc import Sequence
from itertools import accumulate
from math import log10
from typing import Any

from plotly import graph_objects as go

from nas.engine.objective import CostAim, front_of, pareto_front, unit
from nas.engine.records import Tally, TrialRecord
from nas.evaluation.drawing import COLOURS, OWN_COLOUR, markers_of
from nas.evaluation.search_figure import STAGES, front_after, score_range
from nas.evaluation.verdict import Verdict, signed
from nas.evaluation.verdict_plan import VerdictPlan

_COMPLETED, _STOPPED = "#0072B2", "#999999"
_SYMBOLS = {
    "x": "x",
    "o": "circle",
    "s": "square",
    "^": "triangle-up",
    "D": "diamond",
    "v": "triangle-down",
    "P": "cross",
    "<": "triangle-left",
    ">": "triangle-right",
    "p": "pentagon",
    "h": "hexagon",
}
"""Matplotlib's markers by Plotly's names."""
_WORD_COLOURS = {"beats": "#009E73", "loses": "#D55E00", "ties": "#0072B2", "undecided": "#666666"}
_TICKS = (0.1, 0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975)


def plot_costs(tally: Tally, *, aim: CostAim | None = None) -> go.Figure:
    """Validation accuracy against parameters for every trained network; hand-designed ones marked, the Pareto front drawn.

    Args:
        tally: What the search has found.
        aim: The cost that is to be small too, which takes the place of parameters.
    """
    shown = [record for record in tally.records if record.trained]
    cost: CostAim = aim or "parameters"
    figure = _figure(f"Accuracy against {unit(cost)}", x=unit(cost))
    front = front_of(tally, aim=cost)
    if len(front) > 1:
        line = {"color": "black", "width": 1, "shape": "hv", "dash": "dot"}
        figure.add_scatter(**_points(front, aim=cost), mode="lines", line=line, name="Pareto front", hoverinfo="skip")
    for outcome, colour, size, words in (("stopped", _STOPPED, 6, "stopped early"), ("completed", _COMPLETED, 9, "to the end")):
        found = [record for record in shown if record.outcome == outcome]
        marker = {"color": colour, "size": size}
        figure.add_scatter(**_points(found, aim=cost), mode="markers", marker=marker, name=f"{words} ({len(found)})")
    markers = markers_of(record.baseline or "" for record in tally.baselines)
    for record in tally.baselines:
        name = record.baseline or ""
        symbol = _SYMBOLS[markers[name]]
        edge = {"width": 0 if symbol == "x" else 1, "color": "black"}
        marker = {"color": COLOURS.get(name, OWN_COLOUR), "symbol": symbol, "size": 12, "line": edge}
        figure.add_scatter(**_points([record], aim=cost), mode="markers", marker=marker, name=name)
    if aim:
        figure.update_xaxes(type="log")
    return _scaled(figure, (*shown, *tally.baselines), front=front if aim else ())


def plot_front_progress(tally: Tally, *, aim: CostAim) -> go.Figure:
    """The Pareto front of the search after a quarter, half, and all of the epochs spent, with that of the hand-designed."""
    figure = _figure("Pareto front of the search", x=unit(aim))
    for share, colour, words in STAGES:
        part = front_after(tally, share=share, aim=aim)
        line = {"color": colour, "shape": "hv", "width": 3}
        figure.add_scatter(**_points(part, aim=aim), mode="lines+markers", line=line, name=f"{words} ({len(part)})")
    by_hand = pareto_front(tally.baselines, aim=aim)
    line = {"color": "#D55E00", "shape": "hv", "dash": "dash"}
    figure.add_scatter(**_points(by_hand, aim=aim), mode="lines+markers", line=line, name="hand-designed")
    figure.update_xaxes(type="log")
    front = front_of(tally, aim=aim)
    return _scaled(figure, front, front=front)


def plot_progress(tally: Tally) -> go.Figure:
    """The best validation accuracy so far against epochs spent, with the best hand-designed network as a line."""
    shown = [record for record in tally.records if record.trained]
    figure = _figure("Best so far", x="epochs spent")
    spent = list(accumulate(len(record.curve) for record in shown))
    best = _best_so_far(shown)
    steps = [(epochs, record) for epochs, record in zip(spent, best, strict=True) if record]
    figure.add_scatter(
        x=[epochs for epochs, _ in steps],
        y=[_error(record) for _, record in steps],
        text=[_words(record) for _, record in steps],
        hovertemplate="%{text}<br>after %{x:,} epochs<extra></extra>",
        mode="lines",
        line={"color": _COMPLETED, "shape": "hv", "width": 3},
        name="best network of the search",
    )
    for record in tally.baselines[:1]:
        line = {"color": COLOURS.get(record.baseline or "", OWN_COLOUR), "dash": "dash"}
        figure.add_scatter(
            x=[0, max(spent, default=1)],
            y=[_error(record)] * 2,
            text=[_words(record)] * 2,
            hovertemplate="%{text}<extra></extra>",
            mode="lines",
            line=line,
            name=f"best hand-designed ({record.baseline})",
        )
    figure.update_xaxes(rangemode="tozero")
    return _scaled(figure, (*(record for _, record in steps), *tally.baselines[:1]))


def plot_verdict(plan: VerdictPlan, verdict: Verdict) -> go.Figure:
    """The interval of each difference of mean test accuracy, with zero and the margin on either side of it."""
    figure = _figure(
        f"Verdict: {plan.network} minus the others, on test images", x=f"percentage points of {plan.kind}test accuracy"
    )
    figure.add_vrect(x0=-plan.margin, x1=plan.margin, fillcolor="#999999", opacity=0.2, line_width=0, layer="below")
    figure.add_vline(x=0, line={"color": "#444444", "width": 1})
    for one in reversed(verdict.comparisons):
        told = f"{signed(one.points)} points ({signed(one.low)} to {signed(one.high)})"
        figure.add_scatter(
            x=[one.points],
            y=[f"{one.word} {one.comparator} "],
            error_x={"array": [one.high - one.points], "arrayminus": [one.points - one.low], "thickness": 3, "width": 8},
            mode="markers+text",
            marker={"color": _WORD_COLOURS[one.word], "size": 12},
            text=[told],
            textposition="top center",
            hovertemplate=f"{told}<extra>{one.comparator}</extra>",
            showlegend=False,
        )
    ends = [0.0, plan.margin, -plan.margin, *(end for one in verdict.comparisons for end in (one.low, one.high))]
    room = 0.15 * (max(ends) - min(ends))
    figure.update_xaxes(range=[min(ends) - room, max(ends) + room])
    figure.update_yaxes(range=[-0.6, len(verdict.comparisons) - 0.4], showgrid=False)
    return figure


def _figure(title: str, *, x: str) -> go.Figure:
    """An empty figure whose every point says what it is when pointed at."""
    return go.Figure(
        layout={
            "template": "plotly_white",
            "title": {"text": title, "font": {"size": 15}},
            "xaxis": {"title": {"text": x}, "tickformat": ","},
            "legend": {"orientation": "h", "y": -0.2},
            "margin": {"l": 70, "r": 20, "t": 60, "b": 60},
        }
    )


def _scaled(figure: go.Figure, drawn: Sequence[TrialRecord], *, front: Sequence[TrialRecord] = ()) -> go.Figure:
    """With an accuracy axis that is logarithmic in the share of errors, so that its end can be read."""
    low, high = score_range(drawn, (), front=front)
    figure.update_yaxes(
        title={"text": "validation accuracy, one seed (log of errors)"},
        type="log",
        range=[log10(1 - low), log10(1 - min(high, 0.9999))],
        tickvals=[1 - tick for tick in _TICKS],
        ticktext=[f"{tick:.4g}" for tick in _TICKS],
    )
    return figure


def _points(records: Sequence[TrialRecord], *, aim: CostAim) -> dict[str, Any]:
    return {
        "x": [getattr(record, aim) for record in records],
        "y": [_error(record) for record in records],
        "text": [_words(record) for record in records],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _words(record: TrialRecord) -> str:
    return f"{record.label}: {record.score or 0.0:.2%}, {record.parameters:,} parameters, {record.macs:,} MACs"


def _error(record: TrialRecord) -> float:
    return max(1 - (record.score or 0.0), 1e-4)


def _best_so_far(shown: Sequence[TrialRecord]) -> list[TrialRecord | None]:
    """For each trained network the best of those that were trained to the end by then, itself included."""
    best: list[TrialRecord | None] = []
    for record in shown:
        before = best[-1] if best else None
        better = record.outcome == "completed" and (before is None or (record.score or 0.0) > (before.score or 0.0))
        best.append(record if better else before)
    return best
