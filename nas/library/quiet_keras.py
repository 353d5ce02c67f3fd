"""Keras for a program that did not ask to read what TensorFlow says of its processor."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_keras() -> Iterator[None]:
    """Has Keras imported, and what the block does with it done, without TensorFlow's remarks.

    Some of them come from C++ before any level of logging is looked at, and a notebook would keep them below its cell.
    What fails is raised, and so is not lost.
    """
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device
        os.dup2(nowhere.fileno(), 2)
    try:
        import keras

        keras.backend.backend()
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
