"""The packages that a training's figures depend on."""

import os
from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def versions() -> dict[str, str]:
    """The packages that a training's figures depend on, with the backend, found without importing them."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    found = {"backend": backend}
    for name in ("keras", "jax" if backend == "jax" else "tensorflow", "numpy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found
