"""Data types as JSON files with a format."""

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from nas.errors import StudyError
from nas.files import write_output

Model = TypeVar("Model", bound=BaseModel)


def write_json(path: Path, value: BaseModel) -> None:
    """A value as a file, whole or not at all.

    Raises:
        StudyError: If it cannot be written.
    """
    write_output(path, (value.model_dump_json(indent=1) + "\n").encode())


def read_json(path: Path, model: type[Model], *, mending: str = "`nas verdict --again` makes another") -> Model:
    """The value that a file of `nas verdict` holds.

    Args:
        path: The file.
        model: What it holds; its field `format` has the version that this package reads as its default.
        mending: What helps where it is damaged, once it is moved away.

    Raises:
        StudyError: If it is missing, damaged, or of a newer format.
    """
    known = model.model_fields["format"].default
    try:
        value = json.loads(path.read_bytes())
        written = value.get("format")
        if isinstance(written, int) and written > known:
            raise StudyError(f"{path} has format {written}, newer than the {known} that this version reads; update nas.")
        return model.model_validate(value)
    except FileNotFoundError:
        raise StudyError(f"{path} does not exist; `nas verdict` writes it.") from None
    except OSError as error:
        raise StudyError(f"{path} cannot be read ({error.strerror}).") from None
    except (ValueError, AttributeError, ValidationError):
        raise StudyError(f"{path} is damaged; move it away, and {mending}.") from None
