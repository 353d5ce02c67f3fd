"""Networks and studies as tables and as JSON."""

from collections.abc import Sequence
from typing import Any

from nas.architecture import Factory, Network, measure
from nas.cli.output import answer_table, plain
from nas.engine.objective import CostAim, front_of, place_beside, unit
from nas.engine.records import Tally, TrialRecord
from nas.evaluation.replay import Reached, Replay, ReplayRow
from nas.library.layers import LAYER_COLUMNS, layer_rows, summarise
from nas.library.wording import percent
from nas.training.plan import TrainingPlan


def answer_layers(title: str, network: Network) -> None:
    """A network's layers with their costs; the last row holds the totals."""
    *rows, footer = layer_rows(network)
    answer_table(title, LAYER_COLUMNS, rows, footer=footer)


def network_json(network: Network) -> dict[str, Any]:
    """A network and its costs as documented keys; bytes are None where they cannot be estimated."""
    cost = measure(network)
    spelled = network.model_dump(mode="json")
    return {
        "parameters": cost.parameters,
        "trainable_parameters": cost.trainable_parameters,
        "deployed_parameters": cost.deployed_parameters,
        "macs": cost.macs,
        "peak_activation_bytes": cost.peak_activation_bytes,
        "estimated_flash_bytes": cost.flash_bytes if cost.estimates_bytes else None,
        "estimated_ram_bytes": cost.ram_bytes if cost.estimates_bytes else None,
        **({"factory": spelled} if isinstance(network, Factory) else {"architecture": spelled}),
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
        "plan": record.plan.model_dump(mode="json"),
        **network_json(record.network),
    }


def answer_networks(tally: Tally, *, aim: CostAim | None, best: int = 10) -> None:
    """The best trials and the hand-designed networks in one table, by validation accuracy; with two aims the Pareto front."""
    if aim:
        _answer_front(tally, aim=aim)
        return
    ranked = sorted((*tally.ranking[:best], *tally.baselines), key=lambda record: (-(record.score or 0), record.parameters))
    tuned = len({record.plan for record in tally.records}) > 1
    rows = [(*_figures(record), *(_tuned(record.plan) if tuned else ()), summarise(record.network)) for record in ranked]
    columns = ("network", "validation", "parameters", "MACs", *(("rate", "batch", "augment") if tuned else ()), "layers")
    answer_table("Best networks and hand-designed ones", columns, rows, words=("layers",))


def _answer_front(tally: Tally, *, aim: CostAim) -> None:
    front = front_of(tally, aim=aim)
    shown = sorted({*front, *tally.baselines}, key=lambda record: (getattr(record, aim), -(record.score or 0), record.number))
    rows = [(*_figures(record), place_beside(front, record, aim=aim), summarise(record.network)) for record in shown]
    columns = ("network", "validation", "parameters", "MACs", "front", "layers")
    title = f"The Pareto front of accuracy and {unit(aim)}, and the hand-designed networks"
    answer_table(title, columns, rows, words=("front", "layers"))


def _figures(record: TrialRecord) -> tuple[str, ...]:
    return record.label, percent(record.score), f"{record.parameters:,}", f"{record.macs:,}"


def _tuned(plan: TrainingPlan) -> tuple[str, str, str]:
    """What differs between the plans of one search."""
    strength = plan.augmentation.strength if plan.augmentation else None
    return f"{plan.learning_rate:.3g}", f"{plan.batch_size}", "–" if strength is None else f"{strength:.3g}"


def answer_reached(found: Sequence[Reached], *, plan: TrainingPlan) -> None:
    """What hand-designed networks reach under a plan that the notebook did not have."""
    rows = [
        (
            one.model,
            f"{one.seeds}",
            percent(one.val_accuracy),
            "–" if one.val_sd is None else f"± {one.val_sd:.2%}",
            percent(one.test_accuracy),
        )
        for one in found
    ]
    columns = ("network", "seeds", "validation", "sd", "test")
    answer_table(f"Under the plan {plain(plan.name)} ({plan.words})", columns, rows)


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
