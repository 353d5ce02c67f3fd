"""What each worker process does first: leave Ctrl-C to the driver, write to the log, and load Keras."""

import gc
import os
import signal
from typing import Any

from nas.training.cluster import LOG_VARIABLE


def dask_setup(worker: Any) -> None:  # noqa: ARG001 - Dask calls it so
    """Prepares the process; Dask's preload hook."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log = os.open(os.environ[LOG_VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    import keras

    keras.backend.backend()
    gc.collect()
    gc.freeze()  # else each collection looks through all of TensorFlow, which takes longer than building a network
