"""Does search help, or are more tries all there is to it? Samplers with and without the hand-designed networks to begin with.

    python benchmarks/simulator/control.py --searches 20 [--trials 100] [--processes 2]

Each arm searches the same surrogate worlds for the same number of trials under the same stopper; random draws come evenly from
the choices whose network fits the budget. A pick is the best that the search itself found, hand-designed networks not counted,
and is worth what it is worth in its world, over all seeds. Each search is kept in benchmarks/results/control.jsonl as it ends,
and the same command goes on from there; beside it come control.json, and control.png with the quality of the pick against
epochs spent and the parameters of what each arm trained.
"""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from statistics import fmean, stdev

os.environ["OMP_NUM_THREADS"] = "1"

from campaign import run_all
from simulation import TASK, Policy, best_of, simulate
from surrogate import Surrogate

from nas.baselines import baselines
from nas.engine.samplers import SamplerName
from nas.engine.stoppers import Promising

RESULTS = Path(__file__).parents[1] / "results"
ARMS: Mapping[str, tuple[SamplerName, bool]] = {
    f"{sampler}, {'with' if first else 'without'} baselines": (sampler, first)
    for sampler in ("forest", "tpe", "random")
    for first in (True, False)
}
MARK_EPOCHS = 25
COLOURS = {"forest": "#D55E00", "tpe": "#0072B2", "random": "#666666"}


@dataclass(frozen=True)
class Search:
    """What one search came to."""

    arm: str
    world: int
    pick: float
    """What the pick is worth, in percent."""
    best_by_hand: float
    """What the best hand-designed network is worth in that world, in percent."""
    epochs: int
    marks: tuple[float, ...]
    """What the pick was worth after every 25 epochs; 0 before there was one."""
    parameters: tuple[int, ...]
    """Of the networks that were trained."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", type=int, default=20, help="worlds, counted from 0 (default 20)")
    parser.add_argument("--trials", type=int, default=100, help="networks trained a search (default 100)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for control.jsonl, control.json and control.png")
    arguments = parser.parse_args()
    jobs = [(arm, world, arguments.trials) for world in range(arguments.searches) for arm in ARMS]
    searches = run_all(run, jobs, kind=Search, processes=arguments.processes, path=arguments.out / "control.jsonl")
    by_arm = {arm: [search for search in searches if search.arm == arm] for arm in ARMS}
    table = {arm: summary(found) for arm, found in by_arm.items()}
    print(json.dumps(table, indent=1))
    text = json.dumps({"trials": arguments.trials, "summary": table}, indent=1)
    (arguments.out / "control.json").write_text(text + "\n")
    draw(by_arm, path=arguments.out / "control.png")


def run(arm: str, world: int, trials: int) -> Search:
    sampler, first = ARMS[arm]
    surrogate = Surrogate(world)
    simulated = simulate(surrogate, Policy(sampler, Promising()), seed=world, trials=trials, with_baselines=first)
    order = simulated.in_order
    spent = list(accumulate(len(record.curve) for record in order))
    marks = []
    for mark in range(MARK_EPOCHS, spent[-1] + MARK_EPOCHS, MARK_EPOCHS):
        pick = best_of([record for record, epochs in zip(order, spent, strict=True) if epochs <= mark])
        marks.append(round(100 * surrogate.score(pick), 3) if pick else 0.0)
    return Search(
        arm=arm,
        world=world,
        pick=marks[-1],
        best_by_hand=round(100 * max(surrogate.score(network) for network in baselines(TASK).values()), 3),
        epochs=spent[-1],
        marks=tuple(marks),
        parameters=tuple(record.parameters for record in order),
    )


def summary(found: Sequence[Search]) -> dict[str, float]:
    """An arm's figures over its worlds."""
    picks = [search.pick for search in found]
    return {
        "searches": len(found),
        "pick_mean": round(fmean(picks), 3),
        "standard_error": round(stdev(picks) / len(picks) ** 0.5, 3),
        "better_than_best_by_hand": sum(search.pick > search.best_by_hand for search in found),
        "epochs_mean": round(fmean(search.epochs for search in found), 1),
        "over_6000_parameters": round(fmean(size > 6_000 for search in found for size in search.parameters), 3),
    }


def draw(by_arm: Mapping[str, Sequence[Search]], *, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11.5, 4.6), layout="constrained")
    for arm, found in by_arm.items():
        sampler, first = ARMS[arm]
        style = {"color": COLOURS[sampler], "linestyle": "-" if first else "--", "label": arm}
        length = max(len(search.marks) for search in found)
        # A search that has ended keeps its pick.
        lines = [(*search.marks, *[search.marks[-1]] * (length - len(search.marks))) for search in found]
        shown = [
            (MARK_EPOCHS * (index + 1), fmean(values)) for index, values in enumerate(zip(*lines, strict=True)) if min(values)
        ]
        left.plot(*zip(*shown, strict=True), linewidth=2, **style)
        sizes = [size for search in found for size in search.parameters]
        right.hist(sizes, bins=range(0, 7_001, 500), density=True, histtype="step", linewidth=2, **style)
    by_hand = fmean(search.best_by_hand for found in by_arm.values() for search in found)
    left.axhline(by_hand, color="black", linewidth=1)
    left.text(1, by_hand, "best by hand ", transform=left.get_yaxis_transform(), ha="right", va="bottom", fontsize=9)
    left.set_ylim(bottom=96.5, top=99)
    left.set_xlabel("epochs spent")
    left.set_ylabel("accuracy of the pick over all seeds, % (mean)")
    left.legend(frameon=False, fontsize=9, loc="lower right")
    right.set_xlabel("parameters of the networks trained")
    right.set_ylabel("density")
    right.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    figure.suptitle(f"{len(next(iter(by_arm.values())))} simulated searches an arm, equal trials and stopper", fontweight="bold")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
