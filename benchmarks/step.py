"""How fast an epoch of model-5 is here, on one thread, against Keras's own `fit`; all in one run, taking turns.

    python benchmarks/step.py [--rounds 5] [--network model-5]

Prints seconds an epoch (48,000 training images, no validation) as medians, and the ratios round by round.
"""

import argparse
import json
import os
from collections.abc import Callable
from statistics import median
from time import perf_counter

for variable in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ[variable] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

from nas.architecture import Architecture, Task
from nas.baselines import NAMES, baselines
from nas.data import TrainingData, find, load
from nas.engine.results import versions
from nas.training.build import build
from nas.training.plan import NOTEBOOK
from nas.training.runners import make_runner
from nas.training.trainer import epoch_order

Epoch = Callable[[int], None]
"""Trains one epoch, the one of that number."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--network", choices=NAMES, default="model-5")
    arguments = parser.parse_args()
    data = load(find("mnist"))
    contestants = {
        "nas": ours(arguments.network, data),
        "fit, steps_per_execution 75": with_fit(arguments.network, data, steps_per_execution=75),
        "fit": with_fit(arguments.network, data, steps_per_execution=1),
    }
    for epoch in contestants.values():
        epoch(0)  # builds the graphs
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(1, arguments.rounds + 1):
        for name, epoch in contestants.items():
            begin = perf_counter()
            epoch(number)
            seconds[name].append(perf_counter() - begin)
    report = {
        "network": arguments.network,
        "rounds": arguments.rounds,
        "threads": 1,
        "versions": versions(),
        "seconds": {name: round(median(values), 3) for name, values in seconds.items()},
        "ratio_to_nas": {
            name: {
                "median": round(median(ratios), 3),
                "lowest": round(min(ratios), 3),
                "highest": round(max(ratios), 3),
            }
            for name, values in seconds.items()
            if (ratios := [value / own for value, own in zip(values, seconds["nas"], strict=True)])
        },
    }
    print(json.dumps(report, indent=2))


def ours(name: str, data: TrainingData) -> Epoch:
    model = build(_architecture(name), seed=1, logits=True)
    optimizer = keras.optimizers.Adam(NOTEBOOK.learning_rate)
    optimizer.build(model.trainable_variables)
    runner = make_runner(model, optimizer, data, batch_size=NOTEBOOK.batch_size)

    def epoch(number: int) -> None:
        runner.train_epoch(epoch_order(len(data.train_images), seed=1, epoch=number))

    return epoch


def with_fit(name: str, data: TrainingData, *, steps_per_execution: int) -> Epoch:
    model = build(_architecture(name), seed=1)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"], steps_per_execution=steps_per_execution)
    images = np.asarray(data.train_images, np.float32) / 255.0
    labels = keras.utils.to_categorical(data.train_labels, data.classes)

    def epoch(number: int) -> None:
        model.fit(images, labels, batch_size=NOTEBOOK.batch_size, initial_epoch=number, epochs=number + 1, verbose=0)

    return epoch


def _architecture(name: str) -> Architecture:
    return baselines(Task(input_shape=(28, 28, 1), classes=10))[name]


if __name__ == "__main__":
    main()
