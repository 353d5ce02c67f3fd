"""Flags that several commands have, and how they are read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from nas.errors import BudgetError

if TYPE_CHECKING:
    from nas.architecture import Budget

Runs = Annotated[Path | None, Parameter(help="Folder that holds the runs (default: NAS_RUNS, else ./runs).")]
StudyName = Annotated[str | None, Parameter(help="Name of the study (default: the one worked on last).")]
Storage = Annotated[
    str | None,
    Parameter(env_var="NAS_STORAGE", help="URL of Optuna's storage (default: a SQLite file in the run's folder)."),
]
Cluster = Annotated[
    str | None,
    Parameter(
        env_var="NAS_CLUSTER",
        help="Address or file of a Dask scheduler whose workers train, such as tcp://host:8786 (default: this machine).",
    ),
]
MaxMacs = Annotated[int | None, Parameter(help="Most multiply-accumulate operations for one image.")]
MaxRam = Annotated[
    str | None,
    Parameter(help="Most RAM, such as 64kB (kB is 1,000 bytes, KiB 1,024): the arena of TensorFlow Lite Micro, estimated."),
]
MaxFlash = Annotated[str | None, Parameter(help="Most flash, such as 256KiB: the int8 LiteRT file, estimated.")]
Fits = Annotated[str | None, Parameter(help="A device whose flash and RAM it has to fit; nas devices lists them.")]
ValSplit = Annotated[
    float | None, Parameter(help="Share of each class kept for validation, such as 0.1 (default: the data set's own split).")
]
Plan = Annotated[
    str | None, Parameter(help="Training plan: notebook, modern, or a TOML file (default notebook); nas plans lists them.")
]
ImageSize = Annotated[str | None, Parameter(help="Size as HEIGHTxWIDTH that a folder of images is scaled to.")]
DATA = "mnist, fashion-mnist, digits, or a path: an .npz, a folder of IDX files or of images; mnist:2000 is a small part of mnist"
Json = Annotated[bool, Parameter(negative="", help="Answer with one JSON object on stdout.")]


def parameters_budget(parameters: int) -> "Budget":
    """A budget of so many parameters.

    Raises:
        BudgetError: If that is less than one.
    """
    from nas.architecture import Budget

    if parameters < 1:
        raise BudgetError(f"A budget is at least 1 parameter, not {parameters}.")
    return Budget(parameters=parameters)
