"""Writes to a storage that may be away for a while."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import TypeVar

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import SQLAlchemyError

from nas.errors import StorageError

T = TypeVar("T")
AWAY_SECONDS = 300.0
"""How long a storage may be away before a search ends."""
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
_NO_ROOM = ("disk is full", "readonly", "read-only", "no space left")
"""What a database says when trying again does not help."""
TROUBLE = (StorageInternalError, SQLAlchemyError)
"""What Optuna raises when its storage does not do what it was asked."""


def _unheard(_: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class Patience:
    """Tries a write again until the storage is back."""

    seconds: float = AWAY_SECONDS
    """How long it may be away."""
    say: Callable[[str], None] = _unheard
    """Is told once that it is away, and once that it is back."""

    def __call__(self, write: Callable[[], T], *, again: Callable[[], T] | None = None) -> T:
        """What a write gives.

        Args:
            write: What is to be done.
            again: The same after a write that may have been done though its answer was lost; None where doing it twice is
                doing it once.

        Raises:
            StorageError: If the storage has no room, or stays away for too long.
        """
        try:
            return write()
        except TROUBLE as error:
            return self._repeated(again or write, error)

    def _repeated(self, write: Callable[[], T], error: Exception) -> T:
        begun, pause = monotonic(), _FIRST_WAIT
        _refuse_without_room(error)
        self.say(f"The storage does not answer ({reason(error)}); trying again for {self.seconds / 60:.0f} minutes.")
        while monotonic() - begun < self.seconds:
            sleep(pause)
            pause = min(2 * pause, _LONGEST_WAIT)
            try:
                value = write()
            except TROUBLE as another:
                _refuse_without_room(another)
                continue
            self.say(f"The storage is back after {monotonic() - begun:.0f} s.")
            return value
        raise StorageError(
            f"The storage has not answered for {self.seconds / 60:.0f} minutes ({reason(error)});"
            " start the search again when it is back: what was finished is kept."
        ) from None


def reason(error: BaseException) -> str:
    """What the database itself said, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _refuse_without_room(error: Exception) -> None:
    if any(words in reason(error).lower() for words in _NO_ROOM):
        raise StorageError(
            f"The storage cannot be written ({reason(error)}); make room and start it again: what was finished is kept."
        ) from None
