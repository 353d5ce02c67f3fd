"""LiteRT (TensorFlow Lite): a network as a flatbuffer, in float or fully in int8."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras


def litert_bytes(model: "keras.Model") -> bytes:
    """A float32 LiteRT file of a model; it takes one image at a time.

    A fixed batch of one spares the operators that compute a shape, which a microcontroller would carry for nothing.

    Args:
        model: From (batch, height, width, channels) to (batch, classes).
    """
    return _exported(model)


def litert_int8_bytes(model: "keras.Model", *, calibration: NDArray[np.float32]) -> bytes:
    """A LiteRT file of a model that computes in int8 throughout, its input and output included; one image at a time.

    Kernels are quantised per channel, activations per tensor by the ranges that the calibration images bring about.

    Source: B. Jacob and others, Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
    Inference, CVPR 2018.

    Args:
        model: From (batch, height, width, channels) to (batch, classes).
        calibration: What the model takes, as (images, height, width, channels).
    """
    import tensorflow as tf

    def one_by_one() -> Iterator[list[NDArray[np.float32]]]:
        for index in range(len(calibration)):
            yield [calibration[index : index + 1]]

    return _exported(
        model,
        optimizations=[tf.lite.Optimize.DEFAULT],
        representative_dataset=one_by_one,
        inference_input_type=tf.int8,
        inference_output_type=tf.int8,
        target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]},
    )


def _exported(model: "keras.Model", **settings: Any) -> bytes:
    import keras

    one_image = [keras.InputSpec(shape=(1, *model.input_shape[1:]), dtype="float32", name="image")]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        model.export(path, format="litert", verbose=False, input_signature=one_image, **settings)
        return path.read_bytes()
