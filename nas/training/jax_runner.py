"""Whole epochs inside one JAX computation; the fast way on a GPU."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from nas.data import TrainingData
from nas.training.runners import EVALUATION_BATCH, Figures, Recipe

State = tuple[Any, Any, Any, Any]
"""Trainable variables, other variables of the model, the optimizer's variables, the augmenter's."""


class JaxRunner:
    """An `EpochRunner` that scans over batches of images on the device."""

    def __init__(self, model: Any, optimizer: Any, data: TrainingData, recipe: Recipe) -> None:
        self._model, self._optimizer, self._recipe, self._batch = model, optimizer, recipe, recipe.batch_size
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
        trainable, others, *_ = ([variable.value for variable in group] for group in self._groups)
        return _figures(self._evaluation(trainable, others, *self._val), len(self._val[0]))

    @property
    def _groups(self) -> State:
        augmenter = self._recipe.augmenter
        drawn = augmenter.non_trainable_variables if augmenter else []
        return self._model.trainable_variables, self._model.non_trainable_variables, self._optimizer.variables, drawn

    def _train_pass(self, state: State, images: jax.Array, labels: jax.Array, order: jax.Array) -> tuple[State, jax.Array]:
        def loss(trainable: Any, others: Any, batch: jax.Array, truth: jax.Array) -> tuple[jax.Array, tuple[Any, jax.Array]]:
            outputs, others, penalties = self._model.stateless_call(trainable, others, batch, training=True, return_losses=True)
            losses = self._losses(outputs, truth, smoothing=self._recipe.label_smoothing)
            return losses.mean() + sum(penalties), (others, _sums(losses, outputs, truth))

        def step(state: State, rows: jax.Array) -> tuple[State, jax.Array]:
            trainable, others, slots, drawn = state
            batch, truth = _scaled(images[rows]), labels[rows]
            if self._recipe.augmenter:
                batch, drawn = self._recipe.augmenter.stateless_call([], drawn, batch, training=True)
            (_, (others, sums)), gradient = jax.value_and_grad(loss, has_aux=True)(trainable, others, batch, truth)
            trainable, slots = self._optimizer.stateless_apply(slots, gradient, trainable)
            return (trainable, others, slots, drawn), sums

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
            outputs, _ = self._model.stateless_call(trainable, others, _scaled(images[start:stop]), training=False)
            total += _sums(self._losses(outputs, labels[start:stop]), outputs, labels[start:stop])
        return total

    def _losses(self, outputs: jax.Array, truth: jax.Array, *, smoothing: float = 0.0) -> jax.Array:
        if self._recipe.criterion:
            return jnp.asarray(self._recipe.criterion(truth, outputs))
        return _cross_entropy(outputs, truth, smoothing=smoothing)


def _scaled(pixels: jax.Array) -> jax.Array:
    return pixels.astype(jnp.float32) / 255.0


def _cross_entropy(logits: jax.Array, truth: jax.Array, *, smoothing: float = 0.0) -> jax.Array:
    logs = jax.nn.log_softmax(logits)
    losses = -jnp.take_along_axis(logs, truth[:, None], axis=1)[:, 0]
    return (1 - smoothing) * losses - smoothing * logs.mean(axis=1) if smoothing else losses


def _sums(losses: jax.Array, logits: jax.Array, truth: jax.Array) -> jax.Array:
    return jnp.stack([losses.sum(), (logits.argmax(axis=-1) == truth).sum().astype(jnp.float32)])


def _figures(sums: jax.Array, count: int) -> Figures:
    loss, correct = (float(value) / count for value in np.asarray(sums))
    return Figures(loss, correct)
