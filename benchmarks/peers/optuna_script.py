"""A competent user's script: Optuna's TPE, told of the budget, and its median pruner, two processes on one SQLite study.

python optuna_script.py --seed 1 --seconds 600 --out rows/optuna-s1.jsonl
"""

from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from keras_peer import Arrays, Training, arrays_of, begin_training, compiled, noted_rows, use_one_thread
from searching import BUDGET, TASK, WORKERS, Order, conduct, leave_rows, order_of, order_parser

from nas.architecture import measure
from nas.training.plan import NOTEBOOK
from search_spaces.plain import space

if TYPE_CHECKING:
    import keras
    import optuna

STUDY = "search"
STEPS_PER_EXECUTION = 75
"""A divisor of the 375 steps of an epoch, which spares most of Python's time between steps."""
BUSY_SECONDS = 60


def main() -> None:
    arguments = order_parser(__doc__).parse_args()
    use_one_thread()
    with TemporaryDirectory(prefix="peers-optuna-") as name:
        order = order_of(arguments, searcher="optuna")
        import optuna

        optuna.create_study(study_name=STUDY, storage=storage(Path(name)), direction="maximize")
        spawn = get_context("spawn")
        workers = [spawn.Process(target=work, args=(order, Path(name), number), daemon=True) for number in range(WORKERS)]
        end = conduct(order, workers)
        leave_rows(order, noted_rows(Path(name)), end)


def storage(folder: Path) -> "optuna.storages.RDBStorage":
    """The study's file, with patience for the other process."""
    import optuna

    return optuna.storages.RDBStorage(
        f"sqlite:///{folder / 'study.db'}", engine_kwargs={"connect_args": {"timeout": BUSY_SECONDS}}
    )


def work(order: Order, folder: Path, number: int) -> None:
    """What each process does until it is ended."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.load_study(
        study_name=STUDY,
        storage=storage(folder),
        sampler=optuna.samplers.TPESampler(seed=WORKERS * order.seed + number),
        pruner=optuna.pruners.MedianPruner(),
    )
    study.optimize(Objective(order, folder, arrays_of(order.data)))


@dataclass(frozen=True)
class Objective:
    """What the study maximizes: validation accuracy after the last epoch."""

    order: Order
    folder: Path
    arrays: Arrays

    def __call__(self, trial: "optuna.Trial") -> float:
        """The last validation accuracy of a network that fits; others are pruned before training."""
        import keras
        import optuna

        network = space(trial, TASK)
        parameters = measure(network).parameters
        trial.set_constraint("parameters", parameters / BUDGET - 1)
        if parameters > BUDGET:
            raise optuna.TrialPruned
        seed = 10_000 * self.order.seed + trial.number
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        training = begin_training(self.order, self.folder, network, seed=seed)
        model = compiled(network, seed=seed, steps_per_execution=STEPS_PER_EXECUTION)
        curve = self._fit(model, training, trial)
        training.note(curve, value=curve[-1], completed=True)
        return curve[-1]

    def _fit(self, model: "keras.Model", training: Training, trial: "optuna.Trial") -> list[float]:
        import keras

        pruning = keras.callbacks.LambdaCallback(on_epoch_end=partial(prune, trial))
        history = model.fit(
            *self.arrays.train,
            batch_size=NOTEBOOK.batch_size,
            epochs=NOTEBOOK.epochs,
            validation_data=self.arrays.validation,
            validation_batch_size=1_000,
            callbacks=[training.callback, pruning],
            verbose=0,
        )
        return [float(value) for value in history.history["val_accuracy"]]


def prune(trial: "optuna.Trial", epoch: int, logs: dict[str, float]) -> None:
    """Ends a training that the study's pruner gives up, as Optuna's own callback for Keras does."""
    import optuna

    trial.report(logs["val_accuracy"], epoch)
    if trial.should_prune():
        raise optuna.TrialPruned


if __name__ == "__main__":
    main()
