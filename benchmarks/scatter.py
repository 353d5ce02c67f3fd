"""How much accuracies scatter by seed and by image, from the confirmation networks of a judged study.

    python benchmarks/scatter.py runs/mnist-rehearsal-plain-7000-s0

These are the figures that the simulated verdicts (`soundness/`) and the least margin rest on. Run it on a rehearsal, whose test
images are training images of the whole data set.
"""

import argparse
import json
from itertools import combinations
from math import sqrt
from pathlib import Path
from statistics import fmean

import numpy as np

from nas.evaluation.comparison import variance_parts
from nas.evaluation.details import seed_correlation
from nas.evaluation.judging import Judged, read_judged

TEST_IMAGES = 10_000
"""Test images that the images' part is reckoned for, as of MNIST."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of a study with a verdict")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "scatter.json")
    arguments = parser.parse_args()
    judged = read_judged(arguments.run)
    if judged is None:
        raise SystemExit(f"{arguments.run} has no verdict; `nas verdict` makes one.")
    found = scatter(judged)
    environment = json.loads((arguments.run / "environment.json").read_text(encoding="utf-8"))
    arguments.out.write_text(json.dumps({**found, "environment": environment}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


def scatter(judged: Judged) -> dict[str, object]:
    """Scatter in percentage points: pooled over networks, and of each pair's images."""
    predictions = judged.predictions
    names = list(predictions.networks)
    correlations = [one for name in names if (one := seed_correlation(predictions, name)) is not None]
    pairs: dict[str, float] = {}
    for first, second in combinations(names, 2):
        parts = variance_parts(predictions.correct(first), (predictions.correct(second),))
        scale = len(predictions.truth) / TEST_IMAGES
        pairs[f"{first}, {second}"] = round(100 * sqrt(parts.images[0] * scale), 4)
    return {
        "data": judged.plan.data.name,
        "networks": names,
        "seeds": len(predictions.seeds),
        "test_images": len(predictions.truth),
        "test_accuracy": {name: round(float(predictions.accuracies(name).mean()), 5) for name in names},
        "sd_of_validation_accuracy": _pooled([predictions.networks[name].val_accuracies for name in names]),
        "sd_of_validation_score": _pooled([predictions.networks[name].scores for name in names]),
        "sd_of_test_accuracy": _pooled([predictions.accuracies(name) for name in names]),
        "correlation_of_validation_with_test": round(fmean(correlations), 3) if correlations else None,
        f"image_error_for_{TEST_IMAGES}_images": pairs,
    }


def _pooled(values: list[np.ndarray]) -> float:
    """Standard deviation over seeds, over all networks together, in percentage points."""
    return round(100 * sqrt(fmean(float(one.var(ddof=1)) for one in values)), 4)


if __name__ == "__main__":
    main()
