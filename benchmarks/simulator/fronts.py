"""Searches for a Pareto front by several samplers in surrogate worlds: the best network under each of some ceilings.

    python benchmarks/simulator/fronts.py --aim parameters [--worlds 3] [--trials 100] [--samplers forest tpe random]

Prints, for each sampler, the mean over worlds of what the best network reaches that costs no more than the ceiling: per cent of
validation images, with one seed. A world takes the forest about half a minute.
"""

import argparse
import os
from collections.abc import Sequence
from statistics import fmean

os.environ["OMP_NUM_THREADS"] = "1"

from simulation import Policy, Simulated, simulate
from surrogate import Surrogate

from nas.engine.objective import CostAim
from nas.engine.stoppers import Promising

CEILINGS: dict[CostAim, tuple[int, ...]] = {
    "parameters": (300, 600, 1_200, 2_400, 4_800, 7_000),
    "macs": (3_000, 10_000, 30_000, 100_000, 300_000, 10_000_000),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aim", choices=sorted(CEILINGS), default="parameters", help="cost that is to be small")
    parser.add_argument("--worlds", type=int, default=3, help="counted from 0 (default 3)")
    parser.add_argument("--trials", type=int, default=100, help="networks to train (default 100)")
    parser.add_argument("--samplers", nargs="+", choices=["forest", "tpe", "random"], default=["forest", "tpe", "random"])
    arguments = parser.parse_args()
    aim: CostAim = arguments.aim
    print(f"{'sampler':<10}", *(f"{ceiling:>11,}" for ceiling in CEILINGS[aim]))
    for sampler in arguments.samplers:
        policy = Policy(sampler, Promising(), aim=aim)
        rows = [
            best_under(simulate(Surrogate(world), policy, seed=world, trials=arguments.trials), aim)
            for world in range(arguments.worlds)
        ]
        print(f"{sampler:<10}", *(f"{fmean(column):>11.1f}" for column in zip(*rows, strict=True)), flush=True)


def best_under(searched: Simulated, aim: CostAim) -> Sequence[float]:
    """Per cent that the best network under each ceiling reaches; 0 where there is none."""
    done = [record for record in searched.records if record.outcome == "completed"]
    return [
        100 * max((record.score or 0.0 for record in done if getattr(record, aim) <= ceiling), default=0.0)
        for ceiling in CEILINGS[aim]
    ]


if __name__ == "__main__":
    main()
