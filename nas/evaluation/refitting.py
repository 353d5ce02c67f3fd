"""A network trained once more before it leaves, on training and validation images together."""

from concurrent.futures import Executor

from nas.engine.reading import StudyView
from nas.engine.results import Results
from nas.engine.seeds import derive_seed
from nas.errors import StudyError
from nas.evaluation.seeds import Watch, require_ended, train_all
from nas.training.work import Checkpoint, Work


def refit(view: StudyView, work: Work, *, executor: Executor, watch: Watch) -> tuple[Work, Checkpoint]:
    """A whole training like the one given, on every training and validation image; done before, it is read.

    Args:
        view: The study that it is from, which keeps the training.
        work: The training whose network and recipe are taken over.
        executor: Trains.
        watch: Is told how it goes on.

    Returns:
        What was trained, and the weights that it ended with.

    Raises:
        TrainingError: If the training fails.
        StudyError: If its weights are gone.
    """
    every = view.data.model_copy(update={"split": view.data.split.model_copy(update={"kind": "all"})})
    seed = derive_seed(view.settings.seed, "refit", 0)
    whole = Work(work.network, work.plan, every, seed, work.plan.epochs)
    results = Results(view.folder)
    (training,) = train_all([whole], results=results, executor=executor, workers=1, watch=watch)
    require_ended([("The network", training)], advice="export it without --refit")
    checkpoint = results.checkpoint(whole, epoch=whole.until_epoch)
    if checkpoint is None:
        raise StudyError(f"The weights of the training with seed {seed} are gone; remove its file in results/ and begin again.")
    return whole, checkpoint
