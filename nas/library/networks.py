"""Networks as people name them on the command line."""

from difflib import get_close_matches

from nas.architecture import Architecture, Task
from nas.baselines import NAMES, baselines
from nas.errors import ArchitectureError
from nas.evaluation.own_network import find_own_network
from nas.training.model_path import model_path

NOTEBOOK_TASK = Task(input_shape=(28, 28, 1), classes=10)
"""What the hand-designed networks were designed for."""


def find_network(name: str) -> Architecture:
    """A hand-designed network by name, or one's own: an architecture's JSON file, a `.keras` file, or `module:function`.

    Raises:
        ArchitectureError: If there is none of these, or if it cannot be trained here.
    """
    if name in NAMES:
        return baselines(NOTEBOOK_TASK)[name]
    if model_path(name).suffix in {".json", ".keras"} or ":" in name:
        return find_own_network(name)[1]
    nearest = get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"the hand-designed ones are {', '.join(NAMES)}."
    raise ArchitectureError(f"There is no network {name!r}, and an architecture's file ends in .json; {hint}")
