"""Whole epochs inside one JAX computation; the fast way on a GPU."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from nas.data import TrainingData
from nas.training.runners import EVALUATION_BATCH, Figures

State = tuple[Any, Any, Any]
"""Trainable variables, other variables of the model, the optimizer's variables."""


class JaxRunner:
    """An `EpochRunner` that scans over batches of images on the device."""

    def __init__(self, model: Any, optimizer: Any, data: TrainingData, *, batch_size: int) -> None:
        self._model, self._optimizer, self._batch = model, optimizer, batch_size
        self._train = jnp.asarray(data.train_images), jnp.asarray(data.train_labels)
        self._val = jnp.asarray(data.val_images), jnp.asarray(data.val_labels)
        self._pass = jax.jit(self._train_pass)
        self._evaluation = jax.jit(self._evaluate_pass)

    def train_epoch(self, order: NDArray[np.int32]) -> Figures:
        """One pass over the training images in the given order."""
        state = tuple([variable.value for variable in group] for group in self._groups)
        state, sums = self._pass(state, *self._train, jnp.asarray(order))
        for group, values in zip(self._groups, state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)
        return _figures(sums, len(order))

    def validate(self) -> Figures:
        """One pass over the validation images."""
        trainable, others, _ = ([variable.value for variable in group] for group in self._groups)
        return _figures(self._evaluation(trainable, others, *self._val), len(self._val[0]))

    @property
    def _groups(self) -> tuple[Any, Any, Any]:
        return self._model.trainable_variables, self._model.non_trainable_variables, self._optimizer.variables

    def _train_pass(self, state: State, images: jax.Array, labels: jax.Array, order: jax.Array) -> tuple[State, jax.Array]:
        def loss(trainable: Any, others: Any, rows: jax.Array) -> tuple[jax.Array, tuple[Any, jax.Array]]:
            logits, others = self._model.stateless_call(trainable, others, _scaled(images[rows]), training=True)
            losses = _cross_entropy(logits, labels[rows])
            return losses.mean(), (others, _sums(losses, logits, labels[rows]))

        def step(state: State, rows: jax.Array) -> tuple[State, jax.Array]:
            trainable, others, slots = state
            (_, (others, sums)), gradient = jax.value_and_grad(loss, has_aux=True)(trainable, others, rows)
            trainable, slots = self._optimizer.stateless_apply(slots, gradient, trainable)
            return (trainable, others, slots), sums

        whole = len(order) - len(order) % self._batch
        state, sums = jax.lax.scan(step, state, order[:whole].reshape(-1, self._batch))
        total = sums.sum(axis=0)
        if len(order) % self._batch:
            state, rest = step(state, order[whole:])
            total += rest
        return state, total

    def _evaluate_pass(self, trainable: Any, others: Any, images: jax.Array, labels: jax.Array) -> jax.Array:
        total = jnp.zeros(2)
        for start in range(0, len(images), EVALUATION_BATCH):
            stop = start + EVALUATION_BATCH
            logits, _ = self._model.stateless_call(trainable, others, _scaled(images[start:stop]), training=False)
            total += _sums(_cross_entropy(logits, labels[start:stop]), logits, labels[start:stop])
        return total


def _scaled(pixels: jax.Array) -> jax.Array:
    return pixels.astype(jnp.float32) / 255.0


def _cross_entropy(logits: jax.Array, truth: jax.Array) -> jax.Array:
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), truth[:, None], axis=1)[:, 0]


def _sums(losses: jax.Array, logits: jax.Array, truth: jax.Array) -> jax.Array:
    return jnp.stack([losses.sum(), (logits.argmax(axis=-1) == truth).sum().astype(jnp.float32)])


def _figures(sums: jax.Array, count: int) -> Figures:
    loss, correct = (float(value) / count for value in np.asarray(sums))
    return Figures(loss, correct)
