"""Whole epochs inside one TensorFlow graph."""

import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from nas.data import TrainingData, gather, release
from nas.training.cluster import available_cores
from nas.training.objective import takes_plain_steps
from nas.training.runners import EVALUATION_BATCH, Figures, Recipe

RESIDENT_BYTES = 512 * 2**20
"""Images up to this size stay in memory as tensors, or up to a quarter of a worker's share of the memory where that is less."""
CHUNK_BYTES = 64 * 2**20
"""More of them go through the graph in chunks of this size, read from the mapped file."""

Tensors = tuple[tf.Tensor, tf.Tensor]
"""Images and their labels."""


class TensorFlowRunner:
    """An `EpochRunner` that gathers batches from tensors in memory, so that Python sees an epoch as one call."""

    def __init__(self, model: Any, optimizer: Any, data: TrainingData, recipe: Recipe) -> None:
        self._model, self._optimizer, self._data, self._recipe = model, optimizer, data, recipe
        self._plain = takes_plain_steps(optimizer)
        self._pass = tf.function(self._train_pass)
        self._evaluation = tf.function(self._evaluate_pass)
        image_bytes = max(1, int(np.prod(data.input_shape)) * data.train_images.dtype.itemsize)
        resident_bytes = _resident_bytes()
        self._chunk = max(1, min(CHUNK_BYTES, resident_bytes) // image_bytes // recipe.batch_size) * recipe.batch_size
        self._fits = (len(data.train_images) + len(data.val_images)) * image_bytes <= resident_bytes

    def train_epoch(self, order: NDArray[np.int32]) -> Figures:
        """One pass over the training images in the given order."""
        if self._fits:
            return _figures(self._pass(*_resident(self._data).train, tf.constant(order)), len(order))
        sums = np.zeros(2)
        for start in range(0, len(order), self._chunk):
            rows = order[start : start + self._chunk]
            tensors = _tensors(gather(self._data.train_images, rows), self._data.train_labels[rows])
            sums += self._pass(*tensors, tf.range(len(rows))).numpy()
        return _figures(sums, len(order))

    def validate(self) -> Figures:
        """One pass over the validation images."""
        count, sums = len(self._data.val_images), np.zeros(2)
        if self._fits:
            return _figures(self._evaluation(*_resident(self._data).val), count)
        for start in range(0, count, self._chunk):
            stop = start + self._chunk
            sums += self._evaluation(*_tensors(self._data.val_images[start:stop], self._data.val_labels[start:stop])).numpy()
        return _figures(sums, count)

    def _train_pass(self, images: tf.Tensor, labels: tf.Tensor, order: tf.Tensor) -> tf.Tensor:
        """Sums of loss and of correct answers over the images named by `order`."""

        def step(rows: tf.Tensor) -> tf.Tensor:
            batch, truth = _scaled(tf.gather(images, rows)), tf.gather(labels, rows)
            if self._recipe.augmenter:
                batch = self._recipe.augmenter(batch, training=True)
            with tf.GradientTape() as tape:
                outputs = self._model(batch, training=True)
                losses = self._losses(truth, outputs)
                mean = tf.reduce_mean(losses)
                if penalties := self._model.losses:  # of regularisers, which only foreign models have
                    mean += tf.add_n(penalties)
            variables = self._model.trainable_variables
            self._apply(tape.gradient(mean, variables), variables)
            return _sums(losses, outputs, truth)

        return _over_batches(order, self._recipe.batch_size, step)

    def _losses(self, truth: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """The criterion of each image; without one, its cross-entropy with its label smoothed."""
        if self._recipe.criterion:
            return self._recipe.criterion(truth, outputs)
        losses, share = tf.nn.sparse_softmax_cross_entropy_with_logits(truth, outputs), self._recipe.label_smoothing
        return (1 - share) * losses - share * tf.reduce_mean(tf.nn.log_softmax(outputs), axis=-1) if share else losses

    def _apply(self, gradients: list[tf.Tensor], variables: list[Any]) -> None:
        """What the optimizer's own `apply` does for one device; that one leaves every traced graph in memory for good.

        Its `all_reduce` is a custom gradient, which TensorFlow keeps in a registry that is never cleared. An optimizer that
        does more, which a foreign model may bring, is left to itself. Weights on which no output depends have no gradient.
        """
        given = [pair for pair in zip(gradients, variables, strict=True) if pair[0] is not None]
        if not self._plain:
            self._optimizer.apply_gradients(given)
            return
        rate = self._optimizer.learning_rate
        self._optimizer._apply_weight_decay(variables)  # nothing, unless it decays weights
        for gradient, variable in given:
            self._optimizer.update_step(gradient, variable, rate)
        if self._optimizer.use_ema:
            self._optimizer._update_model_variables_moving_average(variables)
        for variable in variables:
            if variable.constraint is not None:  # as of a foreign model
                variable.assign(variable.constraint(variable))
        self._optimizer.iterations.assign_add(1)

    def _evaluate_pass(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        def step(rows: tf.Tensor) -> tf.Tensor:
            truth = tf.gather(labels, rows)
            outputs = self._model(_scaled(tf.gather(images, rows)), training=False)
            losses = self._recipe.criterion or tf.nn.sparse_softmax_cross_entropy_with_logits
            return _sums(losses(truth, outputs), outputs, truth)

        return _over_batches(tf.range(images.shape[0]), EVALUATION_BATCH, step)


def _over_batches(order: tf.Tensor, batch: int, step: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
    count = order.shape[0]
    whole = count - count % batch
    sums = tf.zeros(2)
    for start in tf.range(0, whole, batch):
        sums += step(tf.reshape(order[start : start + batch], (batch,)))  # a static shape: kernels are chosen once
    if count % batch:
        sums += step(order[whole:])
    return sums


def _sums(losses: tf.Tensor, outputs: tf.Tensor, truth: tf.Tensor) -> tf.Tensor:
    correct = tf.equal(tf.argmax(outputs, axis=-1, output_type=truth.dtype), truth)
    return tf.stack([tf.reduce_sum(losses), tf.reduce_sum(tf.cast(correct, tf.float32))])


def _scaled(pixels: tf.Tensor) -> tf.Tensor:
    return tf.cast(pixels, tf.float32) / 255.0


class _Resident(NamedTuple):
    """A data set in memory, as images and labels."""

    train: Tensors
    val: Tensors


@lru_cache(maxsize=1)
def _resident(data: TrainingData) -> _Resident:
    """The tensors that all trainings on a data set share in this process."""
    return _Resident(_tensors(data.train_images, data.train_labels), _tensors(data.val_images, data.val_labels))


def _tensors(images: NDArray[np.uint8], labels: NDArray[np.int32]) -> Tensors:
    tensors = tf.constant(np.ascontiguousarray(images)), tf.constant(np.ascontiguousarray(labels))
    release(images)
    return tensors


def _resident_bytes() -> int:
    share = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // available_cores()
    return min(RESIDENT_BYTES, share // 4)


def _figures(sums: Any, count: int) -> Figures:
    loss, correct = (float(value) / count for value in np.asarray(sums))
    return Figures(loss, correct)
