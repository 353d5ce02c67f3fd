"""The IDX format of MNIST's files: a magic number, the sizes of the axes, then the bytes.

Source: "The IDX file format" at the end of Yann LeCun's page on the MNIST database.
"""

from math import prod

import numpy as np
from numpy.typing import NDArray

from nas.errors import DataError

UNSIGNED_BYTES = b"\0\0\x08"
"""How a file of bytes begins."""


def decode(content: bytes, *, source: str) -> NDArray[np.uint8]:
    """The array that an IDX file of unsigned bytes holds, read-only.

    Args:
        content: The whole file, unpacked.
        source: Which file it is, for the error message.

    Raises:
        DataError: If it is no such file, cut short, or longer than its header says.
    """
    if len(content) < 4 or content[:3] != UNSIGNED_BYTES or content[3] == 0:
        raise DataError(f"{source} starts with {content[:4].hex(' ') or 'nothing'}; an IDX file of bytes starts with 00 00 08.")
    header = 4 + 4 * content[3]
    if len(content) < header:
        raise DataError(f"{source} ends inside its header, after {len(content):,} bytes of {header:,}; fetch it again.")
    shape = tuple(int.from_bytes(content[start : start + 4], "big") for start in range(4, header, 4))
    wanted = header + prod(shape)
    if len(content) != wanted:
        raise DataError(f"{source} has {len(content):,} bytes, but its header promises {wanted:,}; fetch it again.")
    try:
        return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
    except ValueError:  # more axes than an array has, or sizes of which one is 0 and the others beyond all bounds
        raise DataError(f"{source} has a header of {len(shape)} axes that no array can have; fetch it again.") from None


def encode(array: NDArray[np.uint8]) -> bytes:
    """The IDX file that holds an array of unsigned bytes.

    >>> encode(np.array([7, 8], np.uint8)).hex(" ")
    '00 00 08 01 00 00 00 02 07 08'
    """
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return UNSIGNED_BYTES + bytes([array.ndim]) + sizes + array.tobytes()
