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
_WARM_UP, _LEAST_TIMED = 20, 40
_ROUNDS, _ROUND_SECONDS = 5, 0.1


@dataclass(frozen=True)
class Runtime:
    """An opened file."""

    name: str
    """Name and version of what runs it."""
    run: Callable[[NDArray[np.float32]], Probabilities]
    """Class probabilities of prepared images (images, height, width, channels)."""


@dataclass(frozen=True)
class Ran:
    """What a file's network answered."""

    runtime: str
    outputs: Probabilities
    """For every image."""


def answers(runtime: Runtime, images: Images, *, rescaling_inside: bool) -> Probabilities:
    """What a runtime answers to images."""
    batches = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
    return np.concatenate([runtime.run(prepared(batch, rescaling_inside=rescaling_inside)) for batch in batches])


def latency_us(runtime: Runtime, image: Images, *, rescaling_inside: bool) -> float:
    """Time that a runtime takes for one image, as (1, height, width, channels), in microseconds.

    Of some rounds the least median, since whatever else a machine does can only add.
    """
    one = prepared(image, rescaling_inside=rescaling_inside)
    for _ in range(_WARM_UP):
        runtime.run(one)
    return 1e6 * min(_median_seconds(runtime, one) for _ in range(_ROUNDS))


def _median_seconds(runtime: Runtime, one: NDArray[np.float32]) -> float:
    seconds: list[float] = []
    begin = perf_counter()
    end = begin + _ROUND_SECONDS
    while len(seconds) < _LEAST_TIMED or begin < end:
        begin = perf_counter()
        runtime.run(one)
        seconds.append(perf_counter() - begin)
    return median(seconds)


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
    return litert_runtime(path.read_bytes())


def litert_runtime(content: bytes) -> Runtime:
    """A LiteRT file that was read, float or int8, on one thread."""
    from importlib.metadata import version

    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=1)
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
