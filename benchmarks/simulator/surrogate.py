"""Learning curves of networks that were never trained, from real ones: a table of random networks, and what searches found."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import KFold, cross_val_predict

from nas.architecture import Architecture, Task, measure, parse_architecture
from nas.baselines import baselines
from nas.engine.features import features

HERE = Path(__file__).parent
CURVES = HERE.parent / "curves"
EPOCHS = 15
CEILING = 0.994
"""Accuracies are modelled as -log(CEILING - accuracy), a scale on which networks differ from their prediction about equally
much at all levels; with the ceiling above the notebook's best hand-designed network by half a point, it is also where the
best networks of a world end."""
ALIVE = 0.3
"""A training that ends below this accuracy has died: it answers with the commonest class."""
DEAD = 0.106
"""Share of the commonest class among the validation images."""
PAIRS = 40
"""Real networks of about the same level from which a seed takes its deviation."""
COURSES = 8
"""Real networks of the most similar structure from which a network takes its course."""
ROUGH = 60
"""Real networks of about the same level over which the size of a residual is averaged."""
LENGTH_SCALE = 2.5
"""Within which residuals are alike, in standard deviations of features (`python benchmarks/simulator/surrogate.py`)."""
WAVES = 500
"""Random Fourier features of a sample."""
RACE = HERE.parent / "peers" / "rows"
BASELINES = HERE.parents[1] / "studies" / "baselines" / "curves.csv"


class Surrogate:
    """A world of networks that agrees with the table of real ones and is plausible elsewhere.

    A network's level (of its last three epochs) is what a forest fitted to the table expects of its structure, and a sample
    of a Gaussian process in place of what the forest can't explain, as large as that is for real networks of the level,
    so that networks of like structure still have like levels; other worlds are other samples. The course of a curve up to
    its level is that of a real network, one of the nearest in structure; each seed adds the difference between two seeds of
    a network of that level, divided by the square root of 2. A seed dies as often as it did among the nearest real networks.

    Args:
        world: Number of the world.
    """

    def __init__(self, world: int) -> None:
        self._world = world
        self._table = read_table()
        self._sample = _Sample(self._table, world)
        self._mean = cache(self._mean_uncached)

    def level(self, network: Architecture) -> NDArray[np.float64]:
        """Mean validation accuracy over all living seeds after each epoch."""
        return accuracy(self._mean(network)[0])

    def score(self, network: Architecture) -> float:
        """What the network is worth: its mean validation accuracy over the last three epochs."""
        return float(self.level(network)[-3:].mean())

    def curve(self, network: Architecture, *, seed: int) -> NDArray[np.float64]:
        """Validation accuracy after each epoch of one training."""
        mean, share = self._mean(network)
        key = crc32(f"{self._world} {network.key} {seed}".encode())
        if (key >> 8) / 2**24 > share:
            return np.full(EPOCHS, DEAD)
        near = np.argsort(np.abs(self._table.pair_levels - float(mean[-3:].mean())))[:PAIRS]
        return accuracy(mean + self._table.pair_noise[near[(key >> 1) % PAIRS]] * (1 - 2 * (key & 1)))

    def _mean_uncached(self, network: Architecture) -> tuple[NDArray[np.float64], float]:
        """Levels after each epoch, and the share of seeds that live."""
        row = np.asarray([features(network, measure(network))])
        course, share = self._table.like(row, key=crc32(f"{self._world} {network.key}".encode()))
        expected = self._table.expected(row)
        level = expected + self._table.roughness(expected) * self._sample(self._table.scaled(row))
        return level + course, share


class _Table:
    """The real networks and their curves."""

    def __init__(self) -> None:
        curves: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
        for row in _rows(CURVES / "curves.csv"):
            curves[row["network"]].append(np.asarray([float(row[f"val_accuracy_{epoch}"]) for epoch in range(1, EPOCHS + 1)]))
        designed: dict[tuple[str, str], list[float]] = defaultdict(list)
        for row in _rows(BASELINES):
            designed[row["model"], row["seed"]].append(float(row["val_accuracy"]))
        for (name, _), accuracies in designed.items():
            curves[name].append(np.asarray(accuracies))
        texts = {row["network"]: row["architecture"] for row in _rows(CURVES / "networks.csv")}
        for found, curve in _raced():
            curves[found].append(curve)
            texts[found] = found
        by_hand = baselines(Task(input_shape=(28, 28, 1), classes=10))
        networks = [by_hand.get(name) or parse_architecture(texts[name], source=f"network {name}") for name in curves]
        described = np.asarray([features(network, measure(network)) for network in networks])
        self._center, self._spread = described.mean(axis=0), described.std(axis=0) + 1e-9
        living = [[level_of(curve) for curve in each if curve[-3:].mean() > ALIVE] for each in curves.values()]
        self._every = self.scaled(described)
        self._shares = np.asarray([len(some) / len(each) for some, each in zip(living, curves.values(), strict=True)])
        kept = [index for index, some in enumerate(living) if some]
        self.rows = self._every[kept]
        means = np.asarray([np.mean(living[index], axis=0) for index in kept])
        self.levels = means[:, -3:].mean(axis=1)
        forest = ExtraTreesRegressor(40, min_samples_leaf=2, max_features=0.5, random_state=0)
        self.apart = cross_val_predict(forest, described[kept], self.levels, cv=KFold(10, shuffle=True, random_state=0))
        self._forest = forest.fit(described[kept], self.levels)
        self._courses = means - self.levels[:, None]
        pairs = [some for some in living if len(some) > 1]
        self.pair_noise = np.asarray([(some[0] - some[1]) / np.sqrt(2) for some in pairs])
        self.pair_levels = np.asarray([np.mean(some, axis=0)[-3:].mean() for some in pairs])

    def scaled(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows of features with mean 0 and variance 1 over the table."""
        return np.asarray((rows - self._center) / self._spread)

    def expected(self, row: NDArray[np.float64]) -> float:
        """The level that the forest expects of a network of such features."""
        return float(self._forest.predict(row)[0])

    def roughness(self, level: float) -> float:
        """How far real networks of about that level are from what a forest that did not see them expects."""
        near = np.argsort(np.abs(self.apart - level))[:ROUGH]
        return float(np.sqrt(np.mean((self.levels[near] - self.apart[near]) ** 2)))

    def like(self, row: NDArray[np.float64], *, key: int) -> tuple[NDArray[np.float64], float]:
        """The course of one of the nearest networks relative to its level, and the share of living seeds among the nearest."""
        place = self.scaled(row)
        near = np.argsort(np.sum((self.rows - place) ** 2, axis=1))[:COURSES]
        around = np.argsort(np.sum((self._every - place) ** 2, axis=1))[:COURSES]
        return self._courses[near[key % COURSES]], float(self._shares[around].mean())


