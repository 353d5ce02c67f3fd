"""ONNX: a network as a graph that onnxruntime opens."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def write_onnx(model: "keras.Model", path: Path) -> None:
    """An ONNX file from (batch, height, width, channels) to (batch, classes), of any batch."""
    import keras
    import onnx

    images = keras.InputSpec(shape=model.input_shape, dtype="float32", name="image")
    model.export(path, format="onnx", verbose=False, input_signature=[images])
    graph = onnx.load(path)
    for value in (*graph.graph.input, *graph.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"  # the converter writes a number of its own
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, path)
