"""An export from beginning to end: made in a draft folder, described, and put under its name in one step."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from uuid import uuid4

from nas.architecture import Factory, measure
from nas.data import describe
from nas.engine.environment import environment
from nas.errors import ExportError
from nas.exporting.card import CARD, PAGE, Artifact, Evidence, ModelCard, card_page, read_card
from nas.exporting.formats import FORMATS
from nas.exporting.making import ALL, Order, carry_over, make_artifacts
from nas.exporting.released import Conversion, Released
from nas.files import replace_folder

_DRAFT: Final = ".export-"


@dataclass(frozen=True)
class Exported:
    """An export that lies under its name."""

    folder: Path
    card: ModelCard


def choose_formats(text: str) -> tuple[str, ...]:
    """The formats that a comma-separated list names, in the order of the card; `all` means every one.

    Raises:
        ExportError: If one is unknown, or a package that one needs is not installed.

    >>> choose_formats("python,keras")
    ('keras', 'python')
    """
    named = {word.strip() for word in text.split(",") if word.strip()}
    unknown = sorted(named - {*ALL, "all"})
    if unknown or not named:
        raise ExportError(f"There is no format {unknown[0] if unknown else text!r}; choose of {', '.join(ALL)}, or all.")
    chosen = tuple(name for name in ALL if name in named or "all" in named)
    converted = {"litert-int8" if name == "c" else name: name for name in chosen}
    needed = {need: name for source, name in converted.items() if source in FORMATS for need in FORMATS[source].needs}
    missing = sorted(need for need in needed if find_spec(need) is None)
    if missing:
        raise ExportError(
            f"The format {needed[missing[0]]} needs {missing[0]}, which is not installed; pip install 'budget-nas[export]'."
        )
    return chosen


def export_network(
    released: Released,
    evidence: Evidence,
    *,
    formats: Sequence[str],
    conversion: Conversion,
    out: Path,
    say: Callable[[str], None],
    processes: int = 2,
) -> Exported:
    """A folder with the formats asked for, each checked, and their card; it is there whole or not at all.

    Formats that an earlier export of the same weights left there are kept.

    Args:
        released: What is shipped.
        evidence: How good it is known to be.
        formats: Names out of `ALL`.
        conversion: How it is converted.
        out: Folder that holds the export's folder.
        say: Is told how it goes on.
        processes: Conversions that run at the same time.

    Raises:
        ExportError: If a format cannot be converted or written, or does not compute what the network computes; what was there
            before is there still.
    """
    final = out / released.name
    if isinstance(released.network, Factory) and "python" in formats and len(formats) > 1:
        say(f"python: left out, since {released.network.source} is the source of this network.")
        formats = [name for name in formats if name != "python"]
    try:
        _before(final)
        with _draft_folder(out) as draft:
            card = _card(
                released, evidence, conversion, make_artifacts(Order(released, conversion, tuple(formats), draft, say, processes))
            )
            with _alone(out):
                before = _before(final)  # another export of the same weights may have ended meanwhile
                if before and before.key == card.key:
                    kept = [one for one in before.artifacts if one.format not in formats and carry_over(one, final, draft)]
                    every = sorted((*card.artifacts, *kept), key=lambda one: ALL.index(one.format))
                    card = card.model_copy(update={"artifacts": tuple(every)})
                (draft / CARD).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
                (draft / PAGE).write_text(card_page(card), encoding="utf-8")
                replace_folder(draft, final)
    except OSError as error:
        raise ExportError(f"The export {final} cannot be written ({error.strerror or error}); choose another --out.") from None
    return Exported(final, card)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """While no other export to the same folder puts its files in place."""
    handle = os.open(out, os.O_RDONLY)
    try:
        flock(handle, LOCK_EX)
        yield
    finally:
        os.close(handle)


def _before(final: Path) -> ModelCard | None:
    """The card of an export that lies there already.

    Raises:
        ExportError: If something else does.
    """
    if final.exists() and not final.is_dir():
        raise ExportError(f"{final} is a file, where the export's folder would be; choose another --out.")
    card = read_card(final)
    if card is None and final.is_dir() and any(final.iterdir()):
        raise ExportError(f"The folder {final} holds files that are no export; choose another --out.")
    return card


@contextmanager
def _draft_folder(out: Path) -> Iterator[Path]:
    """A folder beside the final one; those of exports that were killed go."""
    out.mkdir(parents=True, exist_ok=True)
    for lock in out.glob(f"{_DRAFT}*.lock"):
        with lock.open("a") as handle:
            try:
                flock(handle, LOCK_EX | LOCK_NB)
            except OSError:
                continue  # its export is at work
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)
    draft = out / f"{_DRAFT}{uuid4().hex[:8]}"
    lock = draft.with_suffix(".lock")
    with lock.open("a") as handle:
        flock(handle, LOCK_EX)
        try:
            draft.mkdir()
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)
            lock.unlink(missing_ok=True)


def _card(released: Released, evidence: Evidence, conversion: Conversion, artifacts: tuple[Artifact, ...]) -> ModelCard:
    cost, summary = measure(released.network), describe(released.data)
    return ModelCard(
        label=released.label,
        study=released.study,
        why=released.why,
        refit=released.refit,
        network=released.network,
        plan=released.plan,
        data=released.data,
        source=summary.source,
        pixels=summary.pixels,
        class_names=summary.class_names,
        training_images=summary.training,
        seed=released.seed,
        weights_sha256=released.weights_sha256,
        conversion=conversion,
        evidence=evidence,
        parameters=cost.parameters,
        macs=cost.macs,
        peak_activation_bytes=cost.peak_activation_bytes,
        budget=released.budget,
        artifacts=artifacts,
        environment=environment(),
    )
