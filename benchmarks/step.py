"""How fast an epoch of model-5 is here, on one thread, against `fit` and against matrix products; all in one run, taking turns.

    python benchmarks/step.py [--rounds 5] [--network model-5]

Prints seconds an epoch (48,000 training images, no validation) as medians, the ratios round by round, and what share of the
floating-point operations of a large matrix product an epoch does in the same time.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

for variable in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ[variable] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

from nas.architecture import Architecture, Task, measure
from nas.baselines import NAMES, baselines
from nas.data import TrainingData, find, load
from nas.training.build import build
from nas.training.plan import NOTEBOOK
from nas.training.runners import Recipe, make_runner
from nas.training.trainer import epoch_order
from nas.training.versions import versions

Epoch = Callable[[int], None]
"""Trains one epoch, the one of that number."""

SIDE = 2_048
"""Rows and columns of the matrices that the machine's own rate is taken from."""

PRODUCTS = 4
"""Matrix products a round."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--network", choices=NAMES, default="model-5")
    arguments = parser.parse_args()
    data = load(find("mnist"))
    precisions = ("float32", "bfloat16") if has_bfloat16() else ("float32",)
    contestants = {
        **{_named(precision): ours(arguments.network, data, precision=precision) for precision in precisions},
        "fit, steps_per_execution 75": with_fit(arguments.network, data, steps_per_execution=75),
        "fit": with_fit(arguments.network, data, steps_per_execution=1),
        **{f"matrix products, {precision}": matrix_products(precision) for precision in precisions},
    }
    for turn in contestants.values():
        turn(0)  # builds the graphs
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(1, arguments.rounds + 1):
        for name, turn in contestants.items():
            begin = perf_counter()
            turn(number)
            seconds[name].append(perf_counter() - begin)
    rates = {precision: [product_flops() / s for s in seconds.pop(f"matrix products, {precision}")] for precision in precisions}
    epoch_flops = len(data.train_images) * training_flops(_architecture(arguments.network))
    report = {
        "network": arguments.network,
        "rounds": arguments.rounds,
        "threads": 1,
        "versions": versions(),
        "seconds": {name: round(median(values), 3) for name, values in seconds.items()},
        "ratio_to_nas": {
            name: _spread([value / own for value, own in zip(values, seconds["nas"], strict=True)])
            for name, values in seconds.items()
        },
        "matrix_products_gflop_per_second": {precision: round(median(values) / 1e9, 1) for precision, values in rates.items()},
        "epoch_gflop": round(epoch_flops / 1e9, 1),
        "share_of_matrix_products": {
            f"{_named(precision)}, of {of}": _spread(
                [epoch_flops / value / rate for value, rate in zip(seconds[_named(precision)], rates[of], strict=True)]
            )
            for precision in precisions
            for of in dict.fromkeys(("float32", precision))
        },
    }
    print(json.dumps(report, indent=2))


def training_flops(architecture: Architecture) -> int:
    """Floating-point operations of training on one image, multiplications by weights only.

    Forward, a MAC is two operations. Backward, the gradient of the weights takes as many again, and so does the gradient of
    what came in, which the first layer with weights does not need. Biases, activations, pooling and Adam are not counted.
    For model-5: 2 x (3 x 532,566 - 172,800) = 2,849,796.
    """
    macs = [row.macs for row in measure(architecture).rows if row.macs]
    return 2 * (3 * sum(macs) - macs[0])


def product_flops() -> int:
    """Floating-point operations of a round of matrix products."""
    return PRODUCTS * 2 * SIDE**3


def has_bfloat16() -> bool:
    """Whether the processor multiplies in bfloat16 by itself, as far as Linux tells."""
    processor = Path("/proc/cpuinfo")
    return processor.exists() and any(flag in processor.read_text() for flag in ("avx512_bf16", "amx_bf16", " bf16"))


def matrix_products(precision: str) -> Epoch:
    matrix = tf.cast(tf.random.stateless_normal((SIDE, SIDE), seed=(1, 2)), precision)

    def turn(_: int) -> None:
        for _ in range(PRODUCTS):
            product = tf.matmul(matrix, matrix)
        product[0, 0].numpy()

    return turn


def ours(name: str, data: TrainingData, *, precision: str) -> Epoch:
    model = build(_architecture(name), seed=1, logits=True, precision=precision)
    optimizer = keras.optimizers.Adam(NOTEBOOK.learning_rate)
    optimizer.build(model.trainable_variables)
    runner = make_runner(model, optimizer, data, Recipe(NOTEBOOK.batch_size))

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


def _named(precision: str) -> str:
    return "nas" if precision == "float32" else f"nas {precision}"


def _spread(ratios: list[float]) -> dict[str, float]:
    return {"median": round(median(ratios), 3), "lowest": round(min(ratios), 3), "highest": round(max(ratios), 3)}


def _architecture(name: str) -> Architecture:
    return baselines(Task(input_shape=(28, 28, 1), classes=10))[name]


if __name__ == "__main__":
    main()
