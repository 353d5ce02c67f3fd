"""The flow of an export; the command and the word `export` share it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from nas.engine.reading import StudyView
from nas.evaluation.refitting import refit
from nas.exporting.card import Artifact, Evidence
from nas.exporting.released import Conversion
from nas.exporting.shipping import Exported, export_network
from nas.exporting.table import export_table
from nas.files import write_output
from nas.library.releases import Release
from nas.library.showing import Display
from nas.training.cluster import available_cores, local_workers

EXPORTS: Final = "exports"
"""Folder in a run's folder that takes its exports."""


def ship(
    view: StudyView,
    releases: Sequence[Release],
    *,
    formats: Sequence[str],
    conversion: Conversion,
    out: Path | None,
    again: bool,
    display: Display,
) -> tuple[Exported, ...]:
    """Each release as files, proven to compute the same.

    Args:
        view: The study that they are from.
        releases: What is shipped.
        formats: Names of formats, as `choose_formats` gives them.
        conversion: How they are converted.
        out: Folder that takes a folder for each, or None for the run's own.
        again: Whether each is trained once more first, on training and validation images together.
        display: Is told how it goes on.

    Raises:
        ExportError: If a format cannot be converted or written, or does not compute what the network computes.
    """
    exports = []
    for release in releases:
        shipped = _refitted(view, release, display=display) if again else release
        it = shipped.released
        display.say(f"{it.label}, {view.settings.data}, as {', '.join(formats)}: {it.why}")
        exports.append(
            export_network(
                it,
                shipped.evidence,
                formats=formats,
                conversion=conversion,
                out=out or view.folder.path / EXPORTS,
                say=lambda line: display.say(f"  {line}"),
                processes=available_cores(),
            )
        )
    return tuple(exports)


def write_table(exports: Sequence[Exported], path: Path) -> None:
    """The exports side by side, as a Markdown file.

    Raises:
        StudyError: If it cannot be written.
    """
    write_output(path, export_table([one.card for one in exports]).encode())


def file_facts(exported: Exported, artifact: Artifact) -> dict[str, Any]:
    """A file of an export as documented keys."""
    check = artifact.check
    return {
        "format": artifact.format,
        "file": str(exported.folder / artifact.file),
        "size_bytes": artifact.size_bytes,
        "largest_difference": check.largest_difference if check else None,
        "equal_classes": check.equal_classes if check else None,
        "checked_images": check.images if check else None,
        "val_accuracy": check.accuracy if check else None,
        "latency_us": artifact.latency_us,
        "arena_bytes": artifact.arena_bytes,
    }


def _refitted(view: StudyView, release: Release, *, display: Display) -> Release:
    """A release trained once more, on training and validation images together."""
    it = release.released
    display.say(f"Refit of {it.label} on training and validation images together, {it.plan.epochs} epochs.")
    workers = local_workers(1, log=view.folder.worker_log)
    with view.folder.locked(), workers as executor, display.counting(unit="epochs") as watch:
        work, checkpoint = refit(view, release.work, executor=executor, watch=watch)
    why = f"Trained with seed {work.seed} on training and validation images together. What was chosen: {it.why}"
    again = replace(it, data=work.data, seed=work.seed, checkpoint=checkpoint, why=why, refit=True)
    return replace(release, released=again, evidence=Evidence())
