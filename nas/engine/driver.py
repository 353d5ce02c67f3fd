"""The one process that asks, counts, refuses, reports, stops and tells; workers only train."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field, replace
from itertools import chain
from time import monotonic, sleep
from typing import Literal

from optuna.trial import Trial

from nas.architecture import describe_excess, failure_of, fits, measure, violations
from nas.engine.flight import Asked, Flight
from nas.engine.order import Order
from nas.engine.past import Past
from nas.engine.progress import Progress, Watcher, at_the_pace_of
from nas.engine.records import Outcome, Tally, TrialRecord
from nas.engine.results import Keeper
from nas.engine.rivals import Runner, reason_to_stop
from nas.engine.samplers import BARREN_FOR_RANDOM
from nas.engine.seeds import derive_seed
from nas.engine.study import Study
from nas.errors import TrainingError
from nas.training.executor import LOOK_SECONDS, describe_death, gone, room
from nas.training.work import Segment, Work

FAILURES_IN_A_ROW = 5
"""After so many failed trainings without a success the search gives up."""

_REPORT_SECONDS = 0.2
"""How far apart reports are: adding up thousands of trials takes longer than a quick one."""

Ending = Literal["done", "exhausted", "timeout"]
Wait = Callable[..., tuple[set[Future[Segment]], set[Future[Segment]]]]


@dataclass
class Driver:
    """Runs a search; its state is what is in flight, everything else is in study and results."""

    order: Order
    study: Study
    results: Keeper
    executor: Executor
    workers: int
    """Trainings at once, if there are workers for so many."""
    train: Callable[[Work], Segment]
    watch: Watcher
    estimate: float | None = None
    """About how many seconds the search will take, if anybody can tell."""
    wait: Wait = wait
    """Waits for trainings to end; a simulation waits in another time."""
    clock: Callable[[], float] = monotonic
    """Seconds since some moment."""
    _past: Past = field(default_factory=Past)
    _flights: "dict[Future[Segment], Flight]" = field(default_factory=dict)
    _held: dict[str, list[Asked]] = field(default_factory=dict)
    _failures: list[str] = field(default_factory=list)
    _baselines_left: set[str] = field(default_factory=set)
    _begun: float = 0.0
    _reported: float = float("-inf")
    barren: int = 0
    """Proposals in a row without a new network that fits."""

    @property
    def trained(self) -> int:
        """Completed and stopped trials of the search by now, those of earlier drivers included."""
        return len(self._past.trained)

    def run(self) -> Ending:
        """Trains until as many networks are trained as were asked for, and says why it ended.

        However it ends, trials in flight go back to waiting with the epochs that they have.

        Raises:
            TrainingError: If five trainings in a row failed.
        """
        self._begun = self.clock()
        self._past.add(self.study.records)
        since = min(self.study.waiting, default=-1)  # what waits was new, and fits
        self.barren = min(self.tally.barren, self._past.proposed_after(since))
        self._baselines_left = set(self.study.unfinished_baselines)
        try:
            while True:
                self._fill()
                self._report()
                if self._late or not (self._flights or self._wants_more):
                    self._report(last=True)
                    return self._ending
                self._land()
        finally:
            for future in self._flights:
                future.cancel()
            self.study.leave()

    @property
    def tally(self) -> Tally:
        """What has come out so far."""
        return self._past.tally

    @property
    def seconds(self) -> float:
        """Wall time since this driver began."""
        return self.clock() - self._begun

    @property
    def _room(self) -> int:
        """Trainings that can run at once now: workers of a cluster come and go."""
        return room(self.executor, at_most=self.workers)

    @property
    def _late(self) -> bool:
        return self.order.timeout is not None and self.seconds >= self.order.timeout

    @property
    def _missing(self) -> int:
        """Trials still to be begun, if all in flight succeed."""
        flying = sum(flight.asked.baseline is None for flight in self._flights.values())
        return self.order.trials - self.trained - flying

    @property
    def _wants_more(self) -> bool:
        """Whether there is something to begin, or to go on with."""
        return (self._missing > 0 or self._baseline_waits) and (self.barren < self.order.patience or bool(self.study.waiting))

    @property
    def _baseline_waits(self) -> bool:
        """Whether a hand-designed network is still to be begun."""
        if not self._baselines_left:
            return False
        begun = {flight.asked.baseline for flight in self._flights.values()}
        begun.update(asked.baseline for asked in chain(*self._held.values()))
        return not self._baselines_left <= begun

    @property
    def _ending(self) -> Ending:
        if self.trained >= self.order.trials and not self._flights and not self._baselines_left:
            return "done"
        return "timeout" if self._late else "exhausted"

    def _fill(self) -> None:
        """Gives each free worker something to do, if there is something."""
        while len(self._flights) < self._room and not self._late:
            flight = self._next()
            if flight is None:
                return
            self._advance(flight)

    def _next(self) -> Flight | None:
        while self._wants_more and not self._late:
            again = bool(self.study.waiting)  # such a proposal was counted when it was new
            flight = self._consider(self.study.ask())
            if flight is not None:
                self.barren = self.barren if again else 0
                return flight
            self.barren += not again
            if self.barren % 100 == 0:
                self._report()
        return None

    def _consider(self, trial: Trial) -> Flight | None:
        """The trial made ready for training, or None if it was refused or repeats another."""
        proposal = self.order.draw(trial)
        asked = Asked(trial, proposal, self.study.baseline_of(trial))
        cost = measure(proposal.network)
        failure, first = failure_of(proposal.network), self._past.first(proposal.key)
        if failure is not None and first is None:
            self._tell(trial, asked.record("failed", reason=failure))
            return None
        if asked.baseline is None and not fits(cost, budget=self.order.task.budget):
            self._tell(trial, asked.record("refused", reason=describe_excess(cost, budget=self.order.task.budget)))
            return None
        if first is not None:
            self._tell_repeated(asked, first)
            return None
        self.study.begin(trial)
        if any(flight.key == proposal.key for flight in self._flights.values()):
            self._held.setdefault(proposal.key, []).append(asked)
            return None
        work = Work(
            network=proposal.network,
            plan=proposal.plan,
            data=self.order.data,
            seed=derive_seed(self.order.seed, "search", trial.number),
            until_epoch=proposal.plan.epochs,
        )
        training = self.results.load(work)
        if training and training.failure:  # it was written down, and its driver died before it was told
            self._finish(Flight(asked, work, training.curve), "failed", reason=training.failure)
            return None
        curve = training.curve if training else ()
        if curve and self.results.checkpoint(work, epoch=len(curve)) is None:
            curve = ()  # its weights were lost, so it begins again
        return Flight(asked, work, curve)

    def _advance(self, flight: Flight) -> None:
        """Submits a flight's next segment, or finishes it where no segment is left or worth its epochs."""
        done = len(flight.curve)
        rungs = self.order.stopper.rungs(flight.work.plan.epochs)
        if done >= flight.work.plan.epochs:
            self._finish(flight, "completed")
            return
        if done in rungs and flight.asked.baseline is None:
            reason = self._reason_to_stop(flight)
            if reason is not None:
                self._finish(flight, "stopped", reason=reason)
                return
        if done:
            self.study.show_curve(flight.asked.trial, flight.curve)
        until = next(rung for rung in rungs if rung > done)
        checkpoint = self.results.checkpoint(flight.work, epoch=done) if done else None
        try:
            train = flight.in_time(self.train, limit=self.order.trial_timeout)
        except TrainingError as error:
            self._finish(flight, "failed", reason=str(error))
            return
        future = self.executor.submit(train, replace(flight.work, until_epoch=until, checkpoint=checkpoint))
        self._flights[future] = flight

    def _reason_to_stop(self, flight: Flight) -> str | None:
        beside = [one for one in self._flights.values() if one.asked.baseline is None and one.curve]
        return reason_to_stop(
            Runner(flight.work.network, flight.curve),
            ended=self._past.trained,
            beside=[Runner(one.work.network, one.curve) for one in beside],
            stopper=self.order.stopper,
            epochs=flight.work.plan.epochs,
            aim=self.order.aim,
        )

    def _land(self) -> None:
        """Takes in what has come back, giving each freed worker its next task before the next result; or waits."""
        if not self._flights:
            sleep(LOOK_SECONDS)  # no worker is there
        done, _ = self.wait(self._flights, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda future: self._flights[future].asked.trial.number):
            self._take_in(future, self._flights.pop(future))
            self._fill()

    def _take_in(self, future: Future[Segment], flight: Flight) -> None:
        """Keeps what a training came to, and sends it on or ends it."""
        try:
            segment = future.result()
        except CancelledError:
            raise gone() from None
        except Exception as error:
            self._finish(flight, "failed", reason=describe_death(error))
            return
        training = self.results.save(flight.work, segment, before=flight.curve)
        flight = replace(flight, curve=training.curve)
        if training.failure:
            self._finish(flight, "failed", reason=training.failure)
            return
        self._advance(flight)

    def _finish(self, flight: Flight, outcome: Outcome, *, reason: str | None = None) -> None:
        record = flight.record(outcome, reason=reason)
        self._tell(flight.asked.trial, record)
        self._baselines_left.discard(flight.asked.baseline or "")
        if outcome != "completed":
            self.results.drop_checkpoint(flight.work)
        self._failures = [*self._failures, reason or ""] if outcome == "failed" else []
        for asked in self._held.pop(flight.key, []):
            self._tell_repeated(asked, record)
        if len(self._failures) >= FAILURES_IN_A_ROW:
            raise TrainingError(f"{FAILURES_IN_A_ROW} trainings in a row failed, the first because {self._failures[0]}.")

    def _tell_repeated(self, asked: Asked, first: TrialRecord) -> None:
        record = asked.record("repeated", reason=f"the same network as {first.label}", repeats=first.number)
        self._tell(asked.trial, record, like=first)
        self._baselines_left.discard(asked.baseline or "")

    def _tell(self, trial: Trial, record: TrialRecord, *, like: TrialRecord | None = None) -> None:
        excess = violations(measure(record.network), budget=self.order.task.budget)
        self.study.tell(trial, record, excess=excess, like=like)
        self._past.add((record,))

    def _report(self, *, last: bool = False) -> None:
        if not last and self.clock() - self._reported < _REPORT_SECONDS:
            return
        now = self.tally
        self.watch(
            Progress(
                tally=now,
                wanted=self.order.trials,
                planned_epochs=self.order.trials * self.order.plan.epochs,
                in_flight=tuple(flight.asked.label for flight in self._flights.values()),
                workers=self._room,
                seconds=self.seconds,
                seconds_left=self._seconds_left(now),
                baselines_left=len(self._baselines_left),
                aim=self.order.aim,
            )
        )
        self._reported = self.clock()  # when it was shown, so that a slow view takes no more than its share

    def _seconds_left(self, now: Tally) -> float | None:
        """As the trials so far went; before there are enough, as estimated; None if nobody can tell."""
        if self.barren >= BARREN_FOR_RANDOM:
            return None  # nobody knows whether there is another network that fits
        order = self.order
        missing = max(0, order.trials - self.trained)
        worker_seconds = at_the_pace_of(now, stopper=order.stopper, missing=missing, epochs=order.plan.epochs)
        if worker_seconds is not None:
            return worker_seconds / max(1, self._room)
        return None if self.estimate is None else max(0.0, self.estimate - self.seconds)
