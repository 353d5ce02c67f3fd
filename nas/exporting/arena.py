"""What TensorFlow Lite Micro makes of a model: the memory that its interpreter allocates, and what it answers."""

import re
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from subprocess import TimeoutExpired, run
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

TIMEOUT_SECONDS: Final = 120.0
_SIZES: Final = (2**20, 16 * 2**20)
_TOTAL = re.compile(r"Arena allocation total (\d+) bytes")

# Runs in a process of its own, since an arena that is too small ends the process. The allocator's report goes to stderr.
_CALLER: Final = """
import io, os, sys
import numpy as np
from tflite_micro.python.tflite_micro import runtime

answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
given = np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False)
interpreter = runtime.Interpreter.from_bytes(given["model"].tobytes(), arena_size=int(sys.argv[1]))
interpreter.print_allocations()
outputs = []
for image in given["inputs"]:
    interpreter.set_input(image[None], 0)
    interpreter.invoke()
    outputs.append(interpreter.get_output(0)[0].copy())
made = io.BytesIO()
np.save(made, np.array(outputs), allow_pickle=False)
answers.write(made.getvalue())
answers.close()
"""


@dataclass(frozen=True)
class MicroRun:
    """A model in the interpreter of TensorFlow Lite Micro."""

    arena_bytes: int
    """Bytes of RAM that it takes, on a 64-bit machine; pointers are half as long on a microcontroller."""
    outputs: NDArray[Any]
    """What it answered to each input, as (inputs, classes)."""


def arena_bytes(content: bytes) -> int | None:
    """Bytes of RAM that the interpreter of TensorFlow Lite Micro takes for a LiteRT file, on a 64-bit machine.

    Args:
        content: The LiteRT file.

    Returns:
        The exact size, or None where `run_on_micro` gives none.
    """
    ran = run_on_micro(content, inputs=np.zeros((0,), np.int8))
    return ran.arena_bytes if ran else None


def run_on_micro(content: bytes, *, inputs: NDArray[Any]) -> MicroRun | None:
    """A LiteRT file run by the interpreter of TensorFlow Lite Micro, with the kernels of a microcontroller.

    Args:
        content: The LiteRT file, which takes one image at a time.
        inputs: As the file takes them, (images, height, width, channels).

    Returns:
        What it did, or None where the package `tflite-micro` is not installed, or where its interpreter lacks an operator
        or needs more than 16 MiB.
    """
    if find_spec("tflite_micro") is None:
        return None
    question = BytesIO()
    np.savez(question, allow_pickle=False, model=np.frombuffer(content, np.uint8), inputs=inputs)
    for size in _SIZES:
        command = [sys.executable, "-P", "-c", _CALLER, str(size)]
        try:
            ended = run(command, input=question.getvalue(), capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        except TimeoutExpired:
            return None
        found = _TOTAL.search(ended.stderr.decode(errors="replace"))
        if ended.returncode == 0 and found:
            return MicroRun(int(found[1]), np.load(BytesIO(ended.stdout), allow_pickle=False))
    return None
