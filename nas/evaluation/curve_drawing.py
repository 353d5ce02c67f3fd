"""Curves over epochs as all our pictures draw them: the mean over seeds, and a band around it."""

from statistics import fmean

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from nas.evaluation.drawing import tidy

Curves = NDArray[np.float64]
"""One quantity as (seeds, epochs)."""


def draw_curves(axes: Axes, curves: Curves, *, colour: str, marker: str, label: str) -> None:
    """The mean over seeds with a band of one standard deviation; dots at the epochs if there is one seed."""
    epochs = range(1, curves.shape[1] + 1)
    mean = curves.mean(axis=0)
    single = len(curves) == 1
    axes.plot(epochs, mean, color=colour, linewidth=1.8, marker=marker if single else "", markersize=4, label=label, zorder=3)
    if not single:
        sd = curves.std(axis=0, ddof=1)
        axes.fill_between(epochs, mean - sd, mean + sd, color=colour, alpha=0.22, linewidth=0, zorder=2)


def scale_loss(axes: Axes, *, highest: float, lowest: float) -> None:
    """A logarithmic axis for a loss that falls far, so that its end can be read."""
    axes.set_ylabel("loss (cross-entropy, nats)")
    if lowest > 0 and highest > 5 * lowest:
        axes.set_ylabel("loss (cross-entropy, nats; logarithmic)")
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}" if f"{value:.0e}"[0] in "25" else ""))


def mark_epochs(axes: Axes, epochs: int) -> None:
    """The axis of the epochs: every other one if they are few."""
    axes.set_xlabel("epoch")
    axes.set_xlim(0.6, epochs + 0.4)
    if epochs <= 20:
        axes.set_xticks(range(1, epochs + 1, 2))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    tidy(axes)


def last_values(curves: Curves) -> str:
    """What the curves end with: the mean over seeds, and the standard deviation if there are several.

    >>> last_values(np.array([[0.1, 0.2], [0.3, 0.4]]))
    '0.3000 ± 0.1414'
    """
    last = curves[:, -1]
    spread = f" ± {last.std(ddof=1):.4f}" if len(last) > 1 else ""
    return f"{fmean(last):.4f}{spread}"
