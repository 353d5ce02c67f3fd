"""How well a model that has seen some networks' first epoch ranks all others' last ones, on the table of real curves.

    python benchmarks/simulator/learners.py [--repeats 6]

Prints, for each model, description of a network and number of networks seen: Spearman's correlation over all other networks of
the table, over the best quarter of them, and processor milliseconds to fit and predict. Means over random choices of the seen.
"""

import argparse
import csv
import os
import warnings
from collections import defaultdict
from collections.abc import Callable
from time import process_time
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from surrogate import CURVES, EPOCHS

from nas.architecture import Budget, Task, measure, parse_architecture
from nas.engine.features import features
from nas.engine.spaces import find_space
from nas.training.curve import level

TASK = Task(input_shape=(28, 28, 1), classes=10, budget=Budget(parameters=7_000))
SEEN = (15, 30, 60, 120)


def gaussian_process() -> Any:
    kernel = ConstantKernel(1.0) * Matern(6.0, (1, 60), nu=1.5) + WhiteKernel(0.05, (1e-3, 1))
    return make_pipeline(StandardScaler(), GaussianProcessRegressor(kernel, normalize_y=True))


MODELS: dict[str, Callable[[], Any]] = {
    "extra trees": lambda: ExtraTreesRegressor(60, min_samples_leaf=2, max_features=0.5, random_state=0),
    "random forest": lambda: RandomForestRegressor(60, min_samples_leaf=2, max_features=0.4, random_state=0),
    "Gaussian process": gaussian_process,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=6)
    repeats = parser.parse_args().repeats
    descriptions, first, last = read()
    warnings.simplefilter("ignore")  # a length scale at its bound
    print("| seen | model | description | all | best quarter | ms |\n|---:|---|---|---:|---:|---:|")
    for seen in SEEN:
        for model, make in MODELS.items():
            for name, rows in descriptions.items():
                begin = process_time()
                found = np.mean([rank(make(), rows, first, last, seen=seen, seed=seed) for seed in range(repeats)], axis=0)
                spent = 1000 * (process_time() - begin) / repeats
                print(f"| {seen} | {model} | {name} | {found[0]:.2f} | {found[1]:.2f} | {spent:.0f} |", flush=True)


def read() -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64], NDArray[np.float64]]:
    """Descriptions, levels after the first epoch of one seed, and last levels over all seeds."""
    curves: dict[str, list[list[float]]] = defaultdict(list)
    with (CURVES / "curves.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            curves[row["network"]].append([level(float(row[f"val_accuracy_{epoch}"])) for epoch in range(1, EPOCHS + 1)])
    with (CURVES / "networks.csv").open(newline="") as file:
        texts = {row["network"]: row["architecture"] for row in csv.DictReader(file)}
    networks = [parse_architecture(texts[name], source=f"network {name}") for name in curves]
    locate = find_space("plain").locate
    assert locate is not None
    chosen = [locate(network, TASK) or {} for network in networks]
    names = sorted({name for choices in chosen for name in choices})
    choices = np.asarray([[_number(one.get(name, -1)) for name in names] for one in chosen], dtype=float)
    structure = np.asarray([features(network, measure(network)) for network in networks])
    first = np.asarray([each[0][0] for each in curves.values()])
    last = np.asarray([np.mean([curve[-3:] for curve in each]) for each in curves.values()])
    return {"structure": structure, "choices": choices}, first, last


def rank(
    model: Any, rows: NDArray[np.float64], first: NDArray[np.float64], last: NDArray[np.float64], *, seen: int, seed: int
) -> tuple[float, float]:
    """Spearman's correlation over the networks that the model has not seen, and over the best quarter."""
    order = np.random.default_rng(seed).permutation(len(rows))
    known, others = order[:seen], order[seen:]
    predicted = model.fit(rows[known], first[known]).predict(rows[others])
    best = last[others] > np.quantile(last, 0.75)
    whole, quarter = spearmanr(predicted, last[others]), spearmanr(predicted[best], last[others][best])
    return float(whole.statistic), float(quarter.statistic)


def _number(value: object) -> float:
    return float(value == "max") if isinstance(value, str) else float(str(value))


if __name__ == "__main__":
    main()
