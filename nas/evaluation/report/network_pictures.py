"""Pictures of one network: its layers, its training, and what it takes for what."""

import re
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from numpy.typing import NDArray

from nas.architecture import Factory, Network, describe_settings, measure
from nas.evaluation.curve_drawing import draw_curves, last_values, mark_epochs, scale_loss
from nas.evaluation.drawing import TRAINING, VALIDATION, scale_accuracy
from nas.evaluation.report.picture import Picture, draw_picture
from nas.training.curve import Curve

_IN_A_ROW: Final = 5
_KINDS: Final = {
    "conv2d": ("convolution", "#0072B2"),
    "depthwise_conv2d": ("depthwise\nconvolution", "#0072B2"),
    "max_pooling2d": ("max pooling", "#009E73"),
    "average_pooling2d": ("average pooling", "#009E73"),
    "global_average_pooling2d": ("global average\npooling", "#009E73"),
    "dense": ("dense", "#D55E00"),
    "batch_normalization": ("batch\nnormalization", "#999999"),
}
_MOST_NAMED: Final = 20
"""Classes up to which each cell of a confusion matrix shows its count."""
_Quantity = Literal["train_loss", "val_loss", "train_accuracy", "val_accuracy"]


def draw_layers(network: Network) -> Picture:
    """A chain of boxes, one a layer, with its output and its parameters."""
    boxes = [("input", "", _shape(network.input_shape), "", "#999999")]
    settings = (
        [""] * len(network.layers) if isinstance(network, Factory) else [describe_settings(layer) for layer in network.layers]
    )
    for told, row in zip(settings, measure(network).rows, strict=True):
        kind = _in_words(row.kind)
        title, colour = _KINDS.get(kind, (kind.replace("_", " "), "#999999"))
        parameters = f"{row.parameters:,} parameters" if row.parameters else "no parameters"
        boxes.append((title, told, _shape(row.output_shape), parameters, colour))
    rows = -(-len(boxes) // _IN_A_ROW)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_xlim(-0.02, _IN_A_ROW)
        axes.set_ylim(-rows, 0.02)
        for index, box in enumerate(boxes):
            left, top = _place(index)
            _draw_box(axes, left, top, box)
            if index + 1 < len(boxes):
                _draw_arrow(axes, index)

    return draw_picture("layers", draw, size=(8.4, 1.3 * rows))


def draw_training(name: str, curves: Sequence[Curve], *, title: str, ranges: Sequence[Curve]) -> Picture:
    """The notebook's two panels, losses above and accuracies below, against the epoch.

    Args:
        name: Of the picture.
        curves: One for each seed, equally long.
        title: What stands above.
        ranges: All curves whose axes are to be the same.
    """

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1)
        figure.suptitle(title, fontsize=10, fontweight="bold")
        losses = [value for curve in ranges for row in curve for value in (row.train_loss, row.val_loss)]
        accuracies = [value for curve in ranges for row in curve for value in (row.train_accuracy, row.val_accuracy)]
        scale_loss(upper, highest=max(losses), lowest=min(losses))
        scale_accuracy(lower, highest=max(accuracies))
        for axes in (upper, lower):
            axes.set_ylabel(axes.get_ylabel().replace("; ", ";\n"), fontsize=9)
        _draw_pair(upper, curves, ("train_loss", "val_loss"))
        _draw_pair(lower, curves, ("train_accuracy", "val_accuracy"))
        upper.set_ylim(*_range(losses, logarithmic=upper.get_yscale() == "log"))
        lower.set_ylim(*_accuracy_range(accuracies))

    return draw_picture(name, draw, size=(5.6, 5.8))


