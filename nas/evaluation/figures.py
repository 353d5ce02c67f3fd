"""Pictures of a replay: our curves over seeds, with the notebook's own dashed behind them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import ScalarFormatter

from nas.baselines import printed
from nas.evaluation.curve_drawing import Curves, draw_curves, last_values, mark_epochs, scale_loss
from nas.evaluation.drawing import COLOURS, MARKERS, TRAINING, VALIDATION, drawing, scale_accuracy, tidy
from nas.evaluation.replay import EPOCHS, ReplayRun, by_model, parameters
from nas.evaluation.statistics import prediction_interval

_DASHED: dict[str, Any] = {"linestyle": (0, (3, 1.5)), "linewidth": 2.8, "alpha": 0.5, "zorder": 1}
"""The notebook's curves: wide and pale, so that they show behind ours where both agree."""

_Curve = Literal["train_loss", "val_loss", "train_accuracy", "val_accuracy"]


def save_model_figure(name: str, runs: Sequence[ReplayRun], *, path: Path) -> None:
    """A PNG of one network's training: losses on the left, accuracies on the right, against the epoch.

    Args:
        name: The network; runs of others are left out.
        runs: One for each seed; two or more also show a band of one standard deviation around their mean.
        path: The file to write; equal runs give an equal file.

    Raises:
        ValueError: If no run is of this network.
        StudyError: If the file cannot be written.
    """
    ours = [run for run in runs if run.name == name]
    if not ours:
        raise ValueError(f"No run of {name} to draw; replay it first.")
    seeds = by_model(ours)[name]
    spread = " (mean ± standard deviation)" if len(seeds) > 1 else ""
    with drawing(path, size=(10.5, 4.4)) as figure:
        left, right = figure.subplots(1, 2)
        figure.suptitle(f"{name} · {parameters(name):,} parameters · {_count(seeds)}{spread}", fontweight="bold")
        theirs = printed()[name]
        scale_loss(left, highest=max(theirs.train_loss), lowest=min(theirs.train_loss))
        scale_accuracy(right, highest=max(theirs.train_accuracy))
        _draw_pair(left, seeds, keys=("train_loss", "val_loss"))
        _draw_pair(right, seeds, keys=("train_accuracy", "val_accuracy"))


def save_overview(runs: Sequence[ReplayRun], *, path: Path) -> None:
    """A PNG of all networks: validation accuracy against the epoch, and test accuracy seed by seed beside the notebook's.

    The basic model is near chance and has strips of its own below.

    Raises:
        ValueError: If there is no run.
        StudyError: If the file cannot be written.
    """
    grouped = by_model(runs)
    learning = {name: seeds for name, seeds in grouped.items() if name != "basic"}
    strips = [part for part in (learning, {name: grouped[name] for name in grouped.keys() - learning.keys()}) if part]
    with drawing(path, size=(12, 6.6)) as figure:
        figure.suptitle("The hand-designed networks, replayed", fontweight="bold")
        heights = [5.0, 1.0][-len(strips) :]
        axes = figure.subplots(len(strips), 2, squeeze=False, width_ratios=(1.15, 1), height_ratios=heights)
        for (left, right), part in zip(axes, strips, strict=True):
            _draw_validation(left, part)
            _draw_test(right, part, order=list(grouped))
        _annotate_overview(figure, axes, grouped)


def _draw_pair(axes: Axes, seeds: Sequence[ReplayRun], *, keys: tuple[_Curve, _Curve]) -> None:
    """Training and validation of one kind, ours over the notebook's."""
    theirs = printed()[seeds[0].name]
    for key, colour, what in zip(keys, (TRAINING, VALIDATION), ("training", "validation"), strict=True):
        ours = _curves(seeds, key)
        notebook = getattr(theirs, key)
        axes.plot(_epochs(), notebook, color=colour, **_DASHED)
        draw_curves(axes, ours, colour=colour, marker="o", label=f"{what}, ours: {last_values(ours)}")
        axes.plot([], [], color=colour, label=f"{what}, notebook: {notebook[-1]:.4f}", **_DASHED)
    mark_epochs(axes, EPOCHS)
    axes.legend(title=f"in epoch {EPOCHS}", title_fontsize=9, loc="best", fontsize=9, framealpha=0.9)


