"""What computed a run's figures, so that they never stand without it."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nas import __version__
from nas.files import write_whole
from nas.training.cluster import available_cores
from nas.training.versions import versions

FILE = "environment.json"
VERDICT_FILE = "verdict-environment.json"
"""The same of a study's verdict, which another machine may have computed."""


def write_environment(folder: Path, *, workers: int | None, file: str = FILE) -> None:
    """`environment.json` in a run's folder: machine and versions; nothing in it says whose machine it is.

    Args:
        folder: The run's.
        workers: Processes of this machine that train, or None for those of a cluster, as many as come.
        file: Its name.
    """
    write_whole(folder / file, (json.dumps(environment() | {"workers": workers}, indent=2) + "\n").encode())


def environment() -> dict[str, Any]:
    """Date, machine and versions."""
    return {
        "format": 1,
        "date": datetime.now(UTC).date().isoformat(),
        "nas": __version__,
        "python": platform.python_version(),
        "versions": versions(),
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": available_cores(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
