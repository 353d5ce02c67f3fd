"""What a program hands over instead of naming it: networks, spaces and images that it holds."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from numpy.typing import NDArray

from nas.architecture import Architecture
from nas.architecture.keras_config import architecture_from_keras
from nas.data import take_in
from nas.errors import ArchitectureError, SpaceError, StudyError
from nas.evaluation.own_network import find_own_network, table_name
from nas.library.networks import find_network
from nas.training.keras_file import parse_config
from nas.training.plan import TrainingPlan
from nas.training.plan_files import find_plan

if TYPE_CHECKING:
    import keras

Network: TypeAlias = "str | Path | Architecture | keras.Model"
"""A network by name or file, as an `Architecture`, or as a Keras model, of which only the layers are looked at."""
Networks: TypeAlias = "Network | Sequence[Network] | Mapping[str, Network]"
"""One network, several, or several by names of one's own."""
Space: TypeAlias = str | Callable[..., object]
"""A search space by name, as `module:function`, or the function itself; a KerasTuner HyperModel's class as well."""
Arrays: TypeAlias = Sequence[NDArray[Any]] | Sequence[Sequence[NDArray[Any]]]
"""(x_train, y_train), with x_test and y_test behind them or in a pair of their own, as Keras's data sets come."""
Data: TypeAlias = str | Path | Arrays


def network_of(given: Network) -> tuple[str, Architecture]:
    """A name for tables, and the network that is meant.

    Raises:
        ArchitectureError: If it is none, or cannot be trained here.
    """
    if isinstance(given, str | Path):
        return str(given), find_network(str(given))
    return _held(given)


def own_networks(given: Networks) -> dict[str, Architecture]:
    """Networks to compare with, by the names that tables call them.

    Raises:
        ArchitectureError: If one is none, cannot be trained here, or has the name of another.
    """
    if isinstance(given, Mapping):
        named = [(table_name(name), _own(one)[1]) for name, one in given.items()]
    else:
        named = [_own(one) for one in (given if isinstance(given, Sequence) and not isinstance(given, str) else (given,))]
    found: dict[str, Architecture] = {}
    for name, network in named:
        if name in found:
            raise ArchitectureError(f"Two of your networks would be called {name} in tables; give them as {{name: network}}.")
        found[name] = network
    return found


def space_name(space: Space) -> str:
    """What a study calls a space, and finds it by when it goes on.

    Raises:
        SpaceError: If the function is none that can be imported.
    """
    if isinstance(space, str):
        return space
    module, name = getattr(space, "__module__", None) or "__main__", getattr(space, "__qualname__", type(space).__name__)
    if module == "__main__" or getattr(sys.modules.get(module), name, None) is not space:
        raise SpaceError(
            f"The space {name} cannot be found again when the study goes on, since it is no function of a module; put it into a"
            " file such as my_space.py, and import it from there."
        )
    return f"{module}:{name}"


def data_name(data: Data) -> str:
    """What a data set is called; arrays go into the cache and are called by their content.

    Raises:
        DataError: If the arrays are nothing to learn from.
    """
    if isinstance(data, str | Path):
        return str(data)
    return take_in(data)


def _own(given: Network) -> tuple[str, Architecture]:
    return find_own_network(str(given)) if isinstance(given, str | Path) else _held(given)


def _held(given: object) -> tuple[str, Architecture]:
    """The layers of a network that the program holds."""
    if isinstance(given, Architecture):
        return "mine", given
    keras = sys.modules.get("keras")  # who has a model has imported it
    if keras is None or not isinstance(given, keras.Model):
        raise ArchitectureError(
            f"A network is given by name, as a file, as an Architecture or as a Keras model, not as {type(given).__name__}."
        )
    name = table_name(given.name)
    return name, architecture_from_keras(parse_config(given.to_json(), source=f"The model {name}"), source=f"the model {name}")


def own_plan(plan: str | Path | None, *, given: bool) -> TrainingPlan | None:
    """The plan for networks of one's own in a verdict.

    Args:
        plan: Name or file of a training plan, or None.
        given: Whether there are such networks.

    Raises:
        StudyError: If there are none, no plan of that name, or the file cannot be used.
    """
    if plan is None:
        return None
    if not given:
        raise StudyError("A plan for a verdict says how networks of your own are trained, too; give --baseline with --plan.")
    return find_plan(str(plan))
