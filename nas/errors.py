"""What a user may be told: each error is one sentence that says what came, what was wanted, and what to do."""

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

    from pydantic_core import ErrorDetails


class NasError(Exception):
    """A mistake that the user can mend; the command line prints it and exits with code 2."""


class ArchitectureError(NasError):
    """Layers that do not fit together, or a file that is no architecture."""


class BudgetError(NasError):
    """A budget that cannot be met, or a network that is over it."""


class DataError(NasError):
    """A data set that is missing, damaged or unsuitable."""


class MissingDataError(DataError):
    """A data set that the cache does not hold.

    Args:
        message: The sentence for the user.
        name: What the data set was called.
        sha256: Its content.
    """

    def __init__(self, message: str, *, name: str, sha256: str) -> None:
        super().__init__(message)
        self.name, self.sha256 = name, sha256

    def __reduce__(self) -> "tuple[partial[Self], tuple[str, ...]]":
        """So that another process can raise it."""
        return partial(type(self), name=self.name, sha256=self.sha256), self.args


class SpaceError(NasError):
    """A search space that cannot be found or breaks its contract."""


class MissingModuleError(SpaceError):
    """A module of the user's that is not to be found here.

    Args:
        message: The sentence for the user.
        module: Its name.
    """

    def __init__(self, message: str, *, module: str) -> None:
        super().__init__(message)
        self.module = module

    def __reduce__(self) -> "tuple[partial[Self], tuple[str, ...]]":
        """So that another process can raise it."""
        return partial(type(self), module=self.module), self.args


class StudyError(NasError):
    """A study that is missing, locked, damaged or started with other settings."""


class NothingToJudgeError(StudyError):
    """A study of which no verdict can speak: nothing was found, or there is nothing to compare with."""


class StorageError(NasError):
    """A storage that cannot be reached or written; the message never holds a password."""


class TrainingError(NasError):
    """A training that cannot go on: too many failures in a row, or no workers left."""


class ExportError(NasError):
    """An export that could not be written or did not agree with the network."""


def first_line(error: BaseException) -> str:
    """What an error of anybody's says, in a line without a full stop at its end.

    >>> first_line(ValueError("There are no filters."))
    'ValueError: There are no filters'
    """
    told = str(error) if isinstance(error, NasError) else f"{type(error).__name__}: {error}"
    return told.partition("\n")[0][:300].rstrip(".: ")


def wanted(error: "ErrorDetails") -> str:
    """What a value has to be that pydantic has refused, as the end of a sentence."""
    limits = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            return f"at least {limits['ge']:g}"
        case "greater_than":
            return f"more than {limits['gt']:g}"
        case "less_than":
            return f"less than {limits['lt']:g}"
        case "less_than_equal":
            return f"at most {limits['le']:g}"
        case "string_pattern_mismatch":
            return "a height and a width, such as 24x32"
        case "literal_error":
            return str(limits["expected"])
    kind, _, _ = error["type"].partition("_")
    kinds = {"int": "a whole number", "float": "a number", "finite": "a number", "bool": "true or false", "string": "text"}
    return kinds.get(kind, "another value")
