"""The picture: quality of the pick against time, a line and a band for each searcher."""

from collections.abc import Mapping, Sequence
from math import floor
from pathlib import Path

from timeline import medians

from nas.evaluation.drawing import drawing, tidy

COLOURS = {"nas": "#0072B2", "optuna": "#D55E00", "hyperband": "#009E73", "bayesian": "#CC79A7", "naive": "#999999"}
RIVAL = "#000000"
SHOWN = 0.97
"""Searchers that stay below are off the picture for as long."""

Lines = Sequence[Sequence[float]]
"""One line a search: quality at each mark."""


def draw(searchers: Mapping[str, Lines], *, marks: Sequence[float], rival: tuple[str, float], path: Path) -> None:
    """A PNG with the median of each searcher's searches, the band from the lowest to the highest, and a rival's quality.

    Args:
        searchers: The searches of each searcher.
        marks: Seconds since the start.
        rival: Name and quality of a hand-designed network.
        path: The file to write.
    """
    minutes = [mark / 60 for mark in marks]
    with drawing(path, size=(8.5, 5.2)) as figure:
        axes = figure.subplots()
        for name, lines in searchers.items():
            colour, middle = COLOURS.get(name), medians(lines)
            low, high = ([100 * choose(values) for values in zip(*lines, strict=True)] for choose in (min, max))
            if len(lines) > 1:
                axes.fill_between(minutes, low, high, color=colour, alpha=0.15, linewidth=0)
            label = f"{name} ({len(lines)} search{'es' if len(lines) > 1 else ''})"
            axes.plot(
                minutes, [100 * value for value in middle], color=colour, linewidth=2, marker="o", markersize=4, label=label
            )
        axes.axhline(100 * rival[1], color=RIVAL, linestyle="--", linewidth=1.2, label=f"{rival[0]}, designed by hand")
        seen = [value for lines in searchers.values() for line in lines for value in line] + [rival[1]]
        axes.set_ylim(floor(1_000 * max(SHOWN, min(seen))) / 10, 100 * max(seen) + 0.1)
        axes.set_xlim(0, minutes[-1] * 1.02)
        axes.set_xlabel("minutes since the search was started")
        axes.set_ylabel("validation accuracy of the pick on fresh seeds (%)")
        axes.set_title("What each search would hand over: median, lowest and highest of its searches", fontsize=10)
        axes.legend(loc="lower right", fontsize=8, framealpha=0.9)
        tidy(axes)
