"""A study's report as files: one page of HTML, and Markdown with figures beside it, from the same content."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import optuna

from nas import __version__
from nas.architecture import Architecture
from nas.engine.reading import StudyView
from nas.engine.storage import open_storage, sqlite_url
from nas.evaluation.judging import Judged
from nas.evaluation.report.details_sections import details_sections
from nas.evaluation.report.importance import Importances, find_importances
from nas.evaluation.report.network_sections import layers_section, mistakes_section, training_section
from nas.evaluation.report.page import Page, Section
from nas.evaluation.report.record_sections import again_section, openings_section, record_section
from nas.evaluation.report.search_sections import counts_section, importance_section, search_section
from nas.evaluation.report.subject import Subject
from nas.evaluation.report.templating import templates
from nas.evaluation.report.verdict_sections import (
    answer_of,
    drops_section,
    networks_section,
    shrinkage_section,
    verdict_section,
)
from nas.files import write_output

HTML: Final = "report.html"
MARKDOWN: Final = "report.md"
FIGURES: Final = "figures"


@dataclass(frozen=True)
class ReportFiles:
    """The files of a report."""

    html: Path
    """One page that needs no other file."""
    markdown: Path
    figures: tuple[Path, ...]
    """The pictures that the Markdown shows."""


def write_report(
    view: StudyView,
    judged: Judged | None,
    folder: Path,
    *,
    source: Callable[[Architecture], str],
    storage: str | None = None,
) -> ReportFiles:
    """A study's report.

    Args:
        view: The study, finished or not.
        judged: Its verdict, or None if there is none.
        folder: Where the files are put; it is made if it is not there.
        source: A network's Keras source.
        storage: URL of Optuna's storage, or None for the study's own file.

    Raises:
        StudyError: If a file cannot be written, or a kept training is damaged.
        StorageError: If the storage cannot be used.
    """
    page = compose(view, judged, source=source, importances=importances_of(view, storage=storage))
    files = templates()
    written = ReportFiles(folder / HTML, folder / MARKDOWN, tuple(folder / FIGURES / f"{one.name}.png" for one in page.pictures))
    for path, picture in zip(written.figures, page.pictures, strict=True):
        write_output(path, picture.png)
    for path, template in ((written.html, "report.html.j2"), (written.markdown, "report.md.j2")):
        write_output(path, files.get_template(template).render(page=page, figures=FIGURES).encode())
    return written


def compose(view: StudyView, judged: Judged | None, *, source: Callable[[Architecture], str], importances: Importances) -> Page:
    """A report's content: the verdict first."""
    subject = Subject(view, judged)
    headline, tone = answer_of(subject)
    sections: list[Section] = [verdict_section(subject), networks_section(subject)]
    if judged and judged.verdict.drops:
        sections.append(drops_section(judged))
    if judged:
        sections.append(shrinkage_section(judged))
    if subject.best:
        sections += [layers_section(subject.best, source=source), training_section(subject)]
    if judged:
        sections.append(mistakes_section(subject, judged))
    sections += [search_section(view, judged), importance_section(importances)]
    if judged:
        sections += details_sections(judged)
    sections += [
        counts_section(view, judged),
        openings_section(view, judged),
        record_section(view, judged),
        again_section(view, judged),
    ]
    return Page(
        study=view.folder.name,
        question=f"Within {view.settings.limits.words} on {view.settings.data}: did the search beat the networks that"
        " people designed by hand?",
        headline=headline,
        tone=tone,
        sections=tuple(sections),
        version=__version__,
    )


def importances_of(view: StudyView, *, storage: str | None) -> Importances:
    """What mattered in a study, or why that cannot be told.

    Raises:
        StorageError: If the storage cannot be used.
    """
    if storage is None and not view.folder.database.exists():
        return Importances({}, 0, "Optuna's study is not here, so what mattered cannot be told.")
    try:
        study = optuna.load_study(storage=open_storage(storage or sqlite_url(view.folder.database)), study_name=view.folder.name)
    except KeyError:
        return Importances({}, 0, "No trial has begun yet, so what mattered cannot be told.")
    return find_importances(study)
