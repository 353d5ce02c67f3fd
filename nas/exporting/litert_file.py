"""A LiteRT file that somebody hands over, as a classifier; what it is made of is looked at before anything runs it."""

import os
import stat
import struct
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nas.architecture import Shape
from nas.data import Images
from nas.errors import ExportError
from nas.exporting.apart import apart
from nas.exporting.litert_facts import Quantisation
from nas.exporting.runtime import answers, litert_runtime

FILE_BYTES: Final = 64 * 2**20
"""Largest LiteRT file that is opened; networks here are small."""
TENSOR_BYTES: Final = 64 * 2**20
"""Most memory that one tensor of a file may take."""
OPERATORS: Final = frozenset(
    {
        *("ADD", "AVERAGE_POOL_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "DEQUANTIZE", "DIV", "FULLY_CONNECTED", "HARD_SWISH"),
        *("LOGISTIC", "MAX_POOL_2D", "MEAN", "MUL", "PAD", "QUANTIZE", "RELU", "RELU_0_TO_1", "RELU6", "RESHAPE", "SOFTMAX"),
        *("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND", "SQUEEZE", "EXPAND_DIMS", "SUB", "SUM", "TRANSPOSE", "MINIMUM", "MAXIMUM"),
    }
)
"""What convolutional classifiers are made of; none of these reads files, calls back, or branches."""
_MOST_PARTS: Final = 10_000
_AGAIN: Final = "write the file again with nas export"


@dataclass(frozen=True)
class LiteRTFile:
    """A network in a LiteRT file; it can be pickled."""

    name: str
    """The file's name."""
    content: bytes
    input_shape: tuple[int, int, int]
    """(height, width, channels) of the images that it takes."""
    output_shape: Shape
    """(classes,)."""
    rescaling: bool
    """Whether it takes pixels from 0 to 255, or takes them divided by 255."""
    takes_floats: bool
    """Whether its input is float32, which does not tell how pixels are scaled."""

    @cached_property
    def weights_sha256(self) -> str:
        """Hash of the file."""
        return sha256(self.content).hexdigest()

    def predict(self, images: Images) -> NDArray[np.float32]:
        """Class probabilities (images, classes) for images (count, height, width, channels), computed apart on one thread.

        Raises:
            ExportError: If the interpreter cannot run the file, or does not survive it.
        """
        try:
            came = apart(_classify, self.content, images, rescaling=self.rescaling)
        except ExportError as error:
            raise ExportError(f"{self.name} cannot be run by LiteRT ({str(error).rstrip('.')}); {_AGAIN}.") from None
        if came.shape != (len(images), *self.output_shape):
            raise ExportError(f"{self.name} gives other values than it says; {_AGAIN}.")
        return came


@dataclass(frozen=True)
class _Described:
    """What a file says of itself."""

    input_shape: tuple[int, int, int]
    output_shape: Shape
    input: Quantisation | None


def open_litert_file(path: Path, *, rescaling: bool | None = None) -> LiteRTFile:
    """A LiteRT file that holds a classifier of images.

    Args:
        path: The file.
        rescaling: Whether it takes pixels from 0 to 255; None where nothing says so: an int8 file tells by the scale of its
            input, and of a float32 file it is assumed that it takes them divided by 255.

    Raises:
        ExportError: If it cannot be read, is none, holds anything but `OPERATORS`, or if LiteRT is not installed.
    """
    if find_spec("ai_edge_litert") is None:
        raise ExportError(f"{path} needs the package ai-edge-litert to be run; install it with pip install 'budget-nas[export]'.")
    content = _content(path)
    described = _describe(content, source=path)
    if rescaling is None:
        rescaling = described.input is not None and described.input.scale > 1.5 / 255  # at most 1/255 without
    return LiteRTFile(path.name, content, described.input_shape, described.output_shape, rescaling, described.input is None)


def _content(path: Path) -> bytes:
    try:
        if stat.S_ISFIFO(path.stat().st_mode):  # whose opening would wait for a writer
            raise ExportError(f"{path} is a pipe, no file; {_AGAIN}.")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > FILE_BYTES:
                raise ExportError(f"{path} has {size:,} bytes; a small network's .tflite file has at most {FILE_BYTES:,}.")
            return file.read(FILE_BYTES)
    except OSError as error:
        raise ExportError(f"The file {path} cannot be read ({error.strerror}).") from None


def _describe(content: bytes, *, source: Path) -> _Described:
    """What the flatbuffer says, read in Python, where an offset to nowhere is an exception."""
    from ai_edge_litert.schema_py_generated import Model

    if content[4:8] != b"TFL3":
        raise ExportError(f"{source} is no LiteRT file (its identifier is not TFL3); {_AGAIN}.")
    try:
        model = Model.GetRootAs(content)
        if model.SubgraphsLength() != 1:
            raise ExportError(f"{source} holds {model.SubgraphsLength()} graphs; a network here is one chain of layers.")
        graph = model.Subgraphs(0)
        _require_operators(model, graph, source=source)
        _require_buffers(model, source=source)
        _require_tensors(graph, source=source)
        return _ends(graph, source=source)
    except (struct.error, IndexError, ValueError, TypeError, OverflowError, AttributeError) as error:
        reason = (str(error).splitlines() or [""])[0][:120]
        raise ExportError(f"{source} is no whole LiteRT file ({reason}); {_AGAIN}.") from None


def _parts(count: int) -> range:
    if count > _MOST_PARTS:
        raise ValueError(f"{count:,} parts")
    return range(count)


def _require_operators(model: Any, graph: Any, *, source: Path) -> None:
    from ai_edge_litert.schema_py_generated import BuiltinOperator

    names = {code: name for name, code in vars(BuiltinOperator).items() if isinstance(code, int)}
    for index in _parts(model.OperatorCodesLength()):
        written = model.OperatorCodes(index)
        code = max(written.BuiltinCode(), written.DeprecatedBuiltinCode())  # as the interpreter reads it
        name = names.get(code, str(code))
        if name not in OPERATORS or written.CustomCode() is not None:
            raise ExportError(
                f"{source} uses the operator {name}, which layers here do not; only built-in ones of theirs are run."
            )
    codes = model.OperatorCodesLength()
    for index in _parts(graph.OperatorsLength()):
        if not graph.Operators(index).OpcodeIndex() < codes:
            raise ValueError("an operator without a name")


def _require_buffers(model: Any, *, source: Path) -> None:
    """Nothing, where all weights stand in the file itself, in its flatbuffer."""
    if any(model.Buffers(index).Offset() > 1 for index in _parts(model.BuffersLength())):
        raise ExportError(f"{source} keeps weights elsewhere; {_AGAIN}.")


def _require_tensors(graph: Any, *, source: Path) -> None:
    for index in _parts(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        if getattr(tensor, "ExternalBuffer", int)():  # a newer schema's way to another file
            raise ExportError(f"{source} keeps weights elsewhere; {_AGAIN}.")
        sizes = [tensor.Shape(axis) for axis in _parts(tensor.ShapeLength())]
        if min(sizes, default=1) < 0 or 8 * prod(sizes) > TENSOR_BYTES:
            raise ExportError(f"{source} has a tensor of shape {'×'.join(map(str, sizes[:8]))}, too large for a small network.")


def _ends(graph: Any, *, source: Path) -> _Described:
    if graph.InputsLength() != 1 or graph.OutputsLength() != 1:
        raise ExportError(
            f"{source} has {graph.InputsLength()} inputs and {graph.OutputsLength()} outputs; a classifier has one of each."
        )
    given, made = graph.Tensors(graph.Inputs(0)), graph.Tensors(graph.Outputs(0))
    taken, came = ([end.Shape(axis) for axis in range(end.ShapeLength())] for end in (given, made))
    match taken, came:
        case [1, height, width, channels], [1, classes] if min(height, width, channels) > 0 and classes > 1:
            how = _quantisation(given, source=source)
            _quantisation(made, source=source)
            return _Described((height, width, channels), (classes,), how)
        case _:
            raise ExportError(
                f"{source} takes {_times(taken)} and gives {_times(came)}; a classifier here takes 1×height×width×channels and"
                " gives 1×classes."
            )


def _quantisation(tensor: Any, *, source: Path) -> Quantisation | None:
    """How an end of the network is quantised, None for float32."""
    from ai_edge_litert.schema_py_generated import TensorType

    how = tensor.Quantization()
    match tensor.Type():
        case TensorType.FLOAT32:
            return None
        case TensorType.INT8 if how is not None and how.ScaleLength() == 1 and how.ZeroPointLength() == 1:
            scale, zero_point = float(how.Scale(0)), int(how.ZeroPoint(0))
            if np.isfinite(scale) and scale > 0 and -128 <= zero_point <= 127:
                return Quantisation(scale=scale, zero_point=zero_point)
    raise ExportError(f"{source} takes or gives something else than float32 or quantised int8; {_AGAIN}.")


def _times(sizes: list[int]) -> str:
    return "×".join(map(str, sizes[:8])) or "nothing"


def _classify(content: bytes, images: Images, *, rescaling: bool) -> NDArray[np.float32]:
    """The interpreter's answers; runs in a process of its own."""
    return answers(litert_runtime(content), images, rescaling_inside=rescaling)
