"""The memory that TensorFlow Lite Micro takes for a model, as its own interpreter allocates it."""

import re
import sys
from importlib.util import find_spec
from subprocess import DEVNULL, PIPE, run
from typing import Final

TIMEOUT_SECONDS: Final = 60.0
_LARGEST: Final = 16 * 2**20
_TOTAL = re.compile(r"Arena allocation total (\d+) bytes")

# Runs in a process of its own, since an arena that is too small ends the process. The allocator's report goes to stderr.
_CALLER: Final = """
import sys
from tflite_micro.python.tflite_micro import runtime

interpreter = runtime.Interpreter.from_bytes(sys.stdin.buffer.read(), arena_size=int(sys.argv[1]))
interpreter.print_allocations()
"""


def arena_bytes(content: bytes) -> int | None:
    """Bytes of RAM that the interpreter of TensorFlow Lite Micro takes for a LiteRT file, on a 64-bit machine.

    The planner and the kernels are those of a microcontroller; pointers there are half as long, so it needs less.

    Args:
        content: The LiteRT file.

    Returns:
        The exact size, or None where the package `tflite-micro` is not installed, or where its interpreter
        has no such operator or needs more than 16 MiB.
    """
    if find_spec("tflite_micro") is None:
        return None
    for size in (2**20, _LARGEST):
        ended = run(
            [sys.executable, "-c", _CALLER, str(size)],
            input=content,
            stdout=DEVNULL,
            stderr=PIPE,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        found = _TOTAL.search(ended.stderr.decode(errors="replace"))
        if ended.returncode == 0 and found:
            return int(found[1])
    return None
