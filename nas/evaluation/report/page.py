"""What a report consists of, whatever it is written as: sections of text, tables, pictures and source."""

from dataclasses import dataclass
from typing import ClassVar

from nas.evaluation.report.picture import Picture


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar = "text"
    text: str


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    kind: ClassVar = "points"
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows under columns; the first column names the rows."""

    kind: ClassVar = "table"
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[str, ...] = ()
    """Columns that hold words, not numbers."""


@dataclass(frozen=True)
class Shown:
    """A picture with what it says to those who cannot see it."""

    picture: Picture
    alt: str
    caption: str


@dataclass(frozen=True)
class Gallery:
    """Pictures side by side where there is room."""

    kind: ClassVar = "gallery"
    shown: tuple[Shown, ...]
    wide: bool = False
    """Whether each takes the whole width."""


@dataclass(frozen=True)
class Code:
    """Source text."""

    kind: ClassVar = "code"
    text: str
    language: str


Block = Text | Points | Table | Gallery | Code


@dataclass(frozen=True)
class Section:
    """Blocks under a title."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """A whole report."""

    study: str
    question: str
    """What was asked, in a line."""
    headline: str
    """The answer, in a line."""
    tone: str
    """Whether the answer is `good`, `bad` or `open` for the search."""
    sections: tuple[Section, ...]
    version: str
    """Of this package."""

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All of them, in order."""
        galleries = [block for section in self.sections for block in section.blocks if isinstance(block, Gallery)]
        return tuple(one.picture for gallery in galleries for one in gallery.shown)
