"""Arrays that are mapped from files: read in pieces, so that no process holds all of a large one."""

import mmap
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_PIECE_BYTES: Final = 16 * 2**20


def gather(array: NDArray[Any], rows: NDArray[Any]) -> NDArray[Any]:
    """A copy of the rows of an array, in the order given.

    A mapped file's pages count as the process's own memory as soon as they are touched, and a row touches those around it;
    so it is read piece by piece, and the pages are given back after each.

    >>> gather(np.array([7, 8, 9]), np.array([2, 0])).tolist()
    [9, 7]
    """
    copy = np.empty((len(rows), *array.shape[1:]), array.dtype)
    step = max(1, _PIECE_BYTES // max(1, array[:1].nbytes))
    for start in range(0, len(rows), step):
        piece = slice(start, start + step)
        copy[piece] = array[rows[piece]]
        release(array)
    return copy


def release(array: NDArray[Any]) -> None:
    """Gives the pages of a mapped array back to the system, which reads them again when they are needed."""
    base: Any = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "base", None)
    if base is not None and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)
