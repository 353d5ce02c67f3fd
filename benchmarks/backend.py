"""Training on whatever backend and device Keras has here: seconds an epoch, and how nearly two segments equal one.

    KERAS_BACKEND=jax python benchmarks/backend.py [--network model-5] [--epochs 4] [--seeds 3]

Prints the seconds of the fastest epoch, the validation accuracies, and the largest difference of a weight and of a
validation loss between training in one go and in two segments with the same seed.
"""

import argparse
import json

import keras
import numpy as np

from nas.architecture import Task
from nas.baselines import NAMES, baselines
from nas.data import find
from nas.training.plan import NOTEBOOK
from nas.training.trainer import train_one
from nas.training.work import Segment, Work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--network", choices=NAMES, default="model-5")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    data = find("mnist")
    network = baselines(Task(input_shape=(28, 28, 1), classes=10))[arguments.network]
    rows = []
    for seed in range(arguments.seeds):
        whole = train_one(Work(network, NOTEBOOK, data, seed, arguments.epochs))
        first = train_one(Work(network, NOTEBOOK, data, seed, arguments.epochs // 2))
        second = train_one(Work(network, NOTEBOOK, data, seed, arguments.epochs, first.checkpoint))
        rows.append(
            {
                "seed": seed,
                "seconds_of_fastest_epoch": min(row.seconds for row in whole.curve),
                "val_accuracy": [row.val_accuracy for row in whole.curve],
                "val_accuracy_in_two": [row.val_accuracy for row in (*first.curve, *second.curve)],
                "largest_weight_difference": _largest_difference(whole, second),
                "largest_val_loss_difference": abs(whole.curve[-1].val_loss - second.curve[-1].val_loss),
            }
        )
    print(
        json.dumps({"backend": keras.backend.backend(), "device": _device(), "keras": keras.__version__, "rows": rows}, indent=1)
    )


def _largest_difference(one: Segment, other: Segment) -> float:
    pairs = ((array, other.checkpoint.arrays[name]) for name, array in one.checkpoint.arrays.items() if name.startswith("model/"))
    return max(float(np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)).max()) for a, b in pairs)


def _device() -> str:
    if keras.backend.backend() == "jax":
        import jax

        return f"{jax.devices()[0].device_kind}, jax {jax.__version__}"
    return "CPU"


if __name__ == "__main__":
    main()
