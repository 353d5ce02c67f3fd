"""A file's network at work in the runtime that is meant for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from nas.data import Images
from nas.exporting.litert_facts import dequantise, quantisation, quantise
from nas.exporting.released import prepared

Probabilities = NDArray[np.float32]
"""Class probabilities as (images, classes)."""
_BATCH = 500
_WARM_UP, _TIMED = 20, 200


@dataclass(frozen=True)
class Runtime:
    """An opened file."""

    name: str
    """Name and version of what runs it."""
    run: Callable[[NDArray[np.float32]], Probabilities]
    """Class probabilities of prepared images (images, height, width, channels)."""


@dataclass(frozen=True)
class Ran:
    """What a file's network answered, and how quickly."""

    runtime: str
    outputs: Probabilities
    """For every image."""
    latency_us: float
    """Median time for one image on one thread, in microseconds."""


def run_on(runtime: Runtime, images: Images, *, rescaling_inside: bool) -> Ran:
    """The answers of a runtime to images, and its latency here."""
    batches = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
    outputs = np.concatenate([runtime.run(prepared(batch, rescaling_inside=rescaling_inside)) for batch in batches])
    one = prepared(images[:1], rescaling_inside=rescaling_inside)
    seconds = []
    for _ in range(_WARM_UP + _TIMED):
        begin = perf_counter()
        runtime.run(one)
        seconds.append(perf_counter() - begin)
    return Ran(runtime.name, outputs, 1e6 * median(seconds[_WARM_UP:]))


def open_keras(path: Path) -> Runtime:
    """A `.keras` file, opened as anyone would."""
    import keras

    model = keras.models.load_model(path, compile=False)
    return Runtime(f"Keras {keras.__version__}", lambda images: np.asarray(model(images, training=False)))


def open_saved_model(path: Path) -> Runtime:
    """A folder in TensorFlow's SavedModel format."""
    import tensorflow as tf

    model = tf.saved_model.load(str(path))
    return Runtime(f"TensorFlow {tf.__version__}", lambda images: np.asarray(model.serve(images)))


def open_litert(path: Path) -> Runtime:
    """A LiteRT file, float or int8."""
    from importlib.metadata import version

    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    of_input, of_output = quantisation(given), quantisation(made)

    def run(images: NDArray[np.float32]) -> Probabilities:
        outputs = []
        for image in quantise(images, of_input):
            interpreter.set_tensor(given["index"], image[None])
            interpreter.invoke()
            outputs.append(interpreter.get_tensor(made["index"])[0])
        return dequantise(np.stack(outputs), of_output)

    return Runtime(f"LiteRT {version('ai-edge-litert')}", run)


def open_onnx(path: Path) -> Runtime:
    """An ONNX file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return Runtime(f"ONNX Runtime {onnxruntime.__version__}", lambda images: np.asarray(session.run(None, {name: images})[0]))
