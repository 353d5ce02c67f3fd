"""Simulated studies of the whole verdict: how often it is wrong, and how often it finds what there is to find.

    python benchmarks/soundness/simulate.py --studies 10000 [--scenarios null edge …] [--processes 2] [--images 0.045]

Prints a table in Markdown, and writes all figures to benchmarks/results/soundness.json. A scenario's studies are counted from 0,
and each is a function of its number.
"""

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import get_args

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from noise import Noise
from pipeline import LEVEL, LEVEL_OF_A_LOOK, Said, Study, World, run_study
from scipy.special import betaincinv, ndtr, ndtri

from nas.evaluation.comparison import Word

RESULTS = Path(__file__).parents[1] / "results"
NETWORKS = 100
HAND: Mapping[str, float] = {
    "basic": 11.35,
    "model-1": 98.04,
    "model-2": 98.78,
    "model-3": 96.01,
    "model-4": 98.40,
    "model-5": 98.57,
}
"""Mean test accuracies over eight seeds, studies/baselines/replay.csv."""
BEST = max(HAND.values())
NULL_TIMES = 4
"""So many times as many studies of the null, whose goal is the tightest."""


def null(_generator: np.random.Generator) -> World:
    """All networks are equally good."""
    return World(found=_numbered([BEST] * NETWORKS), hand=dict.fromkeys(HAND, BEST))


def edge(_generator: np.random.Generator) -> World:
    """All that the search finds is exactly as good as model-2; model-5 is 0.4 points worse."""
    return World(found=_numbered([BEST] * NETWORKS), hand={**HAND, "model-5": BEST - 0.4})


def realistic(generator: np.random.Generator) -> World:
    """The search finds a normal distribution's part up to model-2."""
    return World(found=_numbered(_tail(generator, NETWORKS)), hand=HAND)


def better(generator: np.random.Generator, *, networks: int, gain: float) -> World:
    """As realistic, but so many networks are better than model-2 by so many points."""
    return World(found=_numbered([BEST + gain] * networks + _tail(generator, NETWORKS - networks)), hand=HAND)


def _tail(generator: np.random.Generator, count: int) -> list[float]:
    mean, sd = 98.0, 0.4
    drawn = mean + sd * ndtri(ndtr((BEST - mean) / sd) * generator.random(count))
    return [float(accuracy) for accuracy in drawn]


def _numbered(accuracies: Sequence[float]) -> dict[str, float]:
    return {f"trial {number}": accuracy for number, accuracy in enumerate(accuracies)}


SCENARIOS: Mapping[str, Callable[[np.random.Generator], World]] = {
    "null": null,
    "edge": edge,
    "realistic": realistic,
    "one +0.20": partial(better, networks=1, gain=0.20),
    "five +0.20": partial(better, networks=5, gain=0.20),
    "one +0.30": partial(better, networks=1, gain=0.30),
    "five +0.30": partial(better, networks=5, gain=0.30),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--studies", type=int, default=10_000, help="of each scenario, of the null four times as many (default 10000)"
    )
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--images", type=float, default=Noise.images, help="standard error from the images, in points")
    arguments = parser.parse_args()
    noise = Noise(images=arguments.images)
    counts = {name: arguments.studies * (NULL_TIMES if name == "null" else 1) for name in arguments.scenarios}
    with ProcessPoolExecutor(arguments.processes) as pool:
        found = {
            name: summary(list(pool.map(partial(study, name, noise=noise), range(count), chunksize=50)))
            for name, count in counts.items()
        }
    print(table(found))
    RESULTS.mkdir(exist_ok=True)
    settings = {"studies": counts, "level": LEVEL, "level_of_a_look": LEVEL_OF_A_LOOK, "noise": asdict(noise)}
    (RESULTS / "soundness.json").write_text(json.dumps({**settings, "scenarios": found}, indent=2) + "\n")


def study(scenario: str, number: int, *, noise: Noise) -> Study:
    generator = np.random.default_rng((list(SCENARIOS).index(scenario), number))
    return run_study(SCENARIOS[scenario](generator), noise=noise, generator=generator)


Figures = dict[str, float | list[float] | None]


def summary(studies: Sequence[Study]) -> dict[str, Figures]:
    """A scenario's figures: those of the race, and those of one look, of the first of three, and of all three."""
    return {
        "race": {
            "better_found": fmean(one.better_found for one in studies),
            "better_chosen": fmean(one.better_chosen for one in studies),
            "searched_chosen": fmean(one.searched_chosen for one in studies),
        },
        "one look": rule_summary(studies, [(one.once,) for one in studies]),
        "first of three": rule_summary(studies, [one.looks[:1] for one in studies]),
        "three looks": rule_summary(studies, [one.looks for one in studies]),
    }


def rule_summary(studies: Sequence[Study], said: Sequence[tuple[tuple[Said, ...], ...]]) -> Figures:
    """A rule's figures over studies.

    Args:
        studies: The studies.
        said: What each said, look by look: words count at the last, errors at any.
    """
    last = [looks[-1] for looks in said]
    every = [one for look in last for one in look]
    wrong = sum(any(one.false_beats for look in looks for one in look) for looks in said)
    told = [one.searched_chosen and all(each.word == "beats" for each in look) for one, look in zip(studies, last, strict=True)]
    return {
        **{word: fmean(one.word == word for one in every) for word in get_args(Word)},
        "false_beats": wrong / len(studies),
        "false_beats_interval": list(clopper_pearson(wrong, len(studies))),
        "coverage": fmean(all(one.covered for look in looks for one in look) for looks in said),
        "bias": fmean(one.points - one.truth for one in every),
        "found_if_there": _share(told, [one.better_found for one in studies]),
        "found_if_chosen": _share(told, [one.better_chosen for one in studies]),
    }


def clopper_pearson(successes: int, trials: int, *, level: float = 0.95) -> tuple[float, float]:
    """Interval of a probability.

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934).
    """
    tail = (1 - level) / 2
    low = float(betaincinv(successes, trials - successes + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, trials - successes, 1 - tail)) if successes < trials else 1.0
    return low, high


def _share(told: Sequence[bool], where: Sequence[bool]) -> float | None:
    counted = [one for one, there in zip(told, where, strict=True) if there]
    return fmean(counted) if counted else None


def table(found: Mapping[str, Mapping[str, Figures]]) -> str:
    """All figures in Markdown; shares in percent, bias in points."""
    columns = ("beats", "ties", "loses", "undecided", "false_beats", "coverage", "found_if_there", "found_if_chosen")
    lines = [
        "| scenario | rule | beats | ties | loses | undecided | false beats | coverage | found | found if chosen | bias |",
        "|---|---|" + "---:|" * 9,
    ]
    for name, figures in found.items():
        for rule in ("one look", "first of three", "three looks"):
            cells = [_percent(figures[rule][column]) for column in columns]
            interval = figures[rule]["false_beats_interval"]
            assert isinstance(interval, list)
            cells[4] += f" ({100 * interval[0]:.2f}–{100 * interval[1]:.2f})"
            lines.append(f"| {name} | {rule} | {' | '.join(cells)} | {figures[rule]['bias']:+.4f} |")
    return "\n".join(lines)


def _percent(share: float | list[float] | None) -> str:
    return f"{100 * share:.2f}" if isinstance(share, float | int) else "–"


if __name__ == "__main__":
    main()
