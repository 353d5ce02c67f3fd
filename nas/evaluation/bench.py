"""Where a verdict's networks are trained: on seeds of its own purposes, and never twice."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass

from nas.architecture import Network
from nas.data import DataRef
from nas.engine.folder import RunFolder
from nas.engine.reading import StudyView
from nas.engine.results import Results, Training
from nas.engine.seeds import Purpose, derive_seed
from nas.errors import StudyError
from nas.evaluation.deployment import Contender, Deployment, Finished
from nas.evaluation.seeds import Watch, require_ended, train_all
from nas.training.plan import TrainingPlan
from nas.training.work import Checkpoint, Segment, Work


@dataclass(frozen=True)
class Bench:
    """Trains networks for a verdict; a training that is finished, here or in another run beside it, is not done again."""

    view: StudyView
    executor: Executor
    workers: int
    watch: Watch
    say: Callable[[str], None]
    deployment: Deployment
    """The form that networks are compared in."""

    @property
    def data(self) -> DataRef:
        """What all train on."""
        return self.view.data

    @property
    def folder(self) -> RunFolder:
        """The study's folder."""
        return self.view.folder

    @property
    def recipe(self) -> TrainingPlan:
        """How the search trained."""
        return self.view.plan

    def seed(self, purpose: Purpose, index: int) -> int:
        """The seed of that index."""
        return derive_seed(self.view.settings.seed, purpose, index)

    def work(self, network: Network, seed: int, *, recipe: TrainingPlan | None = None) -> Work:
        """A whole training of a network."""
        chosen = recipe or self.recipe
        return Work(network, chosen, self.data, seed, chosen.epochs)

    def contenders(self, entries: Sequence[tuple[str, Work]], *, advice: str) -> tuple[Contender, ...]:
        """Networks by name and training, trained to the end, in the form in which they are compared.

        Args:
            entries: The networks.
            advice: How a sentence ends that says that one of them did not come to its end.

        Raises:
            TrainingError: If a training fails, or its loss is no longer finite.
            StudyError: If the weights of one are gone.
            NasError: If a network cannot be put into that form.
        """
        trainings = self.train([work for _, work in entries])
        named = ((name, training) for (name, _), training in zip(entries, trainings, strict=True))
        require_ended(named, advice=advice)
        return self._in_form(entries, trainings)

    def runners(self, entries: Sequence[tuple[str, Work]]) -> tuple[Contender | None, ...]:
        """The same, with None for a network whose loss is no longer finite: it loses its race, and the others go on."""
        trainings = self.train([work for _, work in entries])
        ended = [index for index, training in enumerate(trainings) if training.failure is None]
        there = dict(zip(ended, self._in_form([entries[i] for i in ended], [trainings[i] for i in ended]), strict=True))
        return tuple(there.get(index) for index in range(len(entries)))

    def _in_form(self, entries: Sequence[tuple[str, Work]], trainings: Sequence[Training]) -> tuple[Contender, ...]:
        finished = [
            Finished(name, work, training, self.checkpoint(work))
            for (name, work), training in zip(entries, trainings, strict=True)
        ]
        return self.deployment.contenders(finished, executor=self.executor, folder=self.folder, workers=self.workers)

    def train(self, works: Sequence[Work]) -> tuple[Training, ...]:
        """All of them trained to the end, or until a loss is no longer finite.

        Raises:
            TrainingError: If one of them fails otherwise.
        """
        results = Results(self.folder)
        elsewhere = [Results(RunFolder(path.parent)) for path in sorted(self.folder.path.parent.glob("*/results"))]
        for work in works:
            _borrow(work, results, elsewhere)
        return train_all(works, results=results, executor=self.executor, workers=self.workers, watch=self.watch)

    def checkpoint(self, work: Work) -> Checkpoint:
        """The weights that a finished training ended with.

        Raises:
            StudyError: If they are gone.
        """
        kept = Results(self.folder).checkpoint(work, epoch=work.until_epoch)
        if kept is None:
            raise StudyError(
                f"The weights of a training with seed {work.seed} are gone; remove its file in results/ and begin again."
            )
        return kept


def _borrow(work: Work, results: Results, elsewhere: Iterable[Results]) -> None:
    """Takes over a training that another run has finished, with its weights."""
    mine = results.load(work)
    if mine and len(mine.curve) >= work.until_epoch:
        return
    for other in elsewhere:
        with suppress(StudyError):  # a damaged file of another run is that run's business
            training = other.load(work)
            checkpoint = other.checkpoint(work, epoch=work.until_epoch)
            if training and checkpoint and training.failure is None and len(training.curve) == work.until_epoch:
                results.save(work, Segment(training.curve, checkpoint), before=())
                return
