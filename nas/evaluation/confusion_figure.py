"""Which classes are taken for which, as a picture."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from nas.evaluation.classification import Classified
from nas.evaluation.drawing import drawing

_CELL_INCHES = 0.42
_MOST_INCHES = 24.0
"""Of a matrix: a picture of two stays within what programs open."""
_LEAST_INCHES = 0.14
"""Between two labels, or for a number in a cell half as much again."""


def save_confusion(models: Sequence[tuple[str, Classified]], class_names: Sequence[str], *, title: str, path: Path) -> None:
    """A PNG with a confusion matrix for each network, side by side.

    A cell's colour is the share of its row on a scale that shows one in a thousand too, and its number counts images;
    recall stands at the right of each row.

    Args:
        models: Name and answers of each.
        class_names: In the order of the labels.
        title: What the images are.
        path: The file to write.

    Raises:
        StudyError: If it cannot be written.
    """
    cell = min(_CELL_INCHES, _MOST_INCHES / len(class_names))
    side = cell * len(class_names) + 0.1 * max(map(len, class_names)) + 1.6
    with drawing(path, size=(max(4.5, side) * len(models), side - 0.2)) as figure:
        figure.suptitle(title, fontsize=11, parse_math=False)
        for axes, (name, classified) in zip(figure.subplots(1, len(models), squeeze=False)[0], models, strict=True):
            _draw(axes, classified, class_names, cell=cell)
            axes.set_title(f"{name}: {classified.accuracy:.2%}", fontsize=11, parse_math=False)


def _draw(axes: Axes, classified: Classified, class_names: Sequence[str], *, cell: float) -> None:
    counts = classified.confusion(len(class_names))
    in_class = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shares = np.log10(np.maximum(counts / in_class, 1e-3))  # one error in a thousand can be told from none
    axes.imshow(np.where(counts > 0, shares, np.nan), cmap="Blues", vmin=-3.6, vmax=0)
    for (row, column), count in np.ndenumerate(counts):
        if count and cell >= 1.5 * _LEAST_INCHES:
            dark = shares[row, column] > -0.9
            axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=7, color="white" if dark else "black")
    places = range(0, len(class_names), ceil(_LEAST_INCHES / cell))
    named = [class_names[place] for place in places]
    axes.set_xticks(places, named, rotation=90 if max(map(len, named)) > 3 else 0, parse_math=False)
    axes.set_yticks(places, named, parse_math=False)
    axes.set_xlabel("class given")
    axes.set_ylabel("class")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    recalls = axes.secondary_yaxis("right")
    recalls.set_yticks(places, ["–" if (share := classified.recall(label)) is None else f"{share:.1%}" for label in places])
    recalls.set_ylabel("recall")
    recalls.tick_params(length=0)
    recalls.spines[:].set_visible(False)