def draw_confusion(name: str, confusion: NDArray[np.int64], *, title: str) -> Picture:
    """How many images of each class (rows) were taken for which (columns), with the recall of each row beside it."""
    classes = len(confusion)
    images = confusion.sum(axis=1)
    errors = confusion - np.diag(np.diag(confusion))
    colours = np.zeros((classes, classes, 4))
    colours[:] = to_rgba("#D55E00")
    colours[..., 3] = 0.7 * np.sqrt(errors / max(1, errors.max()))
    share = np.diag(confusion) / np.maximum(1, images)
    for index in range(classes):
        colours[index, index] = to_rgba("#0072B2", 0.1 + 0.4 * float(share[index]))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        mesh = axes.pcolormesh(
            np.arange(classes + 1) - 0.5, np.arange(classes + 1) - 0.5, confusion, edgecolor="white", linewidth=1
        )
        mesh.set_array(None)
        mesh.set_facecolor([to_rgba(tuple(colour)) for colour in colours.reshape(-1, 4)])
        if classes <= _MOST_NAMED:
            for (row, column), count in np.ndenumerate(confusion):
                if count:
                    axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=7.5)
            axes.set_xticks(range(classes))
            axes.set_yticks(range(classes))
            recall = axes.twinx()
            recall.set_yticks(
                range(classes), [f"{100 * value:.1f}" if count else "–" for value, count in zip(share, images, strict=True)]
            )
            recall.set_ylim(classes - 0.5, -0.5)
            recall.set_ylabel("recall (%)", labelpad=10)
            recall.tick_params(length=0)
            recall.spines[:].set_visible(False)
        axes.set_ylim(classes - 0.5, -0.5)
        axes.set_xlabel("class that the network says")
        axes.set_ylabel("class of the image")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(title, fontsize=10, fontweight="bold")

    return draw_picture(name, draw, size=(5.6, 4.8))


def _draw_box(axes: Axes, left: float, top: float, box: tuple[str, str, str, str, str]) -> None:
    title, settings, output, parameters, colour = box
    axes.add_patch(
        FancyBboxPatch(
            (left + 0.03, top - 0.81),
            0.80,
            0.78,
            boxstyle="round,pad=0.02,rounding_size=0.05",
            facecolor=to_rgba(colour, 0.16),
            edgecolor=colour,
            linewidth=1.2,
        )
    )
    middle = left + 0.43
    axes.text(middle, top - 0.19, title, ha="center", va="center", fontsize=9, fontweight="bold", linespacing=0.95)
    axes.text(middle, top - 0.39, settings, ha="center", va="center", fontsize=8)
    axes.text(middle, top - 0.54, output, ha="center", va="center", fontsize=8)
    axes.text(middle, top - 0.70, parameters, ha="center", va="center", fontsize=8)


def _place(index: int) -> tuple[int, int]:
    """Left and top of a box: rows run to the right and back in turn."""
    row, place = divmod(index, _IN_A_ROW)
    return (_IN_A_ROW - 1 - place if row % 2 else place), -row


def _draw_arrow(axes: Axes, index: int) -> None:
    """From a box to the next."""
    (left, top), (next_left, next_top) = _place(index), _place(index + 1)
    if next_top != top:
        begin, end = (left + 0.43, top - 0.84), (left + 0.43, top - 1.0)
    elif next_left > left:
        begin, end = (left + 0.86, top - 0.42), (left + 1.0, top - 0.42)
    else:
        begin, end = (left, top - 0.42), (left - 0.14, top - 0.42)
    axes.annotate("", end, begin, arrowprops={"arrowstyle": "-|>", "color": "#999999", "shrinkA": 0, "shrinkB": 0})


def _in_words(kind: str) -> str:
    """A layer's kind as we write it, of a Keras class as well.

    >>> _in_words("DepthwiseConv2D"), _in_words("dense")
    ('depthwise_conv2d', 'dense')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()


def _shape(sizes: Sequence[int]) -> str:
    return "→ " + "×".join(str(size) for size in sizes)


def _draw_pair(axes: Axes, curves: Sequence[Curve], keys: tuple[_Quantity, _Quantity]) -> None:
    for key, colour, what in zip(keys, (TRAINING, VALIDATION), ("training", "validation"), strict=True):
        values = np.array([[getattr(row, key) for row in curve] for curve in curves])
        draw_curves(axes, values, colour=colour, marker="o", label=f"{what}: {last_values(values)}")
    epochs = len(curves[0])
    mark_epochs(axes, epochs)
    axes.legend(title=f"in epoch {epochs}", title_fontsize=8, loc="best", fontsize=8, framealpha=0.9)


def _range(values: Sequence[float], *, logarithmic: bool) -> tuple[float, float]:
    low, high = min(values), max(values)
    if logarithmic:
        return low / 1.15, high * 1.15
    room = 0.05 * (high - low) or 0.05
    return low - room, high + room


def _accuracy_range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return max(0.0, low - 0.15 * (1 - low)), min(1.0, high + 0.15 * (1 - high)) if high < 1 else 1.0
