"""Several trainings to their ends, on all workers, with everything kept on the way."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import replace
from time import sleep

from nas.engine.results import Results, Training
from nas.errors import TrainingError
from nas.training.executor import LOOK_SECONDS, describe_death, gone, room
from nas.training.trainer import train_one
from nas.training.work import Segment, Work

SEGMENT_EPOCHS = 5
"""What an interruption costs at most."""

Watch = Callable[[int, int], None]
"""Is told the epochs done and the epochs in all."""


def train_all(works: Sequence[Work], *, results: Results, executor: Executor, workers: int, watch: Watch) -> tuple[Training, ...]:
    """Each work trained to its last epoch, in order; what is there already, or was asked for before, is not trained again.

    A training whose loss is no longer finite ends there, with its `failure`.

    Raises:
        TrainingError: If one of them kills its workers or cannot be trained; the others are kept.
    """
    distinct = {work.key: work for work in works}
    finished: dict[str, Training] = {}
    waiting = [(work, results.load(work)) for work in distinct.values()]
    flying: dict[Future[Segment], tuple[Work, Training | None]] = {}
    total = sum(work.until_epoch for work in distinct.values())
    try:
        while waiting or flying:
            while waiting and len(flying) < room(executor, at_most=workers):
                work, training = waiting.pop(0)
                if training and (training.failure or len(training.curve) >= work.until_epoch):
                    finished[work.key] = training
                else:
                    flying[executor.submit(train_one, _next_piece(work, training, results))] = (work, training)
            moving = [training for _, training in (*waiting, *flying.values()) if training]
            watch(sum(len(training.curve) for training in (*finished.values(), *moving)), total)
            if not flying:
                sleep(LOOK_SECONDS)  # no worker is there
            done, _ = wait(flying, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            failures: list[TrainingError] = []
            for future in done:
                work, training = flying.pop(future)
                try:
                    waiting.insert(0, (work, _taken_in(future, work, training, results)))
                except TrainingError as error:  # what has come back beside it is taken in first
                    failures.append(error)
            if failures:
                raise failures[0]
    finally:
        for future in flying:
            future.cancel()
    watch(total, total)
    return tuple(finished[work.key] for work in works)


def require_ended(named: Iterable[tuple[str, Training]], *, advice: str) -> None:
    """Nothing, if the trainings of networks by name went to their ends.

    Raises:
        TrainingError: If the loss of one is no longer finite; the sentence ends in the advice.
    """
    for name, training in named:
        if training.failure:
            raise TrainingError(f"{name} was trained with the seed {training.seed}, and {training.failure}; {advice}.")


def _next_piece(work: Work, training: Training | None, results: Results) -> Work:
    done = len(training.curve) if training else 0
    checkpoint = results.checkpoint(work, epoch=done) if done else None
    begin = checkpoint.epoch if checkpoint else 0
    return replace(work, checkpoint=checkpoint, until_epoch=min(work.until_epoch, begin + SEGMENT_EPOCHS))


def _taken_in(future: Future[Segment], work: Work, training: Training | None, results: Results) -> Training:
    try:
        segment = future.result()
    except CancelledError:
        raise gone() from None
    except Exception as error:
        raise TrainingError(f"A training of {work.plan.epochs} epochs failed: {describe_death(error)}.") from error
    begun = segment.checkpoint.epoch - len(segment.curve)
    before = training.curve[:begun] if training else ()
    return results.save(work, segment, before=before)
