"""What a search leaves: a header, a row for each training, an end marker, as JSON lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from nas.files import write_whole


class Header(BaseModel):
    """Which search it was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    searcher: str
    """What the report calls it."""
    seed: int
    """Gives the search's random choices."""
    seconds: float
    """Wall time that it was given."""
    command: str
    """How it was started."""
    environment: Mapping[str, Any]
    """Machine, date and versions, as a run of `nas` writes them down."""
    tools: Mapping[str, str]
    """Versions of what was compared."""
    commit: str | None = None
    """Of the repository; None in rows from before it was kept."""
    ended: str | None = None
    """Date and time in UTC; None in rows from before it was kept."""


class Row(BaseModel):
    """One training that ended, was stopped, or was in progress when the time was up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float
    """From the start of the search to the end of the training, or to its last epoch if it was in progress."""
    network: str
    """Canonical JSON of the architecture."""
    parameters: int
    """As Keras counts them."""
    seed: int | None
    """The training's seed; None if the tool does not say."""
    val_accuracy: tuple[float, ...]
    """Share of validation images classified correctly after each epoch of this training."""
    completed: bool
    """Whether the tool may pick the network for this training."""
    value: float | None
    """What the tool ranks by; None where it does not rank."""


class End(BaseModel):
    """The end of a search."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wall_seconds: float
    """From the start of the search to its end."""
    cpu_seconds: float
    """Processor time of all its processes."""


@dataclass(frozen=True)
class Search:
    """A search that is over."""

    header: Header
    rows: tuple[Row, ...]
    """In the order in which they ended."""
    end: End


def write_search(path: Path, search: Search) -> None:
    """A file of rows, whole or not there."""
    lines = (search.header, *search.rows, search.end)
    write_whole(path, "".join(f"{line.model_dump_json()}\n" for line in lines).encode())


def read_search(path: Path) -> Search:
    """The search that a file of rows holds.

    Raises:
        ValueError: If the file is not whole.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = tuple(Row.model_validate_json(line) for line in lines[1:-1])
    return Search(Header.model_validate_json(lines[0]), rows, End.model_validate_json(lines[-1]))


def read_searches(folder: Path) -> tuple[Search, ...]:
    """All searches of a folder, by file name."""
    return tuple(read_search(path) for path in sorted(folder.glob("*.jsonl")))
