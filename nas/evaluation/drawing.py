"""What all our pictures share: size, colours, axes, and how a picture becomes a file."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, ScalarFormatter
from PIL import Image  # what Matplotlib writes its own PNG files with

from nas.files import write_output

DPI = 150
# Okabe and Ito's colours, which the colour-blind can tell apart (jfly.uni-koeln.de/color).
TRAINING, VALIDATION = "#0072B2", "#D55E00"
COLOURS = {
    "basic": "#000000",
    "model-1": "#E69F00",
    "model-2": "#0072B2",
    "model-3": "#009E73",
    "model-4": "#CC79A7",
    "model-5": "#D55E00",
}
OWN_COLOUR = "#56B4E9"
"""Of a network that the user or the space brought."""
MARKERS = {"basic": "x", "model-1": "o", "model-2": "s", "model-3": "^", "model-4": "D", "model-5": "v"}
_OWN_MARKERS = ("P", "<", ">", "p", "h")


def markers_of(names: Iterable[str]) -> dict[str, str]:
    """Matplotlib's mark of each hand-designed network that is shown; those that the user or the space brought take turns.

    >>> markers_of(["same-pooled", "model-2", "valid-squeezed"])
    {'model-2': 's', 'same-pooled': 'P', 'valid-squeezed': '<'}
    """
    shown = sorted(set(names))
    own = [name for name in shown if name not in MARKERS]
    return {name: MARKERS.get(name) or _OWN_MARKERS[own.index(name) % len(_OWN_MARKERS)] for name in shown}


@contextmanager
def canvas(*, size: tuple[float, float]) -> Iterator[Figure]:
    """A figure in Matplotlib's own style, whatever the user's is."""
    with matplotlib.style.context("default"):
        figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        yield figure


@contextmanager
def drawing(path: Path, *, size: tuple[float, float]) -> Iterator[Figure]:
    """A figure that is written as a PNG when the block ends."""
    with canvas(size=size) as figure:
        yield figure
        content = png_of(figure)
    write_output(path, content)


def png_of(figure: Figure) -> bytes:
    """A figure as a PNG of few colours: Matplotlib writes 32 bits a pixel, three times the file that these need."""
    drawn, content = BytesIO(), BytesIO()
    figure.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(128).save(content, format="png", dpi=(DPI, DPI), optimize=True)
    return content.getvalue()


def scale_accuracy(axes: Axes, *, highest: float) -> None:
    """An axis logarithmic in the share of errors for an accuracy that comes close to 1, so that its end can be read."""
    axes.set_ylabel("accuracy (share correct)")
    if highest > 0.9:
        axes.set_ylabel("accuracy (share correct; logarithmic in the errors)")
        axes.set_yscale("function", functions=(_stretch, lambda stretched: 1 - 10.0**-stretched))
        axes.yaxis.set_major_locator(FixedLocator((0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    else:
        axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))


def tidy(axes: Axes) -> None:
    """A light grid and two spines."""
    axes.grid(visible=True, color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _stretch(accuracy: np.ndarray) -> np.ndarray:
    stretched: np.ndarray = -np.log10(np.maximum(1 - accuracy, 1e-4))
    return stretched
