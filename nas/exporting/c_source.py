"""C++ source around an int8 LiteRT file: the array, what a caller must know, an example, and a `main.cc` that shows the call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nas.exporting.litert_facts import LiteRTFacts, quantise

HEADER, SOURCE, EXAMPLE, MAIN = "network.h", "network.cc", "example.h", "main.cc"
FILES: Final = (HEADER, SOURCE, EXAMPLE, MAIN)
_A_LINE: Final = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class CModel:
    """What the C++ source is made of."""

    title: str
    """What it is, in a line."""
    content: bytes
    """The int8 LiteRT file."""
    facts: LiteRTFacts
    input_shape: tuple[int, int, int]
    """(height, width, channels) of one image."""
    class_names: tuple[str, ...]
    rescaling_inside: bool
    """Whether the file takes pixels from 0 to 255, or takes them divided by 255."""
    measured_arena_bytes: int | None
    """RAM that the interpreter takes on a 64-bit machine, or None if that is not known."""
    estimated_arena_bytes: int
    """The same, by arithmetic."""
    example: NDArray[np.uint8]
    """One image, (height, width, channels), with pixels from 0 to 255."""
    example_label: int
    """Its class."""
    example_output: NDArray[np.int8]
    """What the file answers to it."""

    @property
    def arena_bytes(self) -> int:
        """RAM to set aside for the interpreter, a multiple of 16 bytes."""
        known = self.measured_arena_bytes or self.estimated_arena_bytes
        return -(-known // 16) * 16

    @property
    def arena_note(self) -> str:
        """How that figure came about."""
        if self.measured_arena_bytes is None:
            return "An estimate, since it could not be measured here: print interpreter.arena_used_bytes()."
        return "As the interpreter allocates it on a 64-bit machine, with the kernels that every device can run."


def c_files(model: CModel) -> Mapping[str, str]:
    """The text of each file, by name."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("nas.exporting"), undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    if model.facts.input is None or model.facts.output is None:
        raise ValueError("The C++ source takes a file whose input and output are int8.")
    pixels = np.arange(256, dtype=np.float32)
    kept = quantise(pixels if model.rescaling_inside else pixels / np.float32(255), model.facts.input)
    given: dict[str, Any] = {
        "model": model,
        "facts": model.facts,
        "calls": model.facts.resolver_calls,
        "scale": _float(model.facts.input.scale if model.rescaling_inside else 255 * model.facts.input.scale),
        "is_pixel_minus_128": bool((kept == np.arange(-128, 128)).all()),
        "input_scale": _float(model.facts.input.scale),
        "output_scale": _float(model.facts.output.scale),
        "bytes": _lines(f"0x{byte:02x}" for byte in model.content),
        "class_names": ", ".join(_string(name) for name in model.class_names),
        "pixels": _lines(str(pixel) for pixel in model.example.reshape(-1)),
        "expected": ", ".join(str(value) for value in model.example_output),
    }
    return {name: environment.get_template(f"{name}.j2").render(given) for name in FILES}


def array_in(source: str) -> bytes:
    """The bytes of the array in `network.cc`, read back."""
    _, _, rest = source.partition("kModel[] = {")
    body, _, _ = rest.partition("}")
    return bytes(int(word, 16) for word in body.replace("\n", " ").split(",") if word.strip())


def _lines(words: Iterable[str]) -> str:
    every = list(words)
    rows = (every[start : start + _A_LINE] for start in range(0, len(every), _A_LINE))
    return "\n".join(f"    {', '.join(row)}," for row in rows)


def _float(value: float) -> str:
    """A float32 literal of C++ that means exactly this value.

    >>> _float(1 / 256)
    '0.00390625f'
    """
    text = f"{np.float32(value):.9g}"
    return f"{text}{'' if set(text) & set('.en') else '.0'}f"


def _string(text: str) -> str:
    r"""A string literal of C++; what is not a plain ASCII sign is written as octal bytes of UTF-8.

    >>> print(_string('a "b"'))
    "a \042b\042"
    """
    plain = (chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}" for byte in text.encode())
    return f'"{"".join(plain)}"'
