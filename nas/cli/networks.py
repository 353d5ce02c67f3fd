"""Networks as people name them on the command line."""

from difflib import get_close_matches
from pathlib import Path

from nas.architecture import Architecture, Task, parse_architecture
from nas.baselines import NAMES, baselines
from nas.errors import ArchitectureError

NOTEBOOK_TASK = Task(input_shape=(28, 28, 1), classes=10)
"""What the hand-designed networks were designed for."""


def find_network(name: str) -> Architecture:
    """A hand-designed network by name, or the architecture in a JSON file.

    Raises:
        ArchitectureError: If there is neither.
    """
    if name in NAMES:
        return baselines(NOTEBOOK_TASK)[name]
    path = Path(name)
    if path.suffix != ".json":
        nearest = get_close_matches(name, NAMES, n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"the hand-designed ones are {', '.join(NAMES)}."
        raise ArchitectureError(f"There is no network {name!r}, and an architecture's file ends in .json; {hint}")
    try:
        return parse_architecture(path.read_bytes(), source=str(path))
    except OSError as error:
        raise ArchitectureError(f"The architecture {path} cannot be read ({error.strerror}).") from None
