"""Exports on the terminal and as JSON."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TextIO

from nas.cli.live import counting
from nas.cli.output import answer, answer_table, percent, say
from nas.cli.releases import Release
from nas.engine.reading import StudyView
from nas.evaluation.refitting import refit
from nas.exporting.card import CARD, PAGE, Artifact, Evidence, ModelCard
from nas.exporting.shipping import Exported
from nas.exporting.table import COLUMNS, export_rows
from nas.training.cluster import local_workers


def refitted(view: StudyView, release: Release, *, stream: TextIO) -> Release:
    """A release trained once more, on training and validation images together."""
    it = release.released
    say(f"Refit of {it.label} on training and validation images together, {it.plan.epochs} epochs.")
    with view.folder.locked(), local_workers(1, log=view.folder.worker_log) as executor, counting(stream, unit="epochs") as watch:
        work, checkpoint = refit(view, release.work, executor=executor, watch=watch)
    why = f"Trained with seed {work.seed} on training and validation images together. What was chosen: {it.why}"
    again = replace(it, data=work.data, seed=work.seed, checkpoint=checkpoint, why=why, refit=True)
    return replace(release, released=again, evidence=Evidence())


def answer_exports(exports: Sequence[Exported]) -> None:
    """What lies where, and what it costs; several networks side by side."""
    for one in exports:
        _answer_files(one)
    if len(exports) > 1:
        answer_table("Exports side by side", COLUMNS, export_rows([one.card for one in exports]))
    card = exports[0].card
    height, width, channels = card.network.input_shape
    pixels = "pixels from 0 to 255" if card.conversion.include_rescaling else "pixels / 255"
    answer(f"Input: float32 (batch, {height}, {width}, {channels}), {pixels}. Output: class probabilities.")
    int8 = card.artifact("litert-int8") or card.artifact("c")
    if int8 and int8.input:
        answer(
            f"int8 input: x / {int8.input.scale:.9g} {_signed(int8.input.zero_point)}, rounded; the card says what pixels become."
        )


def exports_json(exports: Sequence[Exported], releases: Sequence[Release]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "exports": [
            {
                "folder": str(one.folder),
                "label": one.card.label,
                "trial": release.trial,
                "seed": one.card.seed,
                "refit": one.card.refit,
                "parameters": one.card.parameters,
                "macs": one.card.macs,
                "card": str(one.folder / CARD),
                "files": [_file_json(one, artifact) for artifact in one.card.artifacts],
            }
            for one, release in zip(exports, releases, strict=True)
        ]
    }


def _file_json(exported: Exported, artifact: Artifact) -> dict[str, Any]:
    check = artifact.check
    return {
        "format": artifact.format,
        "file": str(exported.folder / artifact.file),
        "size_bytes": artifact.size_bytes,
        "largest_difference": check.largest_difference if check else None,
        "equal_classes": check.equal_classes if check else None,
        "checked_images": check.images if check else None,
        "val_accuracy": check.accuracy if check else None,
        "latency_us": artifact.latency_us,
        "arena_bytes": artifact.arena_bytes,
    }


def _answer_files(exported: Exported) -> None:
    card = exported.card
    columns = ("file", "bytes", "difference", "same class", "validation", "latency", "arena")
    rows = [_file_row(one) for one in card.artifacts]
    answer_table(f"{card.label}: {exported.folder}", columns, rows)
    if card.int8_drop is not None:
        answer(_drop(card))
    if card.excess:
        answer(f"It is over the study's budget of {card.budget.words}: {card.excess}.")
    if card.fits:
        fitting = [board for board, words in card.fits.items() if words == "yes"]
        answer(f"It fits {len(fitting)} of {len(card.fits)} boards; the card says which, `nas devices` what they have.")
    if card.refit:
        answer("Its validation figures are of images that it was trained on.")
    answer(f"Card: {exported.folder / PAGE}")


def _file_row(one: Artifact) -> tuple[str, ...]:
    check = one.check
    return (
        one.file,
        f"{one.size_bytes:,}",
        f"{check.largest_difference:.1g}" if check else "–",
        f"{check.equal_classes:,} of {check.images:,}" if check else "–",
        percent(check.accuracy if check else None),
        f"{one.latency_us:.0f} µs" if one.latency_us is not None else "–",
        f"{one.arena_bytes:,}" if one.arena_bytes else "–",
    )


def _drop(card: ModelCard) -> str:
    drop = card.int8_drop or 0.0
    told = f"loses {drop:.2f} points of" if drop > 0 else "loses no"
    return f"In int8 it {told} validation accuracy."


def _signed(value: int) -> str:
    return f"− {-value}" if value < 0 else f"+ {value}"