def _draw_validation(axes: Axes, grouped: dict[str, tuple[ReplayRun, ...]]) -> None:
    for name, seeds in grouped.items():
        colour = COLOURS[name]
        axes.plot(_epochs(), printed()[name].val_accuracy, color=colour, **_DASHED)
        draw_curves(axes, _curves(seeds, "val_accuracy"), colour=colour, marker=MARKERS[name], label=name)
    mark_epochs(axes, EPOCHS)
    axes.set_ylabel("accuracy")
    _set_range(axes, grouped)
    axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))


def _draw_test(axes: Axes, grouped: dict[str, tuple[ReplayRun, ...]], *, order: list[str]) -> None:
    """Each seed's test accuracy, the 99 % prediction interval around them, and the notebook's figure."""
    for name, seeds in grouped.items():
        place, colour = order.index(name), COLOURS[name]
        ours = [run.test_accuracy for run in seeds]
        if len(ours) > 1:
            interval = prediction_interval(ours, level=0.99)
            axes.vlines(place, interval.low, interval.high, color=colour, linewidth=7, alpha=0.22, zorder=1)
        offsets = np.linspace(-0.2, 0.2, len(ours)) if len(ours) > 1 else [0.0]
        axes.scatter(place + np.asarray(offsets), ours, color=colour, marker=MARKERS[name], s=20, zorder=2)
        axes.scatter([place + 0.36], [printed()[name].test_accuracy], marker="_", s=150, linewidth=2, color="black", zorder=3)
    margin = 0.6 + (len(COLOURS) - len(order)) / 3
    axes.set_xlim(-margin, len(order) - 1 + margin)
    axes.set_xticks(range(len(order)), order)
    axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
    if "basic" in grouped:
        _set_range(axes, grouped)
    tidy(axes)


def _annotate_overview(figure: Figure, axes: np.ndarray, grouped: dict[str, tuple[ReplayRun, ...]]) -> None:
    axes[0, 0].set_title(f"Validation accuracy · {_count(*grouped.values())}")
    axes[0, 1].set_title("Test accuracy after epoch 15 · a mark for each seed")
    axes[0, 0].set_ylabel("accuracy (share correct)")
    for upper in axes[:-1].flat:
        upper.tick_params(labelbottom=False)
        upper.set_xlabel("")
    entries = {name: Line2D([], [], color=COLOURS[name], marker=MARKERS[name], markersize=5) for name in grouped}
    entries["the notebook's curve, one seed"] = Line2D([], [], color="grey", **_DASHED)
    entries["the notebook's test accuracy"] = Line2D(
        [], [], color="black", linestyle="", marker="_", markersize=13, markeredgewidth=2
    )
    if any(len(seeds) > 1 for seeds in grouped.values()):
        entries["mean ± standard deviation"] = Line2D([], [], color="grey", alpha=0.3, linewidth=9)
        entries["99 % prediction interval"] = Line2D([], [], color="grey", alpha=0.3, linestyle="", marker="|", markersize=13)
        entries["99 % prediction interval"].set_markeredgewidth(7)
    figure.legend(list(entries.values()), list(entries), loc="outside lower center", ncols=5, fontsize=9, frameon=False)


def _set_range(axes: Axes, grouped: dict[str, tuple[ReplayRun, ...]]) -> None:
    """Leave out the first steep epochs where all end high; keep the basic model's tiny differences tiny."""
    if "basic" in grouped:
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, 0.09), max(high, 0.13))
    elif min(run.curve[-1].val_accuracy for seeds in grouped.values() for run in seeds) > 0.95:
        axes.set_ylim(bottom=0.94)


def _curves(seeds: Sequence[ReplayRun], key: _Curve) -> Curves:
    return np.array([[getattr(row, key) for row in run.curve] for run in seeds])  # (seeds, epochs)


def _epochs() -> range:
    return range(1, EPOCHS + 1)


def _count(*groups: Sequence[ReplayRun]) -> str:
    """How many seeds, in words; a range where the networks differ."""
    sizes = sorted({len(seeds) for seeds in groups})
    if sizes == [1]:
        return "1 seed"
    return f"{sizes[0]} seeds" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]} seeds"
