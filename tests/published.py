"""The studies that are published, and where their figures are quoted."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Published:
    """A study under `studies/`."""

    name: str
    page: str
    """The page that quotes it."""
    trials: int
    epochs: int
    """Of its plan."""
    by_hand: tuple[str, ...]
    """The hand-designed networks whose rows are quoted."""

    @property
    def folder(self) -> Path:
        return ROOT / "studies" / self.name

    @property
    def words(self) -> str:
        """The page, with all white space as single spaces."""
        return " ".join((ROOT / self.page).read_text(encoding="utf-8").split())


PUBLISHED = (
    Published(name="mnist-7000", page="README.md", trials=100, epochs=15, by_hand=("model-2", "model-5")),
    Published(name="mnist-compact-7000", page="docs/plans.md", trials=40, epochs=30, by_hand=("valid-squeezed", "same-pooled")),
)
