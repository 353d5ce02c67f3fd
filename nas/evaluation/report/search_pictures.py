"""Pictures of a search: what each network cost and reached, how the best came up, and which choices mattered."""

from collections.abc import Callable, Mapping
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nas.engine.objective import CostAim
from nas.engine.records import Tally
from nas.evaluation.drawing import tidy
from nas.evaluation.report.picture import Picture, draw_picture
from nas.evaluation.search_figure import draw_costs, draw_front_progress, draw_progress

_MOST_BARS: Final = 13


def draw_networks(tally: Tally, *, aim: CostAim | None) -> Picture:
    """Validation accuracy of all networks against parameters, or against the cost that is to be small too."""
    return _with_legend_below("networks", lambda axes: draw_costs(axes, tally, aim=aim), size=(5.6, 5.2))


def draw_front(tally: Tally, *, aim: CostAim) -> Picture:
    """How the Pareto front came up."""
    return _with_legend_below("front", lambda axes: draw_front_progress(axes, tally, aim=aim), size=(5.6, 5.2))


def draw_best_so_far(tally: Tally) -> Picture:
    """The best so far against epochs spent."""
    return _with_legend_below("progress", lambda axes: draw_progress(axes, tally), size=(5.6, 4.6))


def draw_importances(importances: Mapping[str, float]) -> Picture:
    """Which choices of the space the accuracy depended on, as bars; those that mattered least are one bar together.

    Args:
        importances: Share of each choice, the largest first.
    """
    names = list(importances)
    shown = {name: importances[name] for name in (names if len(names) <= _MOST_BARS else names[: _MOST_BARS - 1])}
    rest = sum(importances.values()) - sum(shown.values())
    if left := len(names) - len(shown):
        shown[f"the other {left} together"] = rest

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        colours = ["#0072B2"] * (len(shown) - bool(left)) + ["#999999"] * bool(left)
        axes.barh(list(shown), [100 * share for share in shown.values()], color=colours, height=0.65)
        axes.invert_yaxis()
        axes.set_xlabel("share of the importance of all choices (%)")
        tidy(axes)
        axes.grid(visible=False, axis="y")

    return draw_picture("importances", draw, size=(5.6, 1.0 + 0.28 * len(shown)))


def _with_legend_below(name: str, draw_on: Callable[[Axes], None], *, size: tuple[float, float]) -> Picture:
    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        draw_on(axes)
        axes.set_ylabel(axes.get_ylabel().replace("; ", ";\n"))
        figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)

    return draw_picture(name, draw, size=size)
