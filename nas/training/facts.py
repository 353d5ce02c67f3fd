"""What two processes must have in common to compute the same."""

import json
import os
from collections.abc import Mapping
from hashlib import sha256

from nas import __version__
from nas.training.versions import versions

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""What a worker process is started with: others would take each other's processors, and order their sums in another way."""


def own_facts() -> dict[str, str]:
    """What a worker must have in common with this process, so that it computes what one of ours would."""
    return {"nas": __version__, **versions(), **ONE_THREAD}


def worker_facts() -> dict[str, str]:
    """The same as a worker finds them where it runs."""
    return {"nas": __version__, **versions()} | {name: os.environ.get(name, "unset") for name in ONE_THREAD}


def resource_of(facts: Mapping[str, str]) -> str:
    """What Dask calls the right to run a training: workers that differ in a fact have another one."""
    return f"nas-{sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]}"
