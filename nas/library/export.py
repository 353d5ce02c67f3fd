"""`nas.export`: a trained network as files that are proven to compute the same, with their card."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nas.evaluation.report.fragment import fragment
from nas.evaluation.report.page import Table, Text
from nas.exporting.card import PAGE, Artifact, ModelCard
from nas.exporting.released import Conversion
from nas.exporting.shipping import Exported, choose_formats
from nas.library.at_work import at_work
from nas.library.exporting import file_facts, ship, write_table
from nas.library.places import Study, as_path, find_place, from_environment
from nas.library.ranges import require_between
from nas.library.releases import choose_releases
from nas.library.wording import percent

if TYPE_CHECKING:
    import pandas as pd


def export(  # noqa: PLR0913 - one argument a flag
    study: Study = None,
    *,
    trial: str | int | Sequence[str | int] = "best",
    format: str | Sequence[str] = "keras",  # noqa: A002 - the flag's name
    out: str | Path | None = None,
    include_rescaling: bool = False,
    calibration: int = 500,
    calibration_seed: int = 0,
    refit: bool = False,
    table: str | Path | None = None,
    storage: str | None = None,
    runs: str | Path | None = None,
    progress: bool = True,
) -> "ExportResult":
    """A trained network in the formats of laptops and microcontrollers, each checked against Keras.

    The best is the verdict's winner (of its confirmation trainings the one with median validation accuracy), or, without a
    verdict, the best by validation.

    >>> import nas
    >>> nas.export(format=["keras", "litert-int8"]).files  # doctest: +SKIP

    Args:
        study: Name of the study, or what a search returned (default: the study worked on last).
        trial: best, a trial's number, a hand-designed network's name, or baselines; or several of them.
        format: keras, saved-model, litert, litert-int8, onnx, c, python; or several of them, or all.
        out: Folder that takes a folder for each network; exports in the run's folder unless given.
        include_rescaling: Whether the files take pixels from 0 to 255 and divide them themselves.
        calibration: Training images from which int8 ranges are found.
        calibration_seed: Gives the choice of these images.
        refit: Whether it is trained once more, on training and validation images together; not the judged network.
        table: Also write the exports side by side, as a Markdown file.
        storage: URL of Optuna's storage; NAS_STORAGE, else a SQLite file in the run's folder, unless given.
        runs: Folder that holds the runs; NAS_RUNS, else ./runs, unless given.
        progress: Whether it is shown how it goes on.

    Raises:
        NasError: If there is no such network or format, or a file cannot be written or does not compute the same.
    """
    require_between("calibration", calibration, least=1, most=100_000)
    require_between("calibration_seed", calibration_seed, least=0, most=None)
    formats = choose_formats(_listed(format))
    with at_work(progress=progress) as display:
        url = from_environment(storage, variable="NAS_STORAGE")
        view = find_place(study, storage=url, runs=as_path(runs), display=display).read()
        exports = ship(
            view,
            choose_releases(view, _listed(trial)),
            formats=formats,
            conversion=Conversion(
                include_rescaling=include_rescaling, calibration_images=calibration, calibration_seed=calibration_seed
            ),
            out=as_path(out),
            again=refit,
            display=display,
        )
    if table is not None:
        write_table(exports, Path(table))
    return ExportResult(exports)


@dataclass(frozen=True, repr=False)
class ExportResult:
    """Files of one network or of several, each beside its card."""

    exports: tuple[Exported, ...]
    """A folder with its card for each network, in the order in which they were named."""

    @property
    def folder(self) -> Path:
        """The folder of the first, which is the only one unless several were named."""
        return self.exports[0].folder

    @property
    def card(self) -> ModelCard:
        """Its model card: what it is, what it takes and gives, what it costs, and what was measured."""
        return self.exports[0].card

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of all formats, or the folder where a format is one."""
        return tuple(one.folder / artifact.file for one in self.exports for artifact in one.card.artifacts)

    def to_frame(self) -> "pd.DataFrame":
        """A row for each file."""
        import pandas as pd

        rows = [
            {"network": one.card.label, **file_facts(one, artifact)} for one in self.exports for artifact in one.card.artifacts
        ]
        return pd.DataFrame(rows).set_index(["network", "format"])

    def __repr__(self) -> str:
        lines = [f"{label}: {artifact.file}, {artifact.size_bytes:,} bytes" for label, artifact in self._artifacts]
        return "\n".join((*lines, *(f"Card: {one.folder / PAGE}" for one in self.exports)))

    def _repr_html_(self) -> str:
        columns = ("network", "file", "bytes", "difference", "validation", "latency", "arena")
        rows = tuple((label, *_cells(artifact)) for label, artifact in self._artifacts)
        cards = [Text(f"Card: {one.folder / PAGE}") for one in self.exports]
        title = " and ".join(one.card.label for one in self.exports)
        return fragment(f"Exported: {title}", Table(columns, rows, words=("file",)), *cards)

    @property
    def _artifacts(self) -> list[tuple[str, Artifact]]:
        return [(one.card.label, artifact) for one in self.exports for artifact in one.card.artifacts]


def _listed(words: str | int | Sequence[str | int]) -> str:
    """Several words as the command line has them, with commas between."""
    return str(words) if isinstance(words, str | int) else ",".join(map(str, words))


def _cells(one: Artifact) -> tuple[str, ...]:
    check = one.check
    return (
        one.file,
        f"{one.size_bytes:,}",
        f"{check.largest_difference:.1g}" if check else "–",
        percent(check.accuracy if check else None),
        f"{one.latency_us:.0f} µs" if one.latency_us is not None else "–",
        f"{one.arena_bytes:,}" if one.arena_bytes else "–",
    )
