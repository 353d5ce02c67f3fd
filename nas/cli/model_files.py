"""Models' files as people name them on the command line: `.keras` and `.tflite`."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from nas.errors import ArchitectureError
from nas.exporting.apart import apart
from nas.exporting.card import CARD, ForeignCardError, ModelCard, read_card
from nas.exporting.litert_file import LiteRTFile, open_litert_file
from nas.training.keras_file import KerasFile, read_keras_file
from nas.training.model_path import model_path

ModelFile = KerasFile | LiteRTFile


@dataclass(frozen=True)
class Opened:
    """A model's file that was read."""

    path: Path
    model: ModelFile
    class_names: tuple[str, ...] | None
    """As the model card beside it says, or None where none speaks of it."""
    refit: bool
    """Whether the card says that it was trained on validation images too."""
    remark: str | None
    """What was assumed about it, for the person, or None."""

    def name_of(self, label: int) -> str:
        """A class as people call it."""
        return self.class_names[label] if self.class_names else str(label)


def open_model(text: str) -> Opened:
    """The model in a file, read as data.

    Raises:
        NasError: If there is none, or if it holds anything that networks here do not.
    """
    path = model_path(text)
    match path.suffix.lower():
        case ".keras":
            keras = read_keras_file(path)
            return _named(path, keras, _card_of(path))
        case ".tflite":
            card = _card_of(path)
            said = card.conversion.include_rescaling if card else None
            litert = open_litert_file(path, rescaling=said)
            assumed = said is None and litert.takes_floats
            remark = f"No {CARD} speaks of {path.name}, so pixels are divided by 255 for it." if assumed else None
            return _named(path, litert, card, remark)
        case _:
            raise ArchitectureError(f"{text!r} is no model's file that can be run here; give a .keras or a .tflite file.")


def _named(path: Path, model: ModelFile, card: ModelCard | None, remark: str | None = None) -> Opened:
    names = card.class_names if card and (len(card.class_names),) == model.output_shape else None
    return Opened(path, model, names, card is not None and card.refit, remark)


def _card_of(path: Path) -> ModelCard | None:
    """The model card beside a file, if it speaks of this very file."""
    try:
        card = read_card(path.parent)
    except ForeignCardError:  # which says nothing of this file
        return None
    if card is None or not path.is_file():
        return None
    known = {digest for artifact in card.artifacts for name, digest in artifact.sha256.items() if Path(name).name == path.name}
    if not known:
        return None
    with path.open("rb") as file:
        digest = sha256()
        for piece in iter(partial(file.read, 2**20), b""):
            digest.update(piece)
    return card if digest.hexdigest() in known else None


class Apart(Executor):
    """Each task in a process of its own, one after the other."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """What the function returned or raised there."""
        future: Future[Any] = Future()
        try:
            future.set_result(apart(fn, *args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future
