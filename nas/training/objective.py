"""What a training minimises, and by which optimizer: a recipe's, or those that a model was compiled with."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import keras

from nas.architecture import Factory, Network
from nas.errors import SpaceError
from nas.training.optimizing import make_optimizer
from nas.training.plan import TrainingPlan

_SPARSE: Final = (keras.losses.SparseCategoricalCrossentropy, keras.losses.sparse_categorical_crossentropy)
_ONE_HOT: Final = (keras.losses.CategoricalCrossentropy, keras.losses.categorical_crossentropy)
_BEYOND_A_STEP: Final = (
    "clipnorm",
    "global_clipnorm",
    "clipvalue",
    "gradient_accumulation_steps",
    "loss_scale_factor",
)
_AROUND_A_STEP: Final = ("apply", "_backend_apply_gradients", "_backend_update_step")


class Criterion(Protocol):
    """Says how wrong outputs are, inside the backend's graph."""

    def __call__(self, truth: Any, outputs: Any) -> Any:
        """The loss of each image (batch,), from class numbers (batch,) and outputs (batch, classes)."""


@dataclass(frozen=True)
class Objective:
    """What a model is trained by."""

    optimizer: Any
    """Keras's optimizer, not built yet."""
    criterion: Criterion | None
    """What it makes small; None for cross-entropy of logits, which each backend computes at its best."""


@dataclass(frozen=True)
class KerasLoss:
    """One of Keras's losses as a criterion."""

    loss: Any
    """A loss, or a function of truth and outputs."""
    classes: int | None
    """How many classes, where the truth is to be a vector of zeros and a one."""

    def __call__(self, truth: Any, outputs: Any) -> Any:
        """The loss of each image."""
        wanted = truth if self.classes is None else keras.ops.one_hot(truth, self.classes)
        return getattr(self.loss, "call", self.loss)(wanted, keras.ops.cast(outputs, "float32"))


def objective(network: Network, plan: TrainingPlan, model: Any, *, images: int) -> Objective:
    """The optimizer and the criterion of a training.

    Args:
        network: What is trained.
        plan: The recipe; `compiled` leaves both to a model that was compiled.
        model: Its Keras model.
        images: Training images in an epoch.
    """
    if isinstance(network, Factory) and plan.optimizer == "compiled" and network.compiled:
        return Objective(model.optimizer, _own(model.loss, classes=network.classes))
    optimizer = make_optimizer(plan, images=images)
    if not isinstance(network, Factory) or network.outputs == "logits":
        return Objective(optimizer, None)
    smoothed = keras.losses.CategoricalCrossentropy(label_smoothing=plan.label_smoothing)
    return Objective(optimizer, KerasLoss(smoothed, network.classes))


def make_slots(optimizer: Any, variables: list[Any]) -> None:
    """Builds an optimizer on the variables, and has it list all that it keeps: Keras's Nadam leaves out a product of momenta."""
    optimizer.build(variables)
    listed = {id(variable) for variable in optimizer.variables}
    for kept in vars(optimizer).values():
        if isinstance(kept, keras.Variable) and id(kept) not in listed:
            optimizer._track_variable(kept)


def takes_plain_steps(optimizer: Any) -> bool:
    """Whether an optimizer does nothing to variables but decay weights, its own `update_step`, and keep averages."""
    same = all(getattr(type(optimizer), name) is getattr(keras.optimizers.Optimizer, name) for name in _AROUND_A_STEP)
    return same and all(getattr(optimizer, name, None) in (None, False, 0) for name in _BEYOND_A_STEP)


def require_objective(model: Any) -> None:
    """Nothing, for a model that is not compiled, or with a loss and an optimizer that can be followed here.

    Raises:
        SpaceError: If its own compile asks for another loss than cross-entropy, or for moving averages.
    """
    if not model.compiled:
        return
    _own(model.loss, classes=1)
    if getattr(model.optimizer, "use_ema", False):
        raise SpaceError("its optimizer keeps moving averages of the weights (use_ema), which a search would leave out")


def _own(loss: Any, *, classes: int) -> KerasLoss:
    """The loss that a model was compiled with."""
    found = keras.losses.get(loss) if loss is not None else None
    for kinds, wanted in ((_SPARSE, None), (_ONE_HOT, classes)):
        if isinstance(found, kinds[0]) or found is kinds[1]:
            return KerasLoss(found, wanted)
    name = getattr(found, "name", None) or getattr(found, "__name__", None) or repr(loss)
    raise SpaceError(f"its model is compiled with the loss {name}; a search takes (sparse) categorical crossentropy")
