"""What a search returns."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nas.architecture import Network
from nas.engine.driver import Ending
from nas.engine.objective import front_of
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord
from nas.engine.search import SearchOutcome
from nas.evaluation.report.fragment import fragment
from nas.evaluation.report.page import Block, Table, Text
from nas.evaluation.report.search_sections import search_section
from nas.evaluation.report.subject import Subject
from nas.evaluation.report.verdict_sections import answer_of, networks_section, verdict_section
from nas.evaluation.written import read_written
from nas.exporting.released import Conversion, shipped_model
from nas.library.counts import counts_in_words, verdict_free_words
from nas.library.layers import summarise
from nas.library.places import Place
from nas.library.quiet_keras import quiet_keras
from nas.library.releases import choose_release
from nas.library.verdict import verdict
from nas.library.verdict_result import VerdictResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import keras
    import pandas as pd

_COLUMNS: "Mapping[str, Callable[[TrialRecord], object]]" = {
    "trial": lambda record: record.number,
    "outcome": lambda record: record.outcome,
    "baseline": lambda record: record.baseline,
    "score": lambda record: record.score,
    "parameters": lambda record: record.parameters,
    "trainable_parameters": lambda record: record.trainable_parameters,
    "macs": lambda record: record.macs,
    "peak_activation_bytes": lambda record: record.peak_activation_bytes,
    "epochs": lambda record: len(record.curve),
    "seconds": lambda record: record.seconds,
    "seed": lambda record: record.seed,
    "repeats": lambda record: record.repeats,
    "reason": lambda record: record.reason,
    "layers": lambda record: summarise(record.network),
}


@dataclass(frozen=True, repr=False)
class SearchResult:
    """What a search has found; everything it names is kept in the run's folder."""

    place: Place
    """Where the study lies."""
    view: StudyView
    """The study as it was when the search ended."""
    outcome: SearchOutcome
    """How it ended."""
    judged: VerdictResult | None
    """The verdict, or None if there was none to be had or none was asked for."""
    report: Path
    """The report, a page of HTML."""

    @property
    def study(self) -> str:
        """Name of the study."""
        return self.place.folder.name

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.place.folder.path

    @property
    def ending(self) -> Ending:
        """Why it ended: `done`, `timeout`, or `exhausted` where the space has no new network left that fits."""
        return self.outcome.ending

    @property
    def seconds(self) -> float:
        """Wall time of this call's search."""
        return self.outcome.seconds

    @property
    def counts(self) -> "Mapping[str, int]":
        """How many were proposed, trained, completed, stopped, refused, repeated and failed; baselines and epochs."""
        return self.view.tally.counts

    @property
    def best(self) -> TrialRecord | None:
        """The best network by validation with one seed, hand-designed ones included."""
        return self.view.tally.best

    @property
    def front(self) -> tuple[TrialRecord, ...]:
        """The Pareto front, hand-designed networks among it, the cheapest first; by parameters unless the search was for MACs."""
        return front_of(self.view.tally, aim=self.view.settings.aim or "parameters")

    @property
    def baselines(self) -> tuple[TrialRecord, ...]:
        """The hand-designed networks that were trained, best first."""
        return self.view.tally.baselines

    @property
    def network(self) -> Network:
        """The verdict's winner, else the best network by validation.

        Raises:
            StudyError: If none was trained to the end.
        """
        return self.judged.network if self.judged else self.view.record("best").network

    def to_frame(self) -> "pd.DataFrame":
        """A row for each trial in order, as trials.csv has them, with the layers in a few words."""
        import pandas as pd

        records = self.view.tally.records
        frame = pd.DataFrame({name: [of(record) for record in records] for name, of in _COLUMNS.items()})
        return frame.set_index("trial").astype({"seed": "Int64", "repeats": "Int64"})

    def model(self, trial: str | int = "best", *, include_rescaling: bool = False) -> "keras.Sequential":
        """A trained network as a built Keras model with its weights, from images (batch, height, width, channels).

        The best is what `nas.export` would ship: of the verdict's winner the confirmation training with median validation
        accuracy; without a verdict the best network by validation.

        Args:
            trial: best, a trial's number, or a hand-designed network's name.
            include_rescaling: Whether it takes pixels from 0 to 255, or divided by 255.

        Raises:
            StudyError: If there is no such network.
            ExportError: If no weights of it are kept.
        """
        release = choose_release(self.place.read(), str(trial), read_written(self.folder))
        with quiet_keras():
            return shipped_model(release.released, Conversion(include_rescaling=include_rescaling))

    def verdict(self, *, progress: bool = True) -> VerdictResult:
        """The verdict on this search, made now if there is none; `nas.verdict(found, ...)` has more to choose.

        Raises:
            NasError: If nothing can be compared, a training fails, or the test set cannot be opened.
        """
        return verdict(self, progress=progress)

    def __repr__(self) -> str:
        view = self.view
        lines = [
            f"Search {self.study}: {self.ending}.",
            verdict_free_words(view.tally, aim=view.settings.aim),
            counts_in_words(view.tally, planned_epochs=view.planned_epochs),
        ]
        if self.judged:
            lines.append(self.judged.headline)
        return "\n".join((*lines, f"Report: {self.report}"))

    def _repr_html_(self) -> str:
        subject = Subject(self.view, self.judged.judged if self.judged else None)
        headline, _ = answer_of(subject)
        blocks: list[Block] = [*verdict_section(subject).blocks[:2]] if self.judged else []
        tables = [block for block in networks_section(subject).blocks if isinstance(block, Table)]
        told = Text(counts_in_words(self.view.tally, planned_epochs=self.view.planned_epochs))
        return fragment(headline, *blocks, *tables, *search_section(self.view, subject.judged).blocks, told)
