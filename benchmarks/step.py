"""How fast an epoch is here, on one thread, against `fit` and against matrix products; all in one run, taking turns.

    python benchmarks/step.py [--rounds 5] [--network model-5]
    python benchmarks/step.py --space compact --network valid-squeezed --plan modern

`fit` has the plan's optimizer and loss, and Keras's own layers: where a plan varies images, RandomTranslation, RandomRotation
and RandomZoom in front of the model. What a call of `fit` takes before its first epoch and after its last is not counted: a
training calls it once.

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
from nas.data import TrainingData, find, load
from nas.engine.spaces import designed_by_hand, find_space
from nas.errors import NasError, SpaceError
from nas.training.augmenting import make_augmenter
from nas.training.build import build
from nas.training.optimizing import make_optimizer
from nas.training.plan import Augmentation, TrainingPlan
from nas.training.plan_files import find_plan
from nas.training.runners import Recipe, make_runner
from nas.training.trainer import epoch_order
from nas.training.versions import versions

Epoch = Callable[[int], float]
"""Trains one epoch, the one of that number, and returns its seconds."""

SIDE = 2_048
"""Rows and columns of the matrices that the machine's own rate is taken from."""

PRODUCTS = 4
"""Matrix products a round."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--space", default="plain", help="the space whose hand-designed networks can be named")
    parser.add_argument("--network", default="model-5", help="a hand-designed network")
    parser.add_argument("--plan", default="notebook", help="a training plan: its name or its file")
    arguments = parser.parse_args()
    try:
        network, plan = _network(arguments.network, space=arguments.space), find_plan(arguments.plan)
    except NasError as error:
        parser.error(str(error))
    data = load(find("mnist"))
    precisions = ("float32", "bfloat16") if has_bfloat16() else ("float32",)
    contestants = {
        **{_named(precision): ours(network, plan, data, precision=precision) for precision in precisions},
        "fit, steps_per_execution 75": with_fit(network, plan, data, steps_per_execution=75),
        "fit": with_fit(network, plan, data, steps_per_execution=1),
        **{f"matrix products, {precision}": matrix_products(precision) for precision in precisions},
    }
    for turn in contestants.values():
        turn(0)  # builds the graphs
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(1, arguments.rounds + 1):
        for name, turn in contestants.items():
            seconds[name].append(turn(number))
    rates = {precision: [product_flops() / s for s in seconds.pop(f"matrix products, {precision}")] for precision in precisions}
    epoch_flops = len(data.train_images) * training_flops(network)
    report = {
        "network": arguments.network,
        "plan": plan.words,
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

    def turn(_: int) -> float:
        begin = perf_counter()
        for _ in range(PRODUCTS):
            product = tf.matmul(matrix, matrix)
        product[0, 0].numpy()
        return perf_counter() - begin

    return turn


def ours(network: Architecture, plan: TrainingPlan, data: TrainingData, *, precision: str) -> Epoch:
    model = build(network, seed=1, logits=True, precision=precision)
    optimizer = make_optimizer(plan, images=len(data.train_images))
    optimizer.build(model.trainable_variables)
    augmenter = make_augmenter(plan.augmentation, input_shape=data.input_shape) if plan.augmentation else None
    runner = make_runner(model, optimizer, data, Recipe(plan.batch_size, plan.label_smoothing, augmenter))

    def epoch(number: int) -> float:
        begin = perf_counter()
        runner.train_epoch(epoch_order(len(data.train_images), seed=1, epoch=number))
        return perf_counter() - begin

    return epoch


def with_fit(network: Architecture, plan: TrainingPlan, data: TrainingData, *, steps_per_execution: int) -> Epoch:
    varied = keras_layers(plan.augmentation) if plan.augmentation else ()
    model = keras.Sequential([keras.Input(data.input_shape), *varied, build(network, seed=1)])
    model.compile(
        make_optimizer(plan, images=len(data.train_images)),
        keras.losses.CategoricalCrossentropy(label_smoothing=plan.label_smoothing),
        metrics=["accuracy"],
        steps_per_execution=steps_per_execution,
    )
    images = np.asarray(data.train_images, np.float32) / 255.0
    labels = keras.utils.to_categorical(data.train_labels, data.classes)

    def epoch(number: int) -> float:
        clock = _EpochClock()
        given = {"batch_size": plan.batch_size, "initial_epoch": number, "epochs": number + 1}
        model.fit(images, labels, **given, callbacks=[clock], verbose=0)
        return clock.seconds

    return epoch


class _EpochClock(keras.callbacks.Callback):  # type: ignore[misc]
    """Times an epoch of `fit`."""

    seconds = 0.0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras's
        """Starts."""
        self._begin = perf_counter()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002
        """Stops."""
        self.seconds = perf_counter() - self._begin


def keras_layers(augmentation: Augmentation) -> tuple[keras.Layer, ...]:
    """What a person would put in front of a model to vary images as far."""
    shift, turn, zoom = (
        augmentation.strength * most for most in (augmentation.translation, augmentation.rotation / 360, augmentation.zoom)
    )
    return (
        keras.layers.RandomTranslation(shift, shift, fill_mode="nearest"),
        keras.layers.RandomRotation(turn, fill_mode="nearest"),
        keras.layers.RandomZoom(zoom, fill_mode="nearest"),
    )


def _named(precision: str) -> str:
    return "nas" if precision == "float32" else f"nas {precision}"


def _spread(ratios: list[float]) -> dict[str, float]:
    return {"median": round(median(ratios), 3), "lowest": round(min(ratios), 3), "highest": round(max(ratios), 3)}


def _network(name: str, *, space: str) -> Architecture:
    """A hand-designed network of a space.

    Raises:
        SpaceError: If the space has none of that name.
    """
    named = designed_by_hand(find_space(space), Task(input_shape=(28, 28, 1), classes=10))
    if name not in named:
        raise SpaceError(f"The space {space} has no hand-designed network {name!r}; it has {', '.join(named)}.")
    return named[name]


if __name__ == "__main__":
    main()
