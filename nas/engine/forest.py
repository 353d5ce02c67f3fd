"""Our sampler: a forest learns accuracy from structure, and cost being free to know, only networks that fit are proposed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nas.architecture import Budget, Network, Task, failure_of, fits, measure, violations
from nas.architecture.suggest import Value
from nas.engine.choices import Drawing
from nas.engine.describing import describing
from nas.engine.objective import CostAim
from nas.engine.spaces import Space
from nas.engine.tuning import PlanTuning
from nas.training.curve import level
from nas.training.plan import TrainingPlan
from nas.training.work import Proposal

Choices = Mapping[str, Value]


@dataclass(frozen=True)
class Trained:
    """What the sampler knows of a network that was trained, as far as it is."""

    network: Network
    choices: Choices
    accuracies: tuple[float, ...]
    """Validation accuracy after each epoch."""
    plan: TrainingPlan | None = None
    """What it was trained by, where that differs from trial to trial."""


@dataclass(frozen=True)
class _Candidate:
    choices: Choices
    network: Network
    plan: TrainingPlan | None


BASE_MACS = 130_000
"""What an epoch takes besides a network's own operations, in such operations (the line of `benchmarks/simulator/`)."""

Judge = Callable[[Sequence[_Candidate]], NDArray[np.float64]]


@dataclass(frozen=True)
class ForestSearch:
    """Proposes the network that a small random forest expects most of.

    The forest (Geurts et al., Extremely randomized trees, 2006) is fitted to the networks trained so far, as far as they
    are, described by their structure, not by the names of choices. Its few trees differ from proposal to proposal, which
    is what explores (Thompson sampling). Candidates are random draws, small changes of the best networks trained, and
    changes of the best of those, as in SMAC (Hutter et al., 2011); what does not fit the budget or was trained before is
    not among them. As there, some proposals are looked for among random draws alone, since the neighbours of the best
    would otherwise crowd out all else; and of two networks that promise the same the cheaper one is proposed, so that a
    search does not stay with networks of which an epoch takes many times as long (as in Snoek et al., Practical Bayesian
    optimization, 2012, section 3.2, with operations in place of seconds, which no repetition would see again).

    With a second aim each proposal has a ceiling of its own for that cost, and is the network of which the forest expects most
    under it (the ε-constraint method of Haimes, Lasdon and Wismer, IEEE Trans. SMC-1, 1971).
    """

    space: Space
    task: Task
    tuning: PlanTuning | None = None
    """Varies the training plan as well, where it is to be."""
    startup: int = 10
    """Networks trained before the forest takes over from random draws that fit."""
    startup_draws: int = 3
    """Random draws of which the one that uses most of the budget is proposed before."""
    wide: float = 0.2
    """Share of later proposals that are looked for among random draws alone."""
    thrift: float = 0.15
    """How much more a network has to promise, in units of `level`, for e times the multiply-accumulate operations."""
    trees: int = 4
    """Trees that judge a proposal; the fewer, the bolder it is."""
    random_draws: int = 80
    """Random networks that fit, among which a proposal is looked for."""
    changes: int = 80
    """Changed versions of the best networks, and of the best candidates in a second round."""
    parents: int = 10
    """Networks that are changed."""
    patience: int = 2_000
    """Draws after which a search for candidates ends with what it has."""
    narrow_patience: int = 500
    """The same under a ceiling, below which draws may be rare."""
    aim: CostAim | None = None
    """The cost that is to be small beside a large accuracy, or None where accuracy is all."""

    @classmethod
    def over(cls, space: Space, task: Task, tuning: PlanTuning | None, *, aim: CostAim | None = None) -> Self:
        """One whose pool is as large as the time allows that a network takes to be drawn: 20 µs, or a tenth of a second."""
        search = cls(space, task, tuning, aim=aim)
        if aim:  # ceilings spread proposals from the cheap end to the dear one as it is
            search = replace(search, startup_draws=1, wide=0.0, thrift=0.0)
        if space.foreign:
            search = replace(search, random_draws=12, changes=12, parents=6, patience=200, narrow_patience=50)
        return search

    def propose(self, trained: Sequence[Trained], *, known: frozenset[str], seed: int) -> Choices | None:
        """The choices of a new network that fits, or None where draws find none.

        Args:
            trained: Networks with at least one epoch.
            known: Keys, as `key` gives them, of what is not to be proposed again.
            seed: Where chance comes from.
        """
        generator, seen, budget = np.random.default_rng(seed), set(known), self.task.budget
        if len(trained) < self.startup:
            found = self._new(self._random(generator), seen, budget=budget, count=self.startup_draws)
            return max(found, key=lambda one: _used(one.network, budget=budget)).choices if found else None
        levels = final_levels([one.accuracies for one in trained])
        if self.aim:
            budget = self._with_ceiling(self.aim, trained, generator)
        ranked = [trained[index] for index in np.argsort(-levels)]
        best = [one.choices for one in ranked if not self.aim or fits(measure(one.network), budget=budget)][: self.parents]
        pool = self._new(self._random(generator), seen, budget=budget, count=self.random_draws)
        judge = self._fitted(trained, levels, seed=int(generator.integers(2**31)))
        if pool and generator.random() < self.wide:
            return _first(pool, by=judge(pool), count=1)[0].choices
        pool += self._new(self._changed(best, generator), seen, budget=budget, count=self.changes)
        if not pool:
            return None
        likely = _first(pool, by=judge(pool), count=self.parents)
        changed = self._changed([one.choices for one in likely], generator)
        pool = likely + self._new(changed, seen, budget=budget, count=self.changes)
        return _first(pool, by=judge(pool), count=1)[0].choices

    def key(self, network: Network, plan: TrainingPlan | None) -> str:
        """Equal for proposals that repeat each other."""
        return network.key if plan is None else Proposal(network, plan).key

    def _with_ceiling(self, aim: CostAim, trained: Sequence[Trained], generator: np.random.Generator) -> Budget:
        """The budget with a ceiling for one cost."""
        paid = [getattr(measure(one.network), aim) for one in trained]
        ceiling = draw_ceiling(paid, limit=self.task.budget.limits.get(aim), generator=generator)
        return self.task.budget.tightened(Budget(**{aim: ceiling}))

    def _random(self, generator: np.random.Generator) -> Iterator[Drawing]:
        while True:
            yield Drawing(generator)

    def _changed(self, parents: Sequence[Choices], generator: np.random.Generator) -> Iterator[Drawing]:
        while True:
            parent = parents[int(generator.integers(len(parents)))]
            names = list(parent)
            count = min(len(names), 1 + int(generator.geometric(0.5)))
            moved = frozenset(names[index] for index in generator.choice(len(names), size=count, replace=False))
            yield Drawing(generator, given=parent, moved=moved)

    def _new(self, drawings: Iterator[Drawing], seen: set[str], *, budget: Budget, count: int) -> list[_Candidate]:
        """So many proposals that fit and were not seen before, or as many as patience finds."""
        found: list[_Candidate] = []
        patience = self.patience if budget == self.task.budget else self.narrow_patience
        for drawing, _ in zip(drawings, range(patience), strict=False):
            network = self.space.draw(drawing, self.task)
            plan = self.tuning.draw(drawing) if self.tuning else None
            key = self.key(network, plan)
            if failure_of(network) is None and fits(measure(network), budget=budget) and key not in seen:
                seen.add(key)
                found.append(_Candidate(drawing.chosen, network, plan))
            if len(found) == count:
                break
        return found

    def _fitted(self, trained: Sequence[Trained], levels: NDArray[np.float64], *, seed: int) -> Judge:
        from sklearn.ensemble import ExtraTreesRegressor

        describe = describing([(one.network, one.plan) for one in trained])
        rows = [describe(one.network, one.plan) for one in trained]
        forest = ExtraTreesRegressor(self.trees, min_samples_leaf=2, max_features=0.5, random_state=seed).fit(rows, levels)

        def judge(pool: Sequence[_Candidate]) -> NDArray[np.float64]:
            expected = forest.predict([describe(one.network, one.plan) for one in pool])
            return np.asarray(expected) - self.thrift * np.log([BASE_MACS + measure(one.network).macs for one in pool])

        return judge


