"""The form in which a verdict compares networks: as they were trained, or as the files that are shipped."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from nas.engine.folder import RunFolder
from nas.engine.results import Training
from nas.evaluation.classification import Judgeable, classify_validation
from nas.evaluation.holdout import Trained
from nas.evaluation.verdict_plan import Form
from nas.training.curve import score
from nas.training.executor import run_all
from nas.training.work import Checkpoint, Work

VALIDATION = "Classifying the validation images"
"""What is said to have failed where workers die of it."""


@dataclass(frozen=True)
class Finished:
    """A network trained to its end."""

    name: str
    work: Work
    training: Training
    checkpoint: Checkpoint
    """The weights that it ended with."""


@dataclass(frozen=True)
class Contender:
    """A trained network in the form in which it is compared."""

    model: Judgeable
    score: float
    """What the race goes by: a share of validation images."""
    val_accuracy: float
    """Share of validation images that exactly this classifies correctly: what is handed out is chosen by it."""
    trained_accuracy: float | None = None
    """That share before it was converted; None where nothing was."""


class Deployment(Protocol):
    """A form that trained networks are put into before they are compared."""

    @property
    def name(self) -> Form | None:
        """What a plan calls it; None for networks as they were trained."""
        ...

    @property
    def search_counts(self) -> bool:
        """Whether the search's scores are of this form, and count in the race beside those on selection seeds."""
        ...

    def require(self) -> None:
        """Nothing, where networks can be put into it here.

        Raises:
            NasError: If a package is missing.
        """
        ...

    def contenders(
        self, finished: Sequence[Finished], *, executor: Executor, folder: RunFolder, workers: int
    ) -> tuple[Contender, ...]:
        """Networks in this form, in order.

        Args:
            finished: Networks trained to their ends.
            executor: Where images are classified.
            folder: The study's, which keeps what is made.
            workers: Processes that may work at the same time.

        Raises:
            NasError: If one of them cannot be put into it.
        """
        ...


@dataclass(frozen=True)
class AsTrained:
    """Networks as Keras computes them; their figures were found in training."""

    name: None = None
    search_counts: bool = True

    def require(self) -> None:
        """Nothing: whoever trains can do that."""

    def contenders(
        self, finished: Sequence[Finished], *, executor: Executor, folder: RunFolder, workers: int
    ) -> tuple[Contender, ...]:
        """The same networks."""
        del executor, folder, workers
        return tuple(
            Contender(
                model=Trained(one.name, one.work.network, one.work.plan, one.checkpoint),
                score=score(one.training.curve),
                val_accuracy=one.training.curve[-1].val_accuracy,
            )
            for one in finished
        )


class Converter(Protocol):
    """Makes files of trained networks, each of them once."""

    @property
    def name(self) -> Form:
        """What a plan calls them."""
        ...

    def require(self) -> None:
        """Nothing, where it has all that it needs.

        Raises:
            NasError: If a package is missing.
        """
        ...

    def convert(self, finished: Sequence[Finished], *, folder: RunFolder, processes: int) -> Sequence[Judgeable]:
        """The files of networks, in order, kept in a run's folder.

        Raises:
            NasError: If one of them cannot be converted.
        """
        ...


@dataclass(frozen=True)
class AsFiles:
    """Networks as converted files, each scored by what the file itself answers to the validation images."""

    converter: Converter
    search_counts: bool = False  # the search scores networks as they were trained

    @property
    def name(self) -> Form:
        """The files' name."""
        return self.converter.name

    def require(self) -> None:
        """Nothing, where files can be made here."""
        self.converter.require()

    def contenders(
        self, finished: Sequence[Finished], *, executor: Executor, folder: RunFolder, workers: int
    ) -> tuple[Contender, ...]:
        """Their files; a file has one score, since it is made of the last epoch's weights."""
        files = self.converter.convert(finished, folder=folder, processes=workers)
        given = [(file, one.work.data) for file, one in zip(files, finished, strict=True)]
        classified = run_all(classify_validation, given, executor=executor, at_most=workers, what=VALIDATION)
        return tuple(
            Contender(
                model=file,
                score=its.accuracy,
                val_accuracy=its.accuracy,
                trained_accuracy=one.training.curve[-1].val_accuracy,
            )
            for file, one, its in zip(files, finished, classified, strict=True)
        )