class _Sample:
    """A sample of a Gaussian process with variance 1 and a Matérn 3/2 kernel, as a sum of random waves.

    Source: Rahimi and Recht, Random features for large-scale kernel machines, 2007.
    """

    def __init__(self, table: _Table, world: int) -> None:
        generator = np.random.default_rng((world, 77))
        tails = np.sqrt(3.0 / generator.chisquare(3.0, size=(WAVES, 1)))  # this kernel's spectrum is Student's t
        self._frequencies = generator.standard_normal((WAVES, table.rows.shape[1])) * tails / LENGTH_SCALE
        self._phases = generator.uniform(0, 2 * np.pi, WAVES)
        self._weights = generator.standard_normal(WAVES) * np.sqrt(2 / WAVES)

    def __call__(self, place: NDArray[np.float64]) -> float:
        return float((np.cos(place @ self._frequencies.T + self._phases) @ self._weights)[0])


def fit_length_scale() -> None:
    """Prints the length scale, in standard deviations of features, under which the forest's residuals are most likely."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    table = read_table()
    residuals = [(level - apart) / table.roughness(apart) for level, apart in zip(table.levels, table.apart, strict=True)]
    process = GaussianProcessRegressor(ConstantKernel(1.0) * Matern(4.0, (0.3, 100.0), nu=1.5) + WhiteKernel(0.2))
    print(process.fit(table.rows, residuals).kernel_)


def level_of(accuracies: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Accuracies on the scale that is modelled."""
    return -np.log(np.maximum(CEILING - np.asarray(accuracies), 1e-4))


def accuracy(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a level on that scale means."""
    return np.clip(CEILING - np.exp(-level), 0.05, 1.0)


@cache
def read_table() -> _Table:
    """The table, with what is fitted to it."""
    return _Table()


def _raced() -> Iterator[tuple[str, NDArray[np.float64]]]:
    """The networks that real searches trained to the end, as canonical JSON, with their validation accuracies."""
    for path in sorted(RACE.rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if len(row.get("val_accuracy", ())) == EPOCHS:
                yield row["network"], np.asarray(row["val_accuracy"])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    fit_length_scale()