def _used(network: Network, *, budget: Budget) -> float:
    """How much a network uses of the limit that it comes nearest to; without one, how many parameters it has."""
    cost = measure(network)
    return max(violations(cost, budget=budget).values(), default=cost.parameters)


def draw_ceiling(paid: Sequence[int], *, limit: int | None, generator: np.random.Generator) -> int:
    """A ceiling for a cost, between the cheapest network and the limit.

    Half of the ceilings are uniform, which keeps the costly end of the front in view, and half log-uniform, which does so for
    the cheap end.

    Args:
        paid: What the networks known cost.
        limit: The budget's for this cost; where it is None, twice the dearest network's cost is the end.
        generator: Where chance comes from.
    """
    low = max(1, min(paid))
    end = limit or 2 * max(paid)
    uniform, share = generator.random() < 0.5, generator.random()
    return max(low, int(low + share * (end - low) if uniform else low * (end / low) ** share))


def _first(pool: Sequence[_Candidate], *, by: NDArray[np.float64], count: int) -> list[_Candidate]:
    return [pool[index] for index in np.argsort(-by, kind="stable")[:count]]


def final_levels(curves: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """What each network would come to at the end of the longest curve, on the scale of `level`.

    A shorter curve goes on as those that went further did: by the median gain of each epoch. A curve of six epochs or more
    stands for itself by the mean of its last three.

    >>> [round(float(value), 2) for value in final_levels([(0.5, 0.75), (0.5,)])]
    [1.38, 1.38]
    """
    rows = [[level(accuracy) for accuracy in curve] for curve in curves]
    longest = max(map(len, rows))
    gains = [median(row[epoch + 1] - row[epoch] for row in rows if len(row) > epoch + 1) for epoch in range(longest - 1)]
    ends = [fmean(row[-3:]) if len(row) > 5 else row[-1] for row in rows]
    return np.asarray([end + sum(gains[len(row) - 1 :]) for end, row in zip(ends, rows, strict=True)])
