"""Networks and studies as tables and as JSON."""

from typing import Any, assert_never

from nas.architecture import (
    Activation,
    Architecture,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    measure,
)
from nas.cli.output import answer_table, percent, shape
from nas.engine.records import Tally, TrialRecord
from nas.evaluation.replay import Replay, ReplayRow

LAYER_COLUMNS = ("layer", "output", "parameters", "trainable", "deployed", "MACs", "memory (int8 bytes)")


def answer_layers(title: str, architecture: Architecture) -> None:
    """A network's layers with their costs; the last row holds the totals."""
    *rows, footer = layer_rows(architecture)
    answer_table(title, LAYER_COLUMNS, rows, footer=footer)


def layer_rows(architecture: Architecture) -> tuple[tuple[str, ...], ...]:
    """A row of text for each layer, by `LAYER_COLUMNS`, and a last one with the totals."""
    cost = measure(architecture)
    rows = [
        (
            describe_layer(layer),
            shape(row.output_shape),
            f"{row.parameters:,}",
            f"{row.trainable_parameters:,}",
            f"{row.deployed_parameters:,}",
            f"{row.macs:,}",
            f"{row.activation_bytes:,}",
        )
        for layer, row in zip(architecture.layers, cost.rows, strict=True)
    ]
    total = (
        "total",
        "",
        f"{cost.parameters:,}",
        f"{cost.trainable_parameters:,}",
        f"{cost.deployed_parameters:,}",
        f"{cost.macs:,}",
        f"{cost.peak_activation_bytes:,} at most",
    )
    return (*rows, total)


def describe_layer(layer: Layer) -> str:
    """A layer in a few words: its kind, and what is not Keras's default.

    >>> from nas.architecture import Conv2D
    >>> describe_layer(Conv2D(filters=12, kernel_size=(5, 5), activation="relu"))
    'conv2d 12 5×5 relu'
    """
    values = layer.model_dump(exclude_defaults=True, exclude={"kind"})
    words = [f"{value[0]}×{value[1]}" if isinstance(value, tuple) else str(value) for value in values.values()]
    return " ".join([layer.kind, *words])


def summarise(architecture: Architecture) -> str:
    """A network in one short line; normalisation and functions other than ReLU are named once, behind it.

    >>> from nas.architecture import Conv2D, Dense, Flatten, MaxPooling2D
    >>> layers = (Conv2D(filters=8, kernel_size=(5, 5)), MaxPooling2D(pool_size=(3, 3)), Flatten(), Dense(units=10))
    >>> summarise(Architecture(input_shape=(28, 28, 1), layers=layers))
    'conv 8·5×5, max 3×3, dense 10'
    """
    layers = ", ".join(word for word in map(_word, architecture.layers) if word)
    hidden = [layer.activation for layer in architecture.layers[:-1] if isinstance(layer, Conv2D | Dense | Activation)]
    manner = ["normalised"] if any(isinstance(layer, BatchNormalization) for layer in architecture.layers) else []
    manner += [name for name in dict.fromkeys(hidden) if name not in {"linear", "relu"}]
    return f"{layers}; {', '.join(manner)}" if manner else layers


def _word(layer: Layer) -> str:
    match layer:
        case Conv2D():
            return f"conv {layer.filters}·{layer.kernel_size[0]}×{layer.kernel_size[1]}{_step(layer)}"
        case DepthwiseConv2D():
            return f"depthwise {layer.kernel_size[0]}×{layer.kernel_size[1]}{_step(layer)}"
        case MaxPooling2D() | AveragePooling2D():
            return f"{layer.kind[:3]} {layer.pool_size[0]}×{layer.pool_size[1]}".replace("ave", "avg")
        case Dense():
            return f"dense {layer.units}"
        case GlobalAveragePooling2D():
            return "mean"
        case Dropout():
            return f"dropout {layer.rate:g}"
        case Flatten() | BatchNormalization() | Activation():
            return ""
        case _:
            assert_never(layer)


def _step(layer: Conv2D | DepthwiseConv2D) -> str:
    return "" if layer.strides == (1, 1) else f"/{max(layer.strides)}"


def network_json(architecture: Architecture) -> dict[str, Any]:
    """A network and its costs as documented keys."""
    cost = measure(architecture)
    return {
        "parameters": cost.parameters,
        "trainable_parameters": cost.trainable_parameters,
        "deployed_parameters": cost.deployed_parameters,
        "macs": cost.macs,
        "peak_activation_bytes": cost.peak_activation_bytes,
        "estimated_flash_bytes": cost.flash_bytes,
        "estimated_ram_bytes": cost.ram_bytes,
        "architecture": architecture.model_dump(mode="json"),
    }


def record_json(record: TrialRecord) -> dict[str, Any]:
    """A trial as documented keys."""
    return {
        "trial": record.number,
        "baseline": record.baseline,
        "outcome": record.outcome,
        "val_accuracy": record.score,
        "epochs": len(record.curve),
        "seconds": round(record.seconds, 3),
        "seed": record.seed,
        "reason": record.reason,
        "repeats": record.repeats,
        **network_json(record.network),
    }


def answer_ranking(tally: Tally, *, best: int = 10) -> None:
    """The best trials and the hand-designed networks in one table, by validation accuracy."""
    ranked = sorted((*tally.ranking[:best], *tally.baselines), key=lambda record: (-(record.score or 0), record.parameters))
    rows = [
        (
            record.label,
            percent(record.score),
            f"{record.parameters:,}",
            f"{record.macs:,}",
            summarise(record.network),
        )
        for record in ranked
    ]
    columns = ("network", "validation", "parameters", "MACs", "layers")
    answer_table("Best networks and hand-designed ones", columns, rows, words=("layers",))


def answer_replay(replay: Replay) -> None:
    """The notebook's figures beside ours, network by network."""
    rows = [
        (
            row.model,
            row.quantity.replace("_", " "),
            _figure(row, row.notebook),
            _figure(row, row.mean),
            "–" if row.sd is None else f"± {row.sd:.4f}",
            "–" if row.interval_95 is None else f"{row.interval_95.low:.4f} to {row.interval_95.high:.4f}",
            row.agreement_95,
        )
        for row in replay.rows
    ]
    seeds = max(row.seeds for row in replay.rows)
    title = f"The notebook's figures and ours ({seeds} seed{'s' if seeds > 1 else ''}; 95 % interval for one more seed)"
    answer_table(title, ("network", "figure", "notebook", "ours", "sd", "interval", "notebook is"), rows, words=("figure",))


def _figure(row: ReplayRow, value: float) -> str:
    return f"{value:,.0f}" if row.quantity == "parameters" else f"{value:.4f}"
