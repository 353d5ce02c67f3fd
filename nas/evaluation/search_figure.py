"""A search in a picture: what each network cost and reached, and how the best came up."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from matplotlib.axes import Axes

from nas.engine.records import Tally, TrialRecord
from nas.evaluation.drawing import COLOURS, MARKERS, OWN_COLOUR, OWN_MARKER, drawing, scale_accuracy, tidy

_COMPLETED, _STOPPED = "#0072B2", "#999999"


def save_search_figure(tally: Tally, *, title: str, path: Path) -> None:
    """A PNG: validation accuracy against parameters for every trained network, and the best so far against epochs spent.

    Args:
        tally: What the search has found.
        title: What stands above.
        path: The file to write.

    Raises:
        StudyError: If the file cannot be written.
    """
    with drawing(path, size=(11.5, 4.8)) as figure:
        figure.suptitle(title, fontweight="bold")
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        draw_costs(left, tally)
        draw_progress(right, tally)
        left.legend(loc="upper left", fontsize=8, framealpha=0.9)
        right.legend(loc="lower right", fontsize=8, framealpha=0.9)


def pareto_front(records: Sequence[TrialRecord]) -> tuple[TrialRecord, ...]:
    """The networks than which no other is both at most as large and at least as accurate, the smallest first."""
    front: list[TrialRecord] = []
    for record in sorted(records, key=lambda record: (record.parameters, -(record.score or 0.0))):
        if not front or (record.score or 0.0) > (front[-1].score or 0.0):
            front.append(record)
    return tuple(front)


def draw_costs(axes: Axes, tally: Tally) -> None:
    """Validation accuracy against parameters: every trained network, the baselines, and the Pareto front."""
    shown = _scale(axes, tally)
    for outcome, colour, size, words in (("stopped", _STOPPED, 14, "stopped early"), ("completed", _COMPLETED, 30, "to the end")):
        found = [record for record in shown if record.outcome == outcome]
        label = f"{words} ({len(found)})"
        axes.scatter([r.parameters for r in found], [r.score or 0 for r in found], s=size, color=colour, label=label, zorder=2)
    for record in tally.baselines:
        name = record.baseline or ""
        marker = MARKERS.get(name, OWN_MARKER)
        edge = None if marker == "x" else "black"  # a cross has no inside to be edged
        point = [record.parameters], [record.score or 0.0]
        axes.scatter(*point, color=COLOURS.get(name, OWN_COLOUR), edgecolor=edge, marker=marker, s=60, zorder=3, label=name)
    front = pareto_front((*tally.ranking, *tally.baselines))
    if len(front) > 1:
        places = [record.parameters for record in front], [record.score or 0.0 for record in front]
        axes.step(*places, where="post", color="black", linewidth=0.9, linestyle=":", label="Pareto front", zorder=1)
    axes.set_xlabel("parameters")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_title("Every trained network (one seed each)", fontsize=10)


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


def _scale(axes: Axes, tally: Tally) -> list[TrialRecord]:
    """The axis of validation accuracy, and the search's networks on it."""
    shown = [record for record in tally.records if record.trained]
    scale_accuracy(axes, highest=max((record.score or 0.0 for record in (*shown, *tally.baselines)), default=1.0))
    axes.set_ylim(*score_range(shown, tally.baselines))
    axes.set_ylabel(f"validation {axes.get_ylabel()}")
    tidy(axes)
    return shown


def score_range(shown: Sequence[TrialRecord], baselines: Sequence[TrialRecord]) -> tuple[float, float]:
    """From the middle of the field to the best: the rest would press all that matters into a line."""
    scores = sorted(record.score or 0.0 for record in (*shown, *baselines))
    if not scores:
        return 0.0, 1.0
    low, high = scores[len(scores) // 4], scores[-1]
    return max(0.05, low - (1 - low) * 0.3), min(0.9995, high + (1 - high) * 0.25)
