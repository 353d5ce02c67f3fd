"""What networks make of images with known classes, on the terminal and as JSON."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from nas.cli.output import answer, answer_table, plain
from nas.evaluation.classification import Classified
from nas.library.wording import percent


@dataclass(frozen=True)
class Evaluated:
    """One network's answers, or two networks' beside each other, for the same images."""

    data: str
    kind: Literal["validation", "test"]
    """Which images of the data set these are."""
    class_names: tuple[str, ...]
    models: tuple[tuple[str, Classified], ...]
    """Name and answers of each."""

    @property
    def images(self) -> str:
        """The images in words."""
        return f"{len(self.models[0][1].truth):,} {self.kind} images of {self.data}"


@dataclass(frozen=True)
class _Beside:
    """A second network's answers beside the first's."""

    drop_points: float
    """Percentage points of accuracy that the second has less."""
    different: int
    """Images that both give different classes."""


def _besides(came: Evaluated) -> list[_Beside]:
    return [
        _Beside(100 * (first.accuracy - second.accuracy), int((first.predicted != second.predicted).sum()))
        for (_, first), (_, second) in pairwise(came.models)
    ]


def answer_evaluated(came: Evaluated) -> None:
    """Accuracy and loss, recall a class, and a confusion matrix for each network, whose rows add up to their totals."""
    for name, classified in came.models:
        low, high = percent(classified.interval.low), percent(classified.interval.high)
        answer(f"{name}: {percent(classified.accuracy)} of {came.images} ({low} to {high}), loss {classified.loss:.4f}.")
    answer("In brackets: the 95 % interval over images like these, for these weights.")
    for beside in _besides(came):
        (first, _), (second, _) = came.models
        worse = "less" if beside.drop_points >= 0 else "more"
        answer(
            f"{second} has {abs(beside.drop_points):.2f} points {worse} than {first}; they differ on {beside.different:,} images."
        )
    for name, classified in came.models:
        _answer_confusion(name, classified, came.class_names)


def _answer_confusion(name: str, classified: Classified, class_names: tuple[str, ...]) -> None:
    counts = classified.confusion(len(class_names))
    shown = [plain(each) for each in class_names]
    rows = [
        (
            shown[label],
            *(f"{count:,}" if count else "·" for count in row.tolist()),
            f"{row.sum():,}",
            percent(classified.recall(label)),
        )
        for label, row in enumerate(counts)
    ]
    footer = (
        "given",
        *(f"{count:,}" for count in counts.sum(axis=0).tolist()),
        f"{counts.sum():,}",
        percent(classified.accuracy),
    )
    title = f"{plain(name)}: images by their class (rows) and the class given (columns)"
    answer_table(title, ("class", *shown, "images", "recall"), rows, footer=footer)


def evaluated_json(came: Evaluated) -> dict[str, Any]:
    """The same as documented keys."""
    first, *others = [_model_json(name, classified, came.class_names) for name, classified in came.models]
    about = {"data": came.data, "kind": came.kind, "images": len(came.models[0][1].truth)}
    for other, beside in zip(others, _besides(came), strict=True):
        return about | first | {"against": other | {"drop_points": beside.drop_points, "different": beside.different}}
    return about | first


def _model_json(name: str, classified: Classified, class_names: tuple[str, ...]) -> dict[str, Any]:
    interval, counts = classified.interval, classified.confusion(len(class_names))
    return {
        "model": name,
        "accuracy": classified.accuracy,
        "interval_95": {"low": interval.low, "high": interval.high},
        "loss": classified.loss,
        "classes": [
            {
                "name": class_names[label],
                "images": int(row.sum()),
                "recall": classified.recall(label),
                "given": row.tolist(),
            }
            for label, row in enumerate(counts)
        ],
    }
