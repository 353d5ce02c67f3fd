"""What a LiteRT file says of itself: how its input and output are quantised, and which operators it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict


class Quantisation(BaseModel):
    """How a real number is kept in a tensor of int8: real = scale × (kept − zero point)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: float
    zero_point: int


@dataclass(frozen=True)
class LiteRTFacts:
    """What a LiteRT file needs and takes."""

    operators: tuple[str, ...]
    """Each operator once, in order of use."""
    input: Quantisation | None
    """None for a float32 input."""
    output: Quantisation | None
    """None for a float32 output."""
    float_operators: tuple[str, ...] = ()
    """Those of the operators that give float32."""

    @property
    def resolver_calls(self) -> tuple[str, ...]:
        """The calls that register these operators in a `MicroMutableOpResolver`.

        >>> LiteRTFacts(("CONV_2D", "FULLY_CONNECTED"), None, None).resolver_calls
        ('AddConv2D', 'AddFullyConnected')
        """
        return tuple(f"Add{name.title().replace('_', '')}" for name in self.operators)


def read_litert_facts(content: bytes) -> LiteRTFacts:
    """The facts of a LiteRT file that we converted."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    # without delegates, which would stand among the operators
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=content, num_threads=1, experimental_op_resolver_type=plain)
    interpreter.allocate_tensors()
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    operators = interpreter._get_ops_details()
    floats = {each["index"] for each in interpreter.get_tensor_details() if each["dtype"] is np.float32}
    in_float = (each["op_name"] for each in operators if floats & set(each["outputs"]))
    names = (each["op_name"] for each in operators)
    return LiteRTFacts(tuple(dict.fromkeys(names)), quantisation(given), quantisation(made), tuple(dict.fromkeys(in_float)))


def quantise(values: NDArray[np.float32], how: Quantisation | None) -> NDArray[Any]:
    """Real numbers as a tensor keeps them.

    >>> quantise(np.array([0.0, 1.0], np.float32), Quantisation(scale=1 / 255, zero_point=-128))
    array([-128,  127], dtype=int8)
    """
    if how is None:
        return values
    return np.asarray(np.clip(np.round(values / how.scale) + how.zero_point, -128, 127), np.int8)


def dequantise(kept: NDArray[Any], how: Quantisation | None) -> NDArray[np.float32]:
    """Real numbers that a tensor keeps."""
    if how is None:
        return np.asarray(kept, np.float32)
    return np.asarray((kept.astype(np.float32) - how.zero_point) * how.scale, np.float32)


def quantisation(details: Mapping[str, Any]) -> Quantisation | None:
    """How a tensor with these details, as the interpreter gives them, keeps real numbers; None for float32."""
    if details["dtype"] is np.float32:
        return None
    scale, zero_point = details["quantization"]
    return Quantisation(scale=float(scale), zero_point=int(zero_point))
