"""The user's folders: one for what can be made again, one for what must outlive it."""

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Where data sets are kept between runs: NAS_CACHE, or `nas` in the user's cache folder."""
    return _user_folder("NAS_CACHE", xdg="XDG_CACHE_HOME", linux=".cache", macos="Library/Caches")


def data_folder() -> Path:
    """Where what must outlive any cache is kept: NAS_DATA, or `nas` in the user's data folder."""
    return _user_folder("NAS_DATA", xdg="XDG_DATA_HOME", linux=".local/share", macos="Library/Application Support")


def _user_folder(variable: str, *, xdg: str, linux: str, macos: str) -> Path:
    if given := os.environ.get(variable):
        return Path(given).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / macos / "nas"
    base = Path(os.environ.get(xdg, ""))
    return (base if base.is_absolute() else Path.home() / linux) / "nas"  # the XDG specification ignores relative paths
