"""Exports on the terminal and as JSON."""

from collections.abc import Sequence
from typing import Any

from nas.cli.output import answer, answer_table
from nas.exporting.card import CARD, PAGE, Artifact, ModelCard
from nas.exporting.shipping import Exported
from nas.exporting.table import COLUMNS, export_rows
from nas.library.exporting import file_facts
from nas.library.releases import Release
from nas.library.wording import percent


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
                "files": [file_facts(one, artifact) for artifact in one.card.artifacts],
            }
            for one, release in zip(exports, releases, strict=True)
        ]
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
