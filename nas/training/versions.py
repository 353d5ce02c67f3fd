"""The packages that a training's figures depend on."""

import json
import os
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


@cache
def versions() -> dict[str, str]:
    """The packages that a training's figures depend on, with the backend, found without importing them."""
    backend = os.environ.get("KERAS_BACKEND") or _configured() or "tensorflow"
    found = {"backend": backend}
    for name in ("keras", "jax" if backend == "jax" else "tensorflow", "numpy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def _configured() -> str | None:
    """The backend that Keras's own settings file names."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
        return str(json.loads((home / "keras.json").read_bytes())["backend"])
    return None
