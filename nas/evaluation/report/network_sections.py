"""What a report shows of the best network and its rival: layers, source, training, and mistakes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nas.architecture import Architecture, Factory, measure
from nas.evaluation.judging import Judged
from nas.evaluation.predictions import Predictions
from nas.evaluation.report.network_pictures import draw_confusion, draw_layers, draw_training
from nas.evaluation.report.page import Block, Code, Gallery, Section, Shown, Table, Text
from nas.evaluation.report.subject import Curves, Network, Subject
from nas.evaluation.report.wording import counted, percent

_ROLES = ("best", "rival")


def layers_section(one: Network, *, source: Callable[[Architecture], str]) -> Section:
    """A network as a picture and as source."""
    cost = measure(one.network)
    chain = ", ".join(row.kind.replace("_", " ") for row in cost.rows)
    picture = Shown(
        draw_layers(one.network),
        alt=f"The layers of {one.name} in order: {chain}; {cost.parameters:,} parameters in all.",
        caption="Each box: kind, settings (filters·kernel/strides), output (height × width × channels), parameters.",
    )
    totals = f"{cost.parameters:,} parameters, {cost.macs:,} MACs and {cost.peak_activation_bytes:,} bytes of int8 memory at most"
    shown: tuple[Block, ...] = (Text(f"{totals}."), Gallery((picture,), wide=True))
    if isinstance(one.network, Factory):
        values = tuple((name, str(value)) for name, value in one.network.values.items())
        told = Text(f"{one.network.source} builds it of these values; the layers are those that were seen at work.")
        return Section(f"The network: {one.name}", (*shown, told, Table(("hyperparameter", "value"), values, words=("value",))))
    return Section(
        f"The network: {one.name}",
        (*shown, Text("As Keras source:"), Code(source(one.network), "python")),
    )


def training_section(subject: Subject) -> Section:
    """Loss and accuracy over the epochs of the best network and of its rival."""
    trained = [(one, curves) for one in subject.both if (curves := subject.curves(one))]
    if not trained:
        return Section("Training", (Text("No curves of these networks are kept in this study's folder."),))
    ranges = [curve for _, curves in trained for curve in curves.curves]
    shown = tuple(
        Shown(
            draw_training(f"training-{role}", curves.curves, title=f"{one.name} · {_of(curves)}", ranges=ranges),
            alt=f"Loss and accuracy of {one.name} against the epoch, training and validation, {_of(curves)}. {_ends(curves)}",
            caption=f"{one.name}, {_of(curves)}. {_ends(curves)}",
        )
        for role, (one, curves) in zip(_ROLES, trained, strict=False)
    )
    band = "The band is one standard deviation over seeds. " if len(ranges) > len(trained) else ""
    note = f"{band}Training figures are means over an epoch, while the weights change; validation follows the epoch."
    if subject.judged and subject.judged.plan.deployed:
        note += " Conversion comes after the last epoch, and no curve shows it."
    return Section("Training", (Gallery(shown), Text(note)))


def mistakes_section(subject: Subject, judged: Judged) -> Section:
    """What the released networks take for what."""
    predictions = judged.predictions
    named = {one.name: confusion_of(predictions, one.name) for one in subject.both}
    shown = tuple(
        Shown(
            draw_confusion(f"confusion-{role}", counts, title=f"{name} (released training)"),
            alt=f"Confusion matrix of {name} on the test images: {int(np.trace(counts)):,} of {int(counts.sum()):,} on the"
            f" diagonal; {_commonest(counts)}",
            caption=f"{name}, seed {judged.verdict.standing(name).released_seed}: {_commonest(counts)}",
        )
        for role, (name, counts) in zip(_ROLES, named.items(), strict=False)
    )
    classes = range(len(next(iter(named.values()))))
    rows = tuple(
        (
            str(index),
            f"{int(next(iter(named.values()))[index].sum()):,}",
            *(percent(_share(int(counts[index, index]), int(counts[index].sum()))) for counts in named.values()),
        )
        for index in classes
    )
    total = (
        "all",
        f"{len(predictions.truth):,}",
        *(percent(_share(int(np.trace(counts)), int(counts.sum()))) for counts in named.values()),
    )
    blocks: tuple[Block, ...] = (
        Text(
            f"On the test images, for the one training of each network that is handed out: that of median {judged.plan.kind}"
            "validation accuracy."
        ),
        Gallery(shown),
        Table(("class", "images", *(f"recall of {name} (%)" for name in named)), (*rows, total)),
    )
    return Section("What is taken for what", blocks)


def confusion_of(predictions: Predictions, name: str) -> NDArray[np.int64]:
    """How many images of each class (rows) the released training takes for which (columns)."""
    kept = predictions.networks[name]
    predicted = kept.predicted[kept.released]
    classes = 1 + max(int(predictions.truth.max()), *(int(one.predicted.max()) for one in predictions.networks.values()))
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (predictions.truth.astype(np.int64), predicted.astype(np.int64)), 1)
    return counts


def _commonest(counts: NDArray[np.int64]) -> str:
    errors = counts - np.diag(np.diag(counts))
    if not errors.any():
        return "no image is taken for another class."
    truth, said = np.unravel_index(int(errors.argmax()), errors.shape)
    return f"most often class {truth} is taken for {said} ({counted(int(errors.max()), 'time')})."


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _of(curves: Curves) -> str:
    if curves.of == "search":
        return "the search's one seed"
    return counted(len(curves.curves), "confirmation seed")


def _ends(curves: Curves) -> str:
    last = [curve[-1] for curve in curves.curves]
    training = float(np.mean([row.train_accuracy for row in last]))
    validation = float(np.mean([row.val_accuracy for row in last]))
    return (
        f"After {len(curves.curves[0])} epochs: {percent(training)} % training and {percent(validation)} % validation accuracy."
    )
