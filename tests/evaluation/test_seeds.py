"""Several trainings to their ends: all of them, in order, and nothing twice."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_search import DATA, TASK, fake_train

from nas.baselines import baselines
from nas.engine.folder import RunFolder
from nas.engine.results import Results
from nas.errors import TrainingError
from nas.evaluation.seeds import SEGMENT_EPOCHS, require_ended, train_all
from nas.training.plan import NOTEBOOK
from nas.training.work import Segment, Work

NETWORKS = baselines(TASK)
WORKS = tuple(Work(NETWORKS[name], NOTEBOOK, DATA, seed, NOTEBOOK.epochs) for name in ("model-1", "model-3") for seed in (1, 2))
TOTAL = 15 * len(WORKS)


class Made(Executor):
    """Answers each submitted work with arithmetic instead of a training, and remembers what was asked."""

    def __init__(self, train: Callable[[Work], Segment] = fake_train) -> None:
        self.train, self.works = train, list[Work]()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        (work,) = args
        self.works.append(work)
        future: Future[Any] = Future()
        try:
            future.set_result(self.train(work))
        except Exception as error:
            future.set_exception(error)
        return future

    @property
    def epochs(self) -> Counter[tuple[str, int]]:
        """How often each epoch of each training was asked for."""
        return Counter(
            (work.key, epoch)
            for work in self.works
            for epoch in range((work.checkpoint.epoch if work.checkpoint else 0) + 1, work.until_epoch + 1)
        )


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(RunFolder(tmp_path / "replay"))


def unwatched(done: int, total: int) -> None:
    """Watches nothing."""


@pytest.mark.parametrize("workers", [1, 3, 9])
def test_every_work_is_trained_to_its_last_epoch_in_the_order_given(results: Results, workers: int) -> None:
    executor = Made()
    trainings = train_all(WORKS, results=results, executor=executor, workers=workers, watch=unwatched)
    assert [(one.network, one.seed) for one in trainings] == [(work.network, work.seed) for work in WORKS]
    assert {tuple(row.epoch for row in one.curve) for one in trainings} == {tuple(range(1, 16))}
    assert set(executor.epochs.values()) == {1}


def test_a_training_is_cut_into_segments_of_five_epochs(results: Results) -> None:
    executor = Made()
    train_all(WORKS[:1], results=results, executor=executor, workers=1, watch=unwatched)
    assert [work.until_epoch for work in executor.works] == [5, 10, 15]
    assert SEGMENT_EPOCHS == 5


def test_what_is_there_already_is_not_trained_again(results: Results) -> None:
    first = train_all(WORKS[:2], results=results, executor=Made(), workers=2, watch=unwatched)
    executor = Made()
    again = train_all(WORKS, results=results, executor=executor, workers=2, watch=unwatched)
    assert again[:2] == first
    assert {work.key for work in executor.works} == {work.key for work in WORKS[2:]}


def test_an_interruption_costs_the_segments_in_flight_and_no_more(results: Results) -> None:
    class Killed(BaseException):
        """What no handler expects."""

    def train(work: Work) -> Segment:
        if len(interrupted.works) == 6:
            raise Killed
        return fake_train(work)

    interrupted, resumed = Made(train), Made()
    with pytest.raises(Killed):
        train_all(WORKS, results=results, executor=interrupted, workers=2, watch=unwatched)
    train_all(WORKS, results=results, executor=resumed, workers=2, watch=unwatched)
    trained = interrupted.epochs + resumed.epochs
    assert sum(trained.values()) <= TOTAL + 2 * SEGMENT_EPOCHS
    assert len(trained) == TOTAL


def test_never_more_works_are_out_than_there_are_workers(results: Results) -> None:
    open_at_once: list[int] = []

    class Slow(Made):
        """Leaves each future open until as many are out as may be."""

        out: list[tuple[Future[Any], Work]] = []  # noqa: RUF012 - one executor a test

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            self.out.append((future, args[0]))
            open_at_once.append(sum(not one.done() for one, _ in self.out))
            if open_at_once[-1] >= 2 or len(self.out) > 9:
                for one, work in self.out:
                    if not one.done():
                        one.set_result(fake_train(work))
            return future

    train_all(WORKS, results=results, executor=Slow(), workers=2, watch=unwatched)
    assert max(open_at_once) == 2


def test_weights_that_were_lost_are_trained_anew_from_the_start(results: Results) -> None:
    work = replace(WORKS[0], until_epoch=5)
    train_all([work], results=results, executor=Made(), workers=1, watch=unwatched)
    results.drop_checkpoint(work)
    executor = Made()
    (training,) = train_all(WORKS[:1], results=results, executor=executor, workers=1, watch=unwatched)
    assert [row.epoch for row in training.curve] == list(range(1, 16))
    assert [work.until_epoch for work in executor.works] == [5, 10, 15]


def test_a_failure_is_told_in_a_sentence_and_the_others_are_kept(results: Results) -> None:
    def train(work: Work) -> Segment:
        if work.key == WORKS[0].key:
            raise MemoryError("too much")
        return fake_train(work)

    with pytest.raises(TrainingError, match=r"^A training of 15 epochs failed: MemoryError: too much\.$"):
        train_all(WORKS, results=results, executor=Made(train), workers=4, watch=unwatched)
    assert [results.load(work) is not None for work in WORKS] == [False, True, True, True]


def test_a_training_whose_loss_is_not_finite_ends_there_is_kept_and_is_not_tried_again(results: Results) -> None:
    def train(work: Work) -> Segment:
        segment = fake_train(work)
        if work.key != WORKS[0].key:
            return segment
        return Segment(segment.curve[:2], segment.checkpoint, failure="the loss was no longer finite in epoch 3")

    executor = Made(train)
    first, second = train_all(WORKS[:2], results=results, executor=executor, workers=1, watch=unwatched)
    assert (first.failure, len(first.curve)) == ("the loss was no longer finite in epoch 3", 2)
    assert (second.failure, len(second.curve)) == (None, 15)
    again = Made(train)
    assert train_all(WORKS[:2], results=results, executor=again, workers=1, watch=unwatched) == (first, second)
    assert again.works == []
    message = r"^mine was trained with the seed 1, and the loss was no longer finite in epoch 3; choose another\.$"
    with pytest.raises(TrainingError, match=message):
        require_ended([("other", second), ("mine", first)], advice="choose another")


def test_a_work_that_is_asked_for_twice_is_trained_once(results: Results) -> None:
    executor, heard = Made(), list[tuple[int, int]]()
    twice = train_all([WORKS[0], WORKS[0]], results=results, executor=executor, workers=2, watch=lambda *told: heard.append(told))
    assert twice[0] == twice[1]
    assert set(executor.epochs.values()) == {1}
    assert heard[-1] == (15, 15)


def test_the_watch_hears_rising_numbers_up_to_the_total(results: Results) -> None:
    heard: list[tuple[int, int]] = []
    train_all(WORKS, results=results, executor=Made(), workers=2, watch=lambda done, total: heard.append((done, total)))
    assert {total for _, total in heard} == {TOTAL}
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert heard[-1] == (TOTAL, TOTAL)
    assert heard[0] == (0, TOTAL)
