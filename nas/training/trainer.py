"""Training as a function: the same work gives the same segment, in one go or in pieces."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isfinite
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nas.architecture import Network
from nas.data import DataRef, TrainingData, load
from nas.training.build import build
from nas.training.curve import EpochRow
from nas.training.plan import TrainingPlan
from nas.training.runners import EpochRunner, Recipe, make_runner
from nas.training.work import Checkpoint, Segment, Work

if TYPE_CHECKING:
    import keras

    from nas.training.augmenting import RandomAffine

_WEIGHTS_STREAM, _ORDER_STREAM = 0, 1


def train(works: tuple[Work, ...]) -> tuple[Segment, ...]:
    """One segment for each work, in order.

    What an epoch does is a function of seed and epoch alone, so a training that is cut into segments
    gives the same weights, bit for bit on one machine with the same threads, as one that is not.
    """
    return tuple(_train_one(work) for work in works)


def train_one(work: Work) -> Segment:
    """The segment of a single work."""
    return train((work,))[0]


@dataclass(frozen=True)
class Pace:
    """How long a training takes here."""

    start: float
    """Seconds before the first step of a segment: building the network and its graph."""
    epoch: float
    """Seconds for an epoch."""


def probe(work: Work, *, batches: int = 24) -> Pace:
    """How long a work takes here, from a few batches of it; no figure of it is kept."""
    begin = perf_counter()
    runner = _prepare(work).runner
    count = len(_loaded(work.data).train_images)
    order = epoch_order(count, seed=work.seed, epoch=1)[: batches * work.plan.batch_size]
    runner.train_epoch(order)  # builds the graph
    start = perf_counter() - begin
    runner.train_epoch(order)
    seconds = perf_counter() - begin - start
    return Pace(start=max(0.0, start - seconds), epoch=seconds * count / len(order))


def epoch_order(count: int, *, seed: int, epoch: int) -> NDArray[np.int32]:
    """The order of `count` images in an epoch, counted from 1: a function of its arguments alone."""
    generator = np.random.default_rng(np.random.SeedSequence((seed, _ORDER_STREAM, epoch)))
    return generator.permutation(count).astype(np.int32)


def weights_seed(seed: int) -> int:
    """The seed that a training's first weights and dropout come from."""
    return int(np.random.SeedSequence((seed, _WEIGHTS_STREAM)).generate_state(1)[0])


