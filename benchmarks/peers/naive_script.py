"""The first script that comes to mind: Optuna's TPE around `fit` as it stands, one process, no pruning.

python naive_script.py --seed 1 --seconds 600 --out rows/naive-s1.jsonl
"""

from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from keras_peer import Arrays, arrays_of, begin_training, compiled, noted_rows
from searching import BUDGET, TASK, Order, conduct, leave_rows, order_of, order_parser

from nas.architecture import measure
from nas.training.plan import NOTEBOOK
from search_spaces.plain import space

if TYPE_CHECKING:
    import optuna


def main() -> None:
    arguments = order_parser(__doc__).parse_args()
    with TemporaryDirectory(prefix="peers-naive-") as name:
        order = order_of(arguments, searcher="naive")
        script = get_context("spawn").Process(target=work, args=(order, Path(name)), daemon=True)
        end = conduct(order, [script])
        leave_rows(order, noted_rows(Path(name)), end)


def work(order: Order, folder: Path) -> None:
    """The script itself, until it is ended."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=order.seed))
    study.optimize(Objective(order, folder, arrays_of(order.data)))


@dataclass(frozen=True)
class Objective:
    """What the study maximizes: validation accuracy after the last epoch."""

    order: Order
    folder: Path
    arrays: Arrays

    def __call__(self, trial: "optuna.Trial") -> float:
        """The last validation accuracy of a network that fits; others are skipped."""
        import keras
        import optuna

        network = space(trial, TASK)
        if measure(network).parameters > BUDGET:
            raise optuna.TrialPruned
        seed = 10_000 * self.order.seed + trial.number
        keras.utils.set_random_seed(seed)
        training = begin_training(self.order, self.folder, network, seed=seed)
        history = compiled(network, seed=seed).fit(
            *self.arrays.train,
            batch_size=NOTEBOOK.batch_size,
            epochs=NOTEBOOK.epochs,
            validation_data=self.arrays.validation,
            callbacks=[training.callback],
            verbose=0,
        )
        curve = [float(value) for value in history.history["val_accuracy"]]
        training.note(curve, value=curve[-1], completed=True)
        return curve[-1]


if __name__ == "__main__":
    main()
