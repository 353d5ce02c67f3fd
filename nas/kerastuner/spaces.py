"""Our search spaces as a HyperModel of KerasTuner."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import keras
import keras_tuner

from nas.architecture import Network, Task, describe_excess, fits, measure, violations
from nas.architecture.suggest import Value
from nas.engine.spaces import Space, find_space
from nas.errors import SpaceError
from nas.training.build import build
from nas.training.optimizing import make_optimizer
from nas.training.plan import NOTEBOOK, TrainingPlan


class SpaceHyperModel(keras_tuner.HyperModel):  # type: ignore[misc]
    """A search space for `keras_tuner.Tuner`: builds and compiles its networks for pixels from 0 to 1.

    A network over the budget is never trained: its trial fails before, by a `FailedTrialError`. KerasTuner ends a search after
    three failed trials in a row, so give `OptunaOracle` the method `violations`, which keeps such networks from becoming
    trials, or another oracle a higher `max_consecutive_failed_trials`.

    Args:
        space: A name, `module:function`, or a space that was found.
        task: Images, classes and budget.
        plan: Optimizer and loss that networks are compiled with; batch size and epochs are arguments of `Tuner.search`.
        seed: Gives first weights; each build has other ones.

    Raises:
        SpaceError: If the plan has a schedule or an augmentation, for which `Tuner.search` has no place.
    """

    def __init__(self, space: str | Space, task: Task, *, plan: TrainingPlan = NOTEBOOK, seed: int = 0) -> None:
        super().__init__()
        if plan.scheduled or plan.augmentation or plan.optimizer == "compiled":
            raise SpaceError(
                f"The plan {plan.name} has a schedule, an augmentation or no optimizer, which cannot be compiled into a model;"
                " give a plan with a constant learning rate."
            )
        self._space = find_space(space) if isinstance(space, str) else space
        self._task, self._plan, self._seeds = task, plan, count(seed)

    def network(self, hp: keras_tuner.HyperParameters) -> Network:
        """The network of some hyperparameters, which is told of those that the space asks for."""
        return self._space.draw(_Suggesting(hp), self._task)

    def violations(self, hp: keras_tuner.HyperParameters) -> dict[str, float]:
        """By which share each limit of the budget is exceeded, at most 0 where it is not."""
        return violations(measure(self.network(hp.copy())), budget=self._task.budget)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """A compiled model, whatever it costs: KerasTuner builds some to see which hyperparameters there are."""
        model = build(self.network(hp), seed=next(self._seeds), precision=self._plan.precision)
        model.compile(
            optimizer=make_optimizer(self._plan, images=1),  # without a schedule, steps do not count
            loss=self._loss,
            metrics=["accuracy"],
        )
        return model

    def _loss(self, truth: Any, outputs: Any) -> Any:
        """Cross-entropy of class numbers, smoothed as the plan says."""
        wanted = keras.ops.one_hot(keras.ops.reshape(truth, (-1,)), self._task.classes)
        return keras.losses.categorical_crossentropy(wanted, outputs, label_smoothing=self._plan.label_smoothing)

    def fit(self, hp: keras_tuner.HyperParameters, model: keras.Model, *args: Any, **kwargs: Any) -> Any:
        """Trains a model that is within the budget.

        Raises:
            FailedTrialError: If it is not.
        """
        cost = measure(self.network(hp))
        if not fits(cost, budget=self._task.budget):
            raise keras_tuner.errors.FailedTrialError(f"The network has {describe_excess(cost, budget=self._task.budget)}.")
        return super().fit(hp, model, *args, **kwargs)


class _Suggesting:
    """What a space draws from, over KerasTuner's hyperparameters."""

    def __init__(self, hp: keras_tuner.HyperParameters) -> None:
        self._hp = hp

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        value: int = self._hp.Int(name, low, high, **({"sampling": "log"} if log else {"step": step}))
        return value

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        value: float = self._hp.Float(name, low, high, step=step, sampling="log" if log else "linear")
        return value

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        """One of the choices; where KerasTuner does not take them as they are, they are known by their spelling."""
        kinds = {type(choice) for choice in choices}
        spelled = list(choices) if len(kinds) == 1 and kinds <= {int, float, str} else [repr(choice) for choice in choices]
        return choices[spelled.index(self._hp.Choice(name, spelled))]