def predict(network: Network, plan: TrainingPlan, checkpoint: Checkpoint, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Class probabilities (images, classes) of a trained network for images, computed as its plan says."""
    return classify(network, checkpoint, images, precision=plan.precision)


def classify(
    network: Network, checkpoint: Checkpoint, images: NDArray[np.uint8], *, precision: str = "float32"
) -> NDArray[np.float32]:
    """Class probabilities (images, classes) of a network with these weights for images (count, height, width, channels)."""
    model = build(network, precision=precision)
    restore_weights(model, checkpoint)
    batches = [images[start : start + 1_000] for start in range(0, len(images), 1_000)]
    return np.concatenate([np.asarray(model(batch.astype(np.float32) / 255.0, training=False)) for batch in batches])


def restore_weights(model: "keras.Model", checkpoint: Checkpoint) -> None:
    """A model's variables set to those of a checkpoint."""
    _restore("model", model.variables, checkpoint)


@dataclass(frozen=True)
class _Training:
    """A network made ready to be trained."""

    model: "keras.Model"
    optimizer: "keras.optimizers.Optimizer"
    runner: EpochRunner
    slots: Mapping[str, NDArray[np.generic]]
    """The optimizer's variables before its first step."""
    augmenter: "RandomAffine | None"
    """Varies the images of a batch, or None."""

    def begin_epoch(self, epoch: int, *, seed: int) -> None:
        """Sets what is drawn anew in each epoch."""
        if self.augmenter:
            from nas.training.augmenting import reseed

            reseed(self.augmenter, seed=seed, epoch=epoch)

    @property
    def averaged(self) -> bool:
        """Whether there is a moving average of the weights to be judged in their place."""
        return bool(self.optimizer.use_ema and int(self.optimizer.iterations))

    @contextmanager
    def judged(self) -> Iterator[None]:
        """The model with the weights that it is judged and exported with; afterwards with those that it trains."""
        if not self.averaged:
            yield
            return
        weights = self.model.trainable_variables
        raw = [np.array(np.asarray(weight)) for weight in weights]
        for weight, average in zip(weights, self.optimizer._model_variables_moving_average, strict=True):
            weight.assign(average)
        try:
            yield
        finally:
            for weight, value in zip(weights, raw, strict=True):
                weight.assign(value)

    @property
    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Where the training stands: `model` is what is judged, `raw` what goes on training where that is another."""
        raw = _named("raw", self.model.trainable_variables) if self.averaged else {}
        with self.judged():
            return _named("model", self.model.variables) | raw | _named("optimizer", self.optimizer.variables)

    def restore(self, start: Checkpoint) -> None:
        """Sets everything to where a training stands."""
        _restore("model", self.model.variables, start)
        if any(name.startswith("raw/") for name in start.arrays):
            _restore("raw", self.model.trainable_variables, start)
        _restore("optimizer", self.optimizer.variables, start)


_latest: dict[str, _Training] = {}
"""What this process trained last, by `_graph_key`: tracing a graph takes a second, so other seeds of the network use it too."""


def _train_one(work: Work) -> Segment:
    training = _prepare(work)
    begin = work.checkpoint.epoch if work.checkpoint else 0
    rows: list[EpochRow] = []
    failure = None
    count = len(_loaded(work.data).train_images)
    for epoch in range(begin + 1, work.until_epoch + 1):
        start = perf_counter()
        training.begin_epoch(epoch, seed=work.seed)
        trained = training.runner.train_epoch(epoch_order(count, seed=work.seed, epoch=epoch))
        with training.judged():
            validated = training.runner.validate()
        if not (isfinite(trained.loss) and isfinite(validated.loss)):
            failure = f"the loss was no longer finite in epoch {epoch}"
            break
        row = EpochRow(
            epoch=epoch,
            train_loss=trained.loss,
            train_accuracy=trained.accuracy,
            val_loss=validated.loss,
            val_accuracy=validated.accuracy,
            seconds=perf_counter() - start,
        )
        rows.append(row)
    return Segment(curve=tuple(rows), checkpoint=Checkpoint(begin + len(rows), training.arrays), failure=failure)


def _prepare(work: Work) -> _Training:
    """A training that stands where the work begins, whatever was done here before."""
    import keras

    key = _graph_key(work)
    if key not in _latest:
        _latest.clear()
        keras.backend.clear_session()  # frees the last one before the next is built
        _latest[key] = _built(work)
        if work.checkpoint is None:
            return _latest[key]
    training = _latest[key]
    training.restore(work.checkpoint or _beginning(work, slots=training.slots))
    return training


def _graph_key(work: Work) -> str:
    """Equal for works that one traced graph can train: whatever of them is no variable is the same."""
    return replace(work, seed=0).key


def _built(work: Work) -> _Training:
    from nas.training.augmenting import make_augmenter
    from nas.training.objective import make_slots, objective

    data, plan, model = _loaded(work.data), work.plan, _built_model(work)
    augmenter = make_augmenter(plan.augmentation, input_shape=data.input_shape) if plan.augmentation else None
    aim = objective(work.network, plan, model, images=len(data.train_images))
    make_slots(aim.optimizer, model.trainable_variables)
    recipe = Recipe(plan.batch_size, plan.label_smoothing, augmenter, aim.criterion)
    runner = make_runner(model, aim.optimizer, data, recipe)
    return _Training(model, aim.optimizer, runner, _named("optimizer", aim.optimizer.variables), augmenter)


def _built_model(work: Work) -> "keras.Model":
    return build(work.network, seed=weights_seed(work.seed), precision=work.plan.precision, logits=True)


def _beginning(work: Work, *, slots: Mapping[str, NDArray[np.generic]]) -> Checkpoint:
    """Where a training of the work's seed begins, as a model built for it stands; that one is never traced."""
    return Checkpoint(0, {**_named("model", _built_model(work).variables), **slots})


@lru_cache(maxsize=2)
def _loaded(ref: DataRef) -> TrainingData:
    return load(ref)


def _named(owner: str, variables: "list[keras.Variable]") -> dict[str, NDArray[np.generic]]:
    return {f"{owner}/{index}": np.array(np.asarray(variable)) for index, variable in enumerate(variables)}


def _restore(owner: str, variables: "list[keras.Variable]", checkpoint: Checkpoint) -> None:
    for index, variable in enumerate(variables):
        variable.assign(checkpoint.arrays[f"{owner}/{index}"])
