"""How much of a source may be read: what it claims to hold is compared with this machine's memory first."""

import os
from math import prod
from typing import Final

from nas.errors import DataError

_SHARE: Final = 3
"""A source may fill a third of the memory: its arrays stand beside their bytes and a copy in another order."""


def require_room(shape: tuple[int, ...], *, itemsize: int, what: str) -> None:
    """Nothing, for an array that can be read.

    Args:
        shape: What the array claims to be.
        itemsize: Bytes a value.
        what: What the user calls it, for the error message.

    Raises:
        DataError: If it would not fit into the memory.
    """
    needed, room = min(prod(shape) * itemsize, 10**300), memory_bytes() // _SHARE  # a float has no more digits
    if needed > room:
        raise DataError(
            f"{what} would take {needed / 2**30:,.1f} GiB unpacked (shape {shape}), more than the {room / 2**30:,.1f} GiB that"
            " this machine has for it; give fewer or smaller images, or bytes in place of floats."
        )


def memory_bytes() -> int:
    """Memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
