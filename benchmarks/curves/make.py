"""A table of real curves: random networks of the plain space that fit 7,000 parameters, trained to the end on several seeds.

    python benchmarks/curves/make.py draw --networks 400
    KERAS_BACKEND=jax python benchmarks/curves/make.py train --seeds 4 --processes 12 --minutes 9

`draw` writes networks.csv (uniform draws of the space's choices, over-budget and repeated ones skipped, seed 1). `train`
appends to curves.csv: a row for each network and seed, with the validation accuracy after each of the notebook plan's
epochs and how many seconds they took; it goes on where it was, networks in order, all of a network's seeds first.
"""

import argparse
import csv
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from nas.architecture import Architecture, Budget, Task, fits, layers_of, measure, parse_architecture

HERE = Path(__file__).parent
TASK = Task(input_shape=(28, 28, 1), classes=10, budget=Budget(parameters=7_000))
EPOCHS = 15
NETWORK_COLUMNS = ("network", "parameters", "macs", "architecture")
CURVE_COLUMNS = ("network", "seed", "seconds", *(f"val_accuracy_{epoch}" for epoch in range(1, EPOCHS + 1)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    draw_command = commands.add_parser("draw")
    draw_command.add_argument("--networks", type=int, default=400)
    train_command = commands.add_parser("train")
    train_command.add_argument("--seeds", type=int, default=2)
    train_command.add_argument("--processes", type=int, default=2)
    train_command.add_argument("--minutes", type=float, default=1e9)
    train_command.add_argument("--folder", type=Path, default=HERE)
    arguments = parser.parse_args()
    if arguments.command == "draw":
        draw(arguments.networks)
    else:
        train(arguments)


def draw(wanted: int) -> None:
    import optuna

    from nas.engine.spaces import find_space

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    space = find_space("plain")
    found: dict[str, Architecture] = {}
    while len(found) < wanted:
        network = layers_of(space.draw(study.ask(), TASK))
        if fits(measure(network), budget=TASK.budget):
            found.setdefault(network.key, network)
    with (HERE / "networks.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(NETWORK_COLUMNS)
        for index, network in enumerate(found.values()):
            cost = measure(network)
            writer.writerow((index, cost.parameters, cost.macs, network.canonical_json))


def train(arguments: argparse.Namespace) -> None:
    file = arguments.folder / "curves.csv"
    done = {(int(row["network"]), int(row["seed"])) for row in read(file)} if file.exists() else set()
    networks = [(int(row["network"]), row["architecture"]) for row in read(HERE / "networks.csv")]
    wanted = [(index, seed, text) for index, text in networks for seed in range(arguments.seeds) if (index, seed) not in done]
    end = time.monotonic() + 60 * arguments.minutes
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # several processes share one card
    pool = ProcessPoolExecutor(arguments.processes, get_context("spawn"))
    with file.open("a", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        if not done:
            writer.writerow(CURVE_COLUMNS)
        for future in as_completed([pool.submit(train_one_network, *job, end) for job in wanted]):
            row = future.result()
            if row is not None:
                writer.writerow(row)
                out.flush()


def train_one_network(index: int, seed: int, text: str, end: float) -> tuple[object, ...] | None:
    """A row of curves.csv, or None once the time is up."""
    if time.monotonic() > end:
        return None
    from nas.data import find
    from nas.training.plan import NOTEBOOK
    from nas.training.trainer import train_one
    from nas.training.work import Work

    network = parse_architecture(text, source=f"network {index}")
    segment = train_one(Work(network, NOTEBOOK, find("mnist"), seed, EPOCHS))
    seconds = sum(row.seconds for row in segment.curve)
    return index, seed, f"{seconds:.2f}", *(f"{row.val_accuracy:.5f}" for row in segment.curve)


def read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="") as file:
        yield from csv.DictReader(file)


if __name__ == "__main__":
    main()
