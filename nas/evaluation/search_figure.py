"""A search in a picture: what each network cost and reached, and how the best, or the Pareto front, came up."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

from nas.engine.objective import CostAim, front_of, pareto_front, unit
from nas.engine.records import Tally, TrialRecord
from nas.evaluation.drawing import COLOURS, OWN_COLOUR, drawing, markers_of, scale_accuracy, tidy

_COMPLETED, _STOPPED = "#0072B2", "#999999"
STAGES = (
    (0.25, "#BBD6EA", "after a quarter of the epochs"),
    (0.5, "#66A9D2", "after half of them"),
    (1, _COMPLETED, "at the end"),
)
"""Shares of the epochs after which a front is shown, with colour and words."""


def save_search_figure(tally: Tally, *, title: str, path: Path, aim: CostAim | None = None) -> None:
    """A PNG: validation accuracy against parameters for every trained network, and the best so far against epochs spent.

    Args:
        tally: What the search has found.
        title: What stands above.
        path: The file to write.
        aim: The cost that is to be small too; it takes the place of parameters, and the front that of the best.

    Raises:
        StudyError: If the file cannot be written.
    """
    with drawing(path, size=(11.5, 4.8)) as figure:
        figure.suptitle(title, fontweight="bold")
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        draw_costs(left, tally, aim=aim)
        if aim:
            draw_front_progress(right, tally, aim=aim)
        else:
            draw_progress(right, tally)
        left.legend(loc="upper left", fontsize=8, framealpha=0.9)
        right.legend(loc="upper left" if aim else "lower right", fontsize=8, framealpha=0.9)


def draw_costs(axes: Axes, tally: Tally, *, aim: CostAim | None = None) -> None:
    """Validation accuracy against parameters: every trained network, the baselines, and the Pareto front.

    Args:
        axes: Where it is drawn.
        tally: What the search has found.
        aim: The cost that is to be small too, which takes the place of parameters.
    """
    cost: CostAim = aim or "parameters"
    front = front_of(tally, aim=cost)
    shown = _scale(axes, tally, front=front if aim else ())
    for outcome, colour, size, words in (("stopped", _STOPPED, 14, "stopped early"), ("completed", _COMPLETED, 30, "to the end")):
        found = [record for record in shown if record.outcome == outcome]
        label = f"{words} ({len(found)})"
        axes.scatter(*_places(found, aim=cost), s=size, color=colour, label=label, zorder=2)
    markers = markers_of(record.baseline or "" for record in tally.baselines)
    for record in tally.baselines:
        name = record.baseline or ""
        marker = markers[name]
        edge = None if marker == "x" else "black"  # a cross has no inside to be edged
        point = _places([record], aim=cost)
        axes.scatter(*point, color=COLOURS.get(name, OWN_COLOUR), edgecolor=edge, marker=marker, s=60, zorder=3, label=name)
    if len(front) > 1:
        places = _places(front, aim=cost)
        axes.step(*places, where="post", color="black", linewidth=0.9, linestyle=":", label="Pareto front", zorder=1)
    _scale_costs(axes, aim=cost, logarithmic=aim is not None)
    axes.set_title("Every trained network (one seed each)", fontsize=10)


def draw_front_progress(axes: Axes, tally: Tally, *, aim: CostAim) -> None:
    """The Pareto front of the search after a quarter, half, and all of the epochs spent, with that of the baselines."""
    front = front_of(tally, aim=aim)
    _scale(axes, tally, front=front)
    for share, colour, words in STAGES:
        at_last = share == 1
        part = front_after(tally, share=share, aim=aim)
        label = f"{words} ({len(part)})"
        marker = "o" if at_last else None
        axes.step(*_places(part, aim=aim), where="post", color=colour, linewidth=2, marker=marker, markersize=4, label=label)
    by_hand = pareto_front(tally.baselines, aim=aim)
    if by_hand:
        places = _places(by_hand, aim=aim)
        axes.step(*places, where="post", color="#D55E00", linestyle="--", marker="s", markersize=4, label="hand-designed")
    _scale_costs(axes, aim=aim, logarithmic=True)
    axes.set_title("Pareto front of the search", fontsize=10)


def front_after(tally: Tally, *, share: float, aim: CostAim) -> tuple[TrialRecord, ...]:
    """The Pareto front of what the search had trained to the end when it had spent a share of its epochs."""
    trained = [record for record in tally.records if record.trained]
    spent = accumulate(len(record.curve) for record in trained)
    until = share * tally.epochs
    done = [one for one, epochs in zip(trained, spent, strict=True) if epochs <= until and one.outcome == "completed"]
    return pareto_front(done, aim=aim)


def draw_progress(axes: Axes, tally: Tally) -> None:
    """The best validation accuracy so far against the epochs spent, with the best baseline as a line."""
    shown = _scale(axes, tally)
    spent = list(accumulate(len(record.curve) for record in shown))
    scores = [(record.score or 0.0) if record.outcome == "completed" else 0.0 for record in shown]
    best = list(accumulate(scores, max))
    axes.step(spent, best, where="post", color=_COMPLETED, linewidth=2, label="best network of the search")
    if tally.baselines:
        first = tally.baselines[0]
        label = f"best hand-designed ({first.baseline})"
        axes.axhline(first.score or 0.0, color=COLOURS.get(first.baseline or "", OWN_COLOUR), linestyle="--", label=label)
    axes.set_xlabel("epochs spent")
    axes.set_xlim(left=0)
    axes.set_title("Best so far", fontsize=10)


def _places(records: Sequence[TrialRecord], *, aim: CostAim) -> tuple[list[int], list[float]]:
    """What records cost, and what they reach."""
    return [getattr(record, aim) for record in records], [record.score or 0.0 for record in records]


def _scale_costs(axes: Axes, *, aim: CostAim, logarithmic: bool) -> None:
    axes.set_xlabel(unit(aim))
    if logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _scale(axes: Axes, tally: Tally, *, front: Sequence[TrialRecord] = ()) -> list[TrialRecord]:
    """The axis of validation accuracy, down to the cheapest network of a front, and the search's networks on it."""
    shown = [record for record in tally.records if record.trained]
    scale_accuracy(axes, highest=max((record.score or 0.0 for record in (*shown, *tally.baselines)), default=1.0))
    axes.set_ylim(*score_range(shown, tally.baselines, front=front))
    axes.set_ylabel(f"validation {axes.get_ylabel()}")
    tidy(axes)
    return shown


def score_range(
    shown: Sequence[TrialRecord], baselines: Sequence[TrialRecord], *, front: Sequence[TrialRecord] = ()
) -> tuple[float, float]:
    """From the middle of the field, or from the lowest of a front, to the best: the rest would press what matters into a line."""
    scores = sorted(record.score or 0.0 for record in (*shown, *baselines))
    if not scores:
        return 0.0, 1.0
    low, high = min([scores[len(scores) // 4], *(record.score or 0.0 for record in front)]), scores[-1]
    return max(0.05, min(0.998, low - (1 - low) * 0.3)), min(0.9995, high + (1 - high) * 0.25)
