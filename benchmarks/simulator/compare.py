"""Searches by several policies in many surrogate worlds, side by side: the quality of the pick against virtual time.

    python benchmarks/simulator/compare.py --searches 100 [--policies nas script asha hyperband] [--seconds 600] [--processes 2]

A search of ten virtual minutes takes some seconds. Each world is searched once by each policy, with the world's number as
seed. Quality is what a pick is worth in its world, over all seeds. Each search is kept in benchmarks/results/simulated.jsonl
as it ends, and the same command goes on from there; the table goes to simulated.json beside it, the picture to simulated.png.
"""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, median, stdev
from time import process_time

os.environ.update(OMP_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3")

from campaign import run_all
from peers import Peer, asha, bayesian, hyperband
from simulation import Policy
from surrogate import Surrogate

from nas.engine import samplers
from nas.engine.pruners import PRUNERS, OptunaStopper
from nas.engine.stoppers import Promising, SuccessiveHalving

RESULTS = Path(__file__).parents[1] / "results"
MARK_SECONDS = 30
# `fit` with steps_per_execution takes 1.19 times as long an epoch (benchmarks/step.py).
FIT = 1.19
POLICIES: Mapping[str, Policy | Peer] = {
    "nas": Policy("forest", Promising()),
    "forest, no luck allowed": Policy("forest", Promising(luck=0.0)),
    "forest, halving": Policy("forest", SuccessiveHalving()),
    "tpe, promising": Policy("tpe", Promising()),
    "tpe, halving": Policy("tpe", SuccessiveHalving()),
    "random, halving": Policy("random", SuccessiveHalving()),
    "random, promising": Policy("random", Promising()),
    "script": Policy("tpe", OptunaStopper(PRUNERS["optuna:median"]()), slowness=FIT),
    "hyperband": Peer(hyperband, slowness=FIT),
    "bayesian": Peer(bayesian, slowness=FIT),
    "asha": Peer(asha),
}
"""How searches are done; `script` is a competent user's: TPE, MedianPruner, Keras's `fit`. `asha` has our epochs, being there for
its rule alone."""


@dataclass(frozen=True)
class Search:
    """What one search came to."""

    policy: str
    world: int
    marks: tuple[float, ...]
    """Accuracy of the pick, in percent, at each mark; 0 before there is one."""
    trained: int
    completed: int
    epochs: int
    refused: int
    driver_seconds: float
    """Real processor time of the whole simulation."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", type=int, default=100, help="worlds, counted from 0 (default 100)")
    parser.add_argument("--policies", nargs="+", choices=POLICIES, default=list(POLICIES))
    parser.add_argument("--seconds", type=int, default=600, help="virtual seconds of a search (default 600)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--remembered", type=int, help="trained trials that TPE looks at (default as in nas)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for simulated.jsonl, simulated.json and simulated.png")
    arguments = parser.parse_args()
    rows = arguments.out / "simulated.jsonl"
    if arguments.remembered is not None:
        samplers.REMEMBERED_TRAINED = arguments.remembered
        rows = rows.with_stem(f"simulated-remembered-{arguments.remembered}")
    jobs = [(name, world, arguments.seconds) for world in range(arguments.searches) for name in arguments.policies]
    searches = run_all(run, jobs, kind=Search, processes=arguments.processes, path=rows)
    by_policy = {name: [search for search in searches if search.policy == name] for name in arguments.policies}
    marks = range(MARK_SECONDS, arguments.seconds + 1, MARK_SECONDS)
    table = {name: summary(found, against=by_policy[arguments.policies[0]], marks=marks) for name, found in by_policy.items()}
    print(json.dumps(table, indent=2))
    text = json.dumps({"seconds": arguments.seconds, "summary": table}, indent=1)
    (arguments.out / "simulated.json").write_text(text + "\n")
    draw(by_policy, marks=marks, path=arguments.out / "simulated.png")


def run(name: str, world: int, seconds: int) -> Search:
    begin = process_time()
    surrogate = Surrogate(world)
    simulated = POLICIES[name].search(surrogate, seed=world, seconds=seconds)
    picks = [simulated.pick(seconds=mark) for mark in range(MARK_SECONDS, seconds + 1, MARK_SECONDS)]
    return Search(
        policy=name,
        world=world,
        marks=tuple(round(100 * surrogate.score(pick), 3) if pick else 0.0 for pick in picks),
        **asdict(simulated.counts),
        driver_seconds=round(process_time() - begin, 2),
    )


def summary(found: Sequence[Search], *, against: Sequence[Search], marks: Sequence[int]) -> dict[str, float | None]:
    """A policy's figures, and how it stands to the first one."""
    finals, others = [search.marks[-1] for search in found], [search.marks[-1] for search in against]  # both by world
    goal = median(finals)
    line = [median(search.marks[index] for search in against) for index in range(len(marks))]
    behind = [index for index, quality in enumerate(line) if quality < goal]
    matched = behind[-1] + 1 if behind else 0
    return {
        "searches": len(found),
        "final_mean": round(fmean(finals), 3),
        "final_median": round(goal, 3),
        "standard_error": round(stdev(finals) / len(finals) ** 0.5, 3),
        "trained": round(fmean(search.trained for search in found), 1),
        "completed": round(fmean(search.completed for search in found), 1),
        "epochs": round(fmean(search.epochs for search in found), 1),
        "refused_share": round(fmean(search.refused / (search.refused + search.trained) for search in found), 3),
        "first_matches_seconds": marks[matched] if matched < len(marks) else None,
        "worlds_in_which_first_is_better": sum(ours > theirs for ours, theirs in zip(others, finals, strict=True)),
    }


def draw(by_policy: Mapping[str, Sequence[Search]], *, marks: Sequence[int], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    for number, (name, found) in enumerate(by_policy.items()):
        line = [median(search.marks[index] for search in found) for index in range(len(marks))]
        axes.plot([mark / 60 for mark in marks], line, label=name, linewidth=2.5 if number == 0 else 1.5)
    best = max(search.marks[-1] for found in by_policy.values() for search in found)
    axes.set_ylim(bottom=max(axes.get_ylim()[0], 97.0), top=best + 0.1)
    axes.set_xlabel("virtual minutes on two workers")
    axes.set_ylabel("accuracy of the pick, % (median)")
    axes.set_title(f"{len(next(iter(by_policy.values())))} simulated searches each", loc="left")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
