"""KerasTuner's Hyperband or Bayesian optimization, in its own distributed mode: a chief and two workers of one thread.

python kerastuner_search.py --tuner hyperband --seed 1 --seconds 600 --out rows/hyperband-s1.jsonl
"""

import os
import socket
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from keras_peer import arrays_of, noted_rows, use_one_thread
from kerastuner_space import only_fitting
from searching import WORKERS, Order, conduct, leave_rows, order_of, order_parser

from nas.training.plan import NOTEBOOK

UNLIMITED = 100_000
"""Trials, or iterations of Hyperband: the clock ends the search."""
PATIENCE_EPOCHS = 5
SEED_STRIDE = 1_000_000
"""KerasTuner draws with its seed plus one, plus two, …: searches with seeds side by side would draw the same networks."""


def main() -> None:
    parser = order_parser(__doc__)
    parser.add_argument("--tuner", choices=("hyperband", "bayesian"), required=True)
    arguments = parser.parse_args()
    use_one_thread()
    with TemporaryDirectory(prefix="peers-kerastuner-") as name:
        order = order_of(arguments, searcher=arguments.tuner)
        folder, port, spawn = Path(name), free_port(), get_context("spawn")
        members = ("chief", *(f"worker{number}" for number in range(WORKERS)))
        processes = [spawn.Process(target=take_part, args=(order, folder, port, member), daemon=True) for member in members]
        end = conduct(order, processes)
        leave_rows(order, noted_rows(folder), end)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def take_part(order: Order, folder: Path, port: int, member: str) -> None:
    """What the chief and each worker do until they are ended."""
    os.environ.update(KERASTUNER_ORACLE_IP="127.0.0.1", KERASTUNER_ORACLE_PORT=str(port), KERASTUNER_TUNER_ID=member)
    import keras
    from kerastuner_model import PlainModel

    number = int(member.removeprefix("worker")) if member != "chief" else WORKERS
    keras.utils.set_random_seed(10_000 * order.seed + number)
    model = PlainModel(order, folder, seed=10_000 * order.seed + number)
    tuner = make_tuner(order, model, folder)
    arrays = None if member == "chief" else arrays_of(order.data)
    tuner.search(
        *(arrays.train if arrays else ()),
        validation_data=arrays.validation if arrays else None,
        validation_batch_size=1_000,
        batch_size=NOTEBOOK.batch_size,
        epochs=NOTEBOOK.epochs,
        callbacks=[keras.callbacks.EarlyStopping("val_loss", patience=PATIENCE_EPOCHS)],
        verbose=0,
    )


def make_tuner(order: Order, model: Any, folder: Path) -> Any:
    """The tuner that the order names, with its defaults but for the seed and what the clock decides."""
    import keras_tuner

    place = {"directory": folder, "project_name": "search", "objective": "val_accuracy", "seed": SEED_STRIDE * order.seed}
    if order.searcher == "bayesian":
        return keras_tuner.BayesianOptimization(model, max_trials=UNLIMITED, **place)
    tuner = keras_tuner.Hyperband(model, max_epochs=NOTEBOOK.epochs, factor=3, hyperband_iterations=UNLIMITED, **place)
    if os.environ["KERASTUNER_TUNER_ID"] == "chief":
        tuner.oracle._random_values = only_fitting(tuner.oracle._random_values)
    return tuner


if __name__ == "__main__":
    main()
