"""Several studies in a picture: what their networks cost and reached."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Final

from matplotlib.axes import Axes

from nas.engine.objective import pareto_front
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord
from nas.errors import StudyError
from nas.evaluation.drawing import drawing, markers_of, scale_accuracy, tidy
from nas.evaluation.search_figure import score_range

_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_LINES: Final = ("-", "--", "-.", ":")


def require_comparable(views: Sequence[StudyView]) -> None:
    """Nothing, if the studies can stand in one table.

    Raises:
        StudyError: If there are fewer than two, one is named twice, or they are of different data.
    """
    names = [view.folder.name for view in views]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise StudyError(f"A comparison takes two or more different studies, not {' and '.join(names) or 'none'}.")
    first = views[0]
    for other in views[1:]:
        if other.data != first.data:
            raise StudyError(
                f"{first.folder.name} was searched on {first.data.name} and {other.folder.name} on {_other_name(first, other)},"
                " so their accuracies cannot be compared; name studies of the same data."
            )


def save_studies_figure(views: Sequence[StudyView], *, path: Path) -> None:
    """A PNG: validation accuracy against parameters of the networks of all studies that were trained to the end.

    Hand-designed networks are marked once, with the mean of their scores over the studies.

    Args:
        views: The studies.
        path: The file to write.

    Raises:
        StudyError: If the file cannot be written.
    """
    shown = [record for view in views for record in view.tally.ranking]
    hand = _by_hand(views)
    everyone = [*shown, *(record for records in hand.values() for record in records)]
    with drawing(path, size=(8.4, 5.6)) as figure:
        axes = figure.subplots()
        scale_accuracy(axes, highest=max((record.score or 0.0 for record in everyone), default=1.0))
        axes.set_ylim(*score_range(everyone, ()))
        axes.set_ylabel(f"validation {axes.get_ylabel()}")
        for index, view in enumerate(views):
            _draw_study(axes, view, colour=_COLOURS[index % len(_COLOURS)], line=_LINES[index % len(_LINES)])
        markers = markers_of(hand)
        for name, records in hand.items():
            marker = markers[name]
            inside = "black" if marker == "x" else "white"  # a cross has no inside to be left white
            edge = None if marker == "x" else "black"
            point = [records[0].parameters], [fmean(record.score or 0.0 for record in records)]
            axes.scatter(*point, marker=marker, s=65, linewidth=1.3, zorder=3, label=name, color=inside, edgecolor=edge)
        axes.set_xlabel("parameters")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.set_title("Networks trained to the end (one seed each) with each study's Pareto front", fontsize=11)
        tidy(axes)
        figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)


def _draw_study(axes: Axes, view: StudyView, *, colour: str, line: str) -> None:
    ranking = view.tally.ranking
    label = f"{view.folder.name} ({len(ranking)})"
    places = [record.parameters for record in ranking], [record.score or 0.0 for record in ranking]
    axes.scatter(*places, s=26, color=colour, alpha=0.8, linewidth=0, label=label, zorder=2)
    front = pareto_front(ranking)
    steps = [record.parameters for record in front], [record.score or 0.0 for record in front]
    axes.step(*steps, where="post", color=colour, linestyle=line, linewidth=1.1, zorder=1)


def _by_hand(views: Sequence[StudyView]) -> dict[str, list[TrialRecord]]:
    """The records of each hand-designed network in all studies."""
    found: dict[str, list[TrialRecord]] = {}
    for view in views:
        for record in view.tally.baselines:
            found.setdefault(record.baseline or "", []).append(record)
    return found


def _other_name(first: StudyView, other: StudyView) -> str:
    return other.data.name if other.data.name != first.data.name else f"another version of {other.data.name}"
