"""What a report speaks of: a study, its verdict if there is one, and the two networks that are looked at closely."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from nas.architecture import Architecture, Factory
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord
from nas.engine.results import Results
from nas.evaluation.judging import Judged
from nas.evaluation.verdict_plan import Entrant
from nas.training.curve import Curve
from nas.training.plan import TrainingPlan
from nas.training.work import Work


@dataclass(frozen=True)
class Curves:
    """How a network was trained, seed by seed."""

    of: Literal["confirmation", "search"]
    """Which seeds these are."""
    curves: tuple[Curve, ...]
    """Equally long."""


@dataclass(frozen=True)
class Network:
    """A network that is looked at closely."""

    name: str
    network: Architecture | Factory
    designed: bool
    """Whether a person designed it."""
    record: TrialRecord | None
    """Of its training in the search, or None if it had none there."""
    plan: TrainingPlan | None = None
    """How it was trained for the confirmation, or None without a verdict."""


@dataclass(frozen=True)
class Subject:
    """A study and its verdict."""

    view: StudyView
    judged: Judged | None

    @cached_property
    def best(self) -> Network | None:
        """The winner of the race; without a verdict the best network so far."""
        if self.judged:
            return self._of(self.judged.plan.winner)
        return _network(self.view.tally.best) if self.view.tally.best else None

    @cached_property
    def rival(self) -> Network | None:
        """The best of the hand-designed networks that it was compared with; of the search's, if it is hand-designed itself."""
        if self.best is None:
            return None
        if self.judged:
            verdict = self.judged.verdict
            others = [one for one in self.judged.plan.comparators if (one.side == "hand") != self.best.designed]
            ranked = sorted(others or self.judged.plan.comparators, key=lambda one: -verdict.standing(one.name).score)
            return self._of(ranked[0])
        records = self.view.tally.ranking if self.best.designed else self.view.tally.baselines
        return _network(records[0]) if records else None

    @property
    def both(self) -> tuple[Network, ...]:
        """The best and its rival, as far as there are."""
        return tuple(one for one in (self.best, self.rival) if one)

    def curves(self, one: Network) -> Curves | None:
        """Those of the confirmation where they are kept, else that of the search; None if there is neither."""
        if self.judged:
            plan, results = self.judged.plan, Results(self.view.folder)
            recipe = one.plan or plan.recipe
            works = [Work(one.network, recipe, plan.data, seed, recipe.epochs) for seed in self.judged.verdict.seeds]
            kept = [training.curve for training in map(results.load, works) if training]
            whole = tuple(curve for curve in kept if len(curve) == recipe.epochs)
            if whole:
                return Curves("confirmation", whole)
        return Curves("search", (one.record.curve,)) if one.record and one.record.curve else None

    def _of(self, entrant: Entrant) -> Network:
        records = self.view.tally.records
        found = [
            record
            for record in records
            if (record.number == entrant.trial if entrant.trial is not None else record.baseline == entrant.name)
        ]
        recipe = self.judged.plan.recipe_of(entrant) if self.judged else None
        return Network(entrant.name, entrant.network, entrant.side == "hand", found[0] if found else None, recipe)


def _network(record: TrialRecord) -> Network:
    return Network(record.label, record.network, record.baseline is not None, record)
