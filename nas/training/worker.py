"""What each worker process does first: load Keras and say what it may run; those of a laptop leave Ctrl-C to the driver."""

import gc
import os
import signal
from typing import Any

from nas.training.cluster import LOG_VARIABLE
from nas.training.facts import resource_of, worker_facts


def dask_setup(worker: Any) -> None:
    """Prepares the process; Dask's preload hook.

    A nanny calls it too, and trains nothing.
    """
    if not hasattr(worker, "state"):
        return
    if log := os.environ.get(LOG_VARIABLE):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(file, 1)
        os.dup2(file, 2)
    for resources in (worker.state.total_resources, worker.state.available_resources):
        resources[resource_of(worker_facts())] = 1.0  # one training at a time, however many threads there are
    import keras

    keras.backend.backend()
    gc.collect()
    gc.freeze()  # else each collection looks through all of TensorFlow, which takes longer than building a network
