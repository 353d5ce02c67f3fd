"""Which paths of model files are followed at all."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nas.errors import ArchitectureError

_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PICKLES: Final = "is read by running what it says, so it is not read here; save the model with model.save('model.keras')"
_HDF5: Final = "is HDF5, whose layers Keras can only rebuild by running them; load it where it is from and save it as .keras"
_REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys((".pkl", ".pickle", ".pt", ".pth", ".joblib", ".dill", ".bin"), _PICKLES)
    | dict.fromkeys((".h5", ".hdf5"), _HDF5)
    | {".pb": "is a graph to be run, so it is not read here; save the model with model.save('model.keras')"}
)


def model_path(text: str) -> Path:
    """The path of a model's file, if such a file may be read here at all; nothing is opened.

    Raises:
        ArchitectureError: For an address, which is not fetched, and for a kind of file that cannot be read as data.

    >>> model_path("exports/model.keras").name
    'model.keras'
    """
    if _ADDRESS.match(text):
        raise ArchitectureError(
            f"{text} is an address, and models are read from files alone; fetch it yourself and name the file."
        )
    path = Path(text)
    if reason := _REFUSED.get(path.suffix.lower()):
        raise ArchitectureError(f"{text} {reason}.")
    return path
