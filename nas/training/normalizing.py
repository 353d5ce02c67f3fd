"""Keras's BatchNormalization by TensorFlow's one kernel for it, which is faster than the sums that Keras writes out."""

from typing import Any

import keras
import tensorflow as tf

_IMAGES = 4
"""Axes of a batch of images."""


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """The same layer with the same variables, equal up to rounding; only where it trains on images is another kernel at work.

    It is for training alone: models that are shipped are built of Keras's own layer.

    Source: tensorflow.org/api_docs/python/tf/raw_ops/FusedBatchNormV3.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:  # noqa: FBT001 - Keras's
        """Images (batch, height, width, channels) normalized by channel; moves the moving statistics as Keras does."""
        if not training or len(inputs.shape) != _IMAGES:
            return super().call(inputs, training=training, mask=mask)
        images = tf.cast(inputs, tf.float32)
        outputs, mean, unbiased, *_ = tf.raw_ops.FusedBatchNormV3(
            x=images,
            scale=tf.convert_to_tensor(self.gamma),
            offset=tf.convert_to_tensor(self.beta),
            mean=tf.zeros(0),
            variance=tf.zeros(0),
            epsilon=self.epsilon,
            is_training=True,
        )
        count = tf.cast(tf.reduce_prod(tf.shape(images)[:-1]), tf.float32)
        variance = unbiased * tf.maximum(count - 1, 1) / count  # the kernel's is for samples, Keras keeps the batch's own
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + now * (1 - self.momentum))
        return tf.cast(outputs, self.compute_dtype)
