"""Several exports side by side."""

from collections.abc import Sequence
from typing import Final

from nas.exporting.card import Artifact, ModelCard

COLUMNS: Final = (
    "network",
    "parameters",
    "MACs",
    "float",
    "int8",
    "difference, float",
    "difference, int8",
    ".keras",
    "float .tflite",
    "int8 .tflite",
    ".onnx",
    "arena",
    "latency",
)
_FLOAT: Final = ("keras", "saved-model", "litert", "onnx")


def export_rows(cards: Sequence[ModelCard]) -> list[tuple[str, ...]]:
    """A row for each export, as `COLUMNS` name them; what was not exported is a dash."""
    return [_row(card) for card in cards]


def export_table(cards: Sequence[ModelCard]) -> str:
    """The exports as a Markdown table, with what its figures are and what made them."""
    lines = [
        f"| {' | '.join(COLUMNS)} |",
        f"|---|{'---:|' * (len(COLUMNS) - 1)}",
        *(f"| {' | '.join(row)} |" for row in export_rows(cards)),
    ]
    return "\n".join((*lines, "", explain(cards), ""))


def explain(cards: Sequence[ModelCard]) -> str:
    """What the figures of the table are, and what made them."""
    made = cards[0].environment
    checks = [one.check for card in cards for one in card.artifacts if one.check]
    images = f" ({checks[0].val_images:,})" if checks else ""
    compared = f" ({checks[0].images:,})" if checks else ""
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    runtimes = ", ".join(sorted({one.runtime for card in cards for one in card.artifacts if one.runtime}))
    return (
        f"float, int8: accuracy on all validation images{images}. Difference: the largest of a class probability from Keras's, on"
        f" validation images{compared}; for float the largest of all float formats. Files in bytes; arena: bytes of RAM that the"
        " interpreter of TensorFlow Lite Micro allocates for the int8 file on a 64-bit machine; latency: of the int8 file in"
        " LiteRT for one image on one thread, called from Python, the least of five medians. Seeds:"
        f" {', '.join(f'{card.label} {card.seed}' for card in cards)}. {made['processor']}; {versions}; {runtimes};"
        f" {made['date']}."
    )


def _row(card: ModelCard) -> tuple[str, ...]:
    floats = [one.check.largest_difference for name in _FLOAT if (one := card.artifact(name)) and one.check]
    int8, c = card.artifact("litert-int8"), card.artifact("c")
    arena = next((one.arena_bytes for one in (int8, c) if one and one.arena_bytes), None)
    return (
        card.label,
        f"{card.parameters:,}",
        f"{card.macs:,}",
        _percent(card.float_accuracy),
        _percent(int8.check.accuracy if int8 and int8.check else None),
        f"{max(floats):.1g}" if floats else "–",
        f"{int8.check.largest_difference:.2f}" if int8 and int8.check else "–",
        *(_size(card.artifact(name)) for name in ("keras", "litert", "litert-int8", "onnx")),
        f"{arena:,}" if arena else "–",
        f"{int8.latency_us:.0f} µs" if int8 and int8.latency_us is not None else "–",
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def _size(artifact: Artifact | None) -> str:
    return f"{artifact.size_bytes:,}" if artifact else "–"
