"""Pictures of a verdict: the intervals that decide, and what became of the search's scores on fresh seeds."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.figure import Figure

from nas.evaluation.comparison import Comparison
from nas.evaluation.drawing import COLOURS, OWN_COLOUR, markers_of, tidy
from nas.evaluation.judging import Judged
from nas.evaluation.report.picture import Picture, draw_picture
from nas.evaluation.report.wording import mean
from nas.evaluation.verdict import signed
from nas.evaluation.verdict_plan import Entrant

_WORDS = {"beats": "#009E73", "loses": "#D55E00", "ties": "#0072B2", "undecided": "#999999"}
_FOUND = "*"
"""The mark of what the search found."""


def draw_intervals(judged: Judged) -> Picture:
    """The interval of the difference against each comparator, with zero and the margin."""
    comparisons, margin = judged.verdict.comparisons, judged.plan.margin

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvspan(-margin, margin, color="#0072B2", alpha=0.12, linewidth=0, label=f"margin (±{margin:.2f} points)")
        axes.axvline(0, color="black", linewidth=1)
        for place, one in enumerate(comparisons):
            colour = _WORDS[one.word]
            axes.plot([one.low, one.high], [place, place], color=colour, linewidth=3.5, solid_capstyle="butt")
            axes.plot(
                [one.low, one.high], [place, place], color=colour, marker="|", markersize=13, linestyle="", markeredgewidth=2
            )
            axes.plot([one.points], [place], color=colour, marker="o", markersize=8)
        axes.set_yticks(range(len(comparisons)), [f"against\n{one.comparator}" for one in comparisons])
        axes.set_ylim(len(comparisons) - 0.4, -0.75)
        ends = [value for one in comparisons for value in (one.low, one.high)]
        low, high = min(0.0, -margin, *ends), max(0.0, margin, *ends)
        axes.set_xlim(low - 0.15 * (high - low), high + 0.15 * (high - low))
        for place, one in enumerate(comparisons):
            told = f"{signed(one.points)} ({signed(one.low)} to {signed(one.high)}): {one.word}"
            side, anchor = _side(one, axes.get_xlim())
            axes.annotate(told, (anchor, place), (0, 10), textcoords="offset points", ha=side, fontsize=9)
        axes.set_xlabel(f"{judged.plan.kind}test accuracy of {judged.plan.network} minus the other's (percentage points)")
        tidy(axes)
        figure.legend(loc="outside lower right", fontsize=8, frameon=False)

    return draw_picture("intervals", draw, size=(5.6, 1.5 + 0.75 * len(comparisons)))


def draw_shrinkage(judged: Judged) -> Picture:
    """Validation scores of the winner and its comparators in search, selection and confirmation."""
    plan, verdict = judged.plan, judged.verdict

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        marks = markers_of(one.name for one in plan.judged if one.side == "hand")
        for index, one in enumerate(plan.judged):
            search = () if one.same_plan_score is None else (one.same_plan_score,)
            stages = (search, one.selection_scores, verdict.standing(one.name).scores)
            offset, marker = (index - (len(plan.judged) - 1) / 2) * 0.07, marks.get(one.name, _FOUND)
            _draw_stages(figure, stages, one, offset=offset, marker=marker)
        first = "search\n(as trained)" if plan.deployed else "search"
        axes.set_xticks(range(3), [first, f"{plan.kind}selection", f"{plan.kind}confirmation\n({len(verdict.seeds)} seeds)"])
        axes.set_xlim(-0.3, 2.3)
        axes.set_ylabel("validation accuracy (%)")
        tidy(axes)
        figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)

    return draw_picture("shrinkage", draw, size=(5.6, 3.8))


def _side(one: Comparison, ends: tuple[float, float]) -> tuple[Literal["left", "center", "right"], float]:
    """How the words over an interval are aligned, and where, so that they stay inside the axes."""
    place = (one.points - ends[0]) / (ends[1] - ends[0])
    if place < 0.35:
        return "left", one.low
    return ("right", one.high) if place > 0.65 else ("center", one.points)


def _draw_stages(figure: Figure, stages: Sequence[Sequence[float]], one: Entrant, *, offset: float, marker: str) -> None:
    (axes,) = figure.axes
    colour = _colour_of(one)
    for place, scores in enumerate(stages):
        axes.scatter(np.full(len(scores), place + offset), 100 * np.asarray(scores), s=12, color=colour, alpha=0.35, linewidth=0)
    means = [(place + offset, 100 * value) for place, value in enumerate(map(mean, stages)) if value is not None]
    axes.plot(*zip(*means, strict=True), color=colour, marker=marker, linewidth=1.6, markersize=7, label=one.name)


def _colour_of(one: Entrant) -> str:
    """The colour that a network has in all pictures: black for what the search found."""
    return "black" if one.side == "search" else COLOURS.get(one.name, OWN_COLOUR)
