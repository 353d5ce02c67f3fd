"""LiteRT files that were made to do harm or to be misread, and the honest one that they are made of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers  # type: ignore[import-untyped]  # it has no stubs
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from hostile import BIAS, KERNEL, hdf5

Change = Callable[[Any], object]
"""Changes a model before it is written."""
Maker = Callable[[Path], None]
"""Writes a file."""


def litert(change: Change | None = None, *, identifier: bytes = b"TFL3") -> bytes:
    """The network of `hostile.pack` as a LiteRT file, with a change."""
    model = _model()
    if change:
        change(model)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), identifier)
    return bytes(builder.Output())


def _model() -> Any:
    model = schema.ModelT(version=3, description="by hand")
    arrays = [KERNEL.T.copy(), BIAS]
    model.buffers = [schema.BufferT(), *(schema.BufferT(data=np.frombuffer(array.tobytes(), np.uint8)) for array in arrays)]
    shapes = [[1, 2, 2, 1], [3, 4], [3], [1, 3], [1, 3]]
    tensors = [schema.TensorT(shape=shape, type=schema.TensorType.FLOAT32, buffer=0, name=b"t") for shape in shapes]
    tensors[1].buffer, tensors[2].buffer = 1, 2
    model.operatorCodes = [_code(schema.BuiltinOperator.FULLY_CONNECTED), _code(schema.BuiltinOperator.SOFTMAX)]
    dense = schema.OperatorT(opcodeIndex=0, inputs=[0, 1, 2], outputs=[3])
    dense.builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
    dense.builtinOptions = schema.FullyConnectedOptionsT()
    softmax = schema.OperatorT(opcodeIndex=1, inputs=[3], outputs=[4])
    softmax.builtinOptionsType = schema.BuiltinOptions.SoftmaxOptions
    softmax.builtinOptions = schema.SoftmaxOptionsT(beta=1.0)
    model.subgraphs = [schema.SubGraphT(tensors=tensors, inputs=[0], outputs=[4], operators=[dense, softmax])]
    return model


def _code(operator: int, *, custom: bytes | None = None) -> Any:
    return schema.OperatorCodeT(deprecatedBuiltinCode=min(operator, 127), builtinCode=operator, customCode=custom, version=1)


def _operator(code: Any) -> Change:
    return lambda model: model.operatorCodes.__setitem__(1, code)


def _shape(index: int, shape: list[int]) -> Change:
    return lambda model: setattr(model.subgraphs[0].tensors[index], "shape", shape)


def _on_tensor(index: int, **values: Any) -> Change:
    return lambda model: vars(model.subgraphs[0].tensors[index]).update(values)


def _on_graph(**values: Any) -> Change:
    return lambda model: vars(model.subgraphs[0]).update(values)


def _written(content: bytes) -> Maker:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(litert())
        file.truncate(300 * 2**20)


def _random() -> bytes:
    noise = np.random.default_rng(0).bytes(4_000)
    return noise[:4] + b"TFL3" + noise


LITERT: dict[str, Maker] = {
    "truncated": _written(litert()[:200]),
    "cut in its weights": _written(litert()[:-120]),
    "nothing": _written(b""),
    "random bytes": _written(_random()),
    "another identifier": _written(litert(identifier=b"EVIL")),
    "an HDF5 file": _written(hdf5(lambda file: file.create_group("layers"))),
    "a custom operator": _written(litert(_operator(_code(schema.BuiltinOperator.CUSTOM, custom=b"FlexPyFunc")))),
    "a delegate": _written(litert(_operator(_code(schema.BuiltinOperator.DELEGATE)))),
    "an operator that branches": _written(litert(_operator(_code(schema.BuiltinOperator.WHILE)))),
    "an operator with memory": _written(litert(_operator(_code(schema.BuiltinOperator.VAR_HANDLE)))),
    "an operator of no name": _written(litert(_operator(_code(9_999)))),
    "a builtin operator with custom code": _written(litert(_operator(_code(schema.BuiltinOperator.SOFTMAX, custom=b"evil")))),
    "an operator that is not listed": _written(litert(lambda model: setattr(model.subgraphs[0].operators[1], "opcodeIndex", 7))),
    "a huge tensor": _written(litert(_shape(3, [2**15, 2**15, 2**15]))),
    "a huge input": _written(litert(_shape(0, [1, 2**20, 2**20, 1]))),
    "a negative size": _written(litert(_shape(3, [-1, 3]))),
    "two graphs": _written(litert(lambda model: model.subgraphs.append(model.subgraphs[0]))),
    "two inputs": _written(litert(_on_graph(inputs=[0, 3]))),
    "no output": _written(litert(_on_graph(outputs=[]))),
    "an output that is not there": _written(litert(_on_graph(outputs=[99]))),
    "an input that is no image": _written(litert(_shape(0, [1, 4]))),
    "a batch of images": _written(litert(_shape(0, [8, 2, 2, 1]))),
    "texts for pixels": _written(litert(_on_tensor(0, type=schema.TensorType.STRING))),
    "int8 without a scale": _written(litert(_on_tensor(0, type=schema.TensorType.INT8))),
    "weights in another file": _written(litert(_on_tensor(1, externalBuffer=1))),
    "weights after its end": _written(litert(lambda model: vars(model.buffers[1]).update(data=None, offset=9_999, size=48))),
    "weights that are not there": _written(litert(lambda model: setattr(model.buffers[1], "data", np.zeros(4, np.uint8)))),
    "a weight of no tensor": _written(
        litert(lambda model: setattr(model.subgraphs[0].operators[0], "inputs", [0, 1_000_000, 2]))
    ),
    "a file of 300 MiB": _sparse,
}
"""Hostile `.tflite` files by what is wrong with them."""
