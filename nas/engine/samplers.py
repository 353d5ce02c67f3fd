"""Where proposals come from: Optuna's samplers, made anew for each proposal, so that an interruption leaves no trace."""

from collections.abc import Callable
from heapq import nlargest
from typing import Any, Literal, NamedTuple, cast
from zlib import crc32

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from nas.architecture import Fixed, Network, Task
from nas.engine.forest import Choices, ForestSearch, Trained
from nas.engine.objective import CostAim
from nas.engine.seeds import derive_seed
from nas.engine.spaces import Space
from nas.engine.study import accuracies
from nas.engine.tuning import PlanTuning
from nas.training.plan import TrainingPlan

SamplerName = Literal["forest", "tpe", "random"]
STARTUP_TRIALS = 10
"""Trained trials before TPE takes over from random draws."""
_FIXED = "fixed_params"  # Optuna's mark of a trial whose choices were enqueued
BARREN_FOR_RANDOM = 200
"""Proposals in a row without a new network that fits, after which random draws take over from TPE.

TPE then circles around what it knows; random draws find what is left, and cost a tenth of its time.
"""

REMEMBERED_REFUSALS = 300
"""The latest refused and repeated proposals that TPE looks at; its time grows with what it looks at."""
REMEMBERED_TRAINED = 1_000
"""Trained trials that TPE looks at: the best, and of the others the latest."""
_GOOD = 25
"""The best trials, which Optuna's TPE models apart from the others: a tenth of all, and at most so many."""


class _Drawn(NamedTuple):
    """What the choices of a trial give."""

    network: Network
    plan: TrainingPlan | None
    """None where all trials have the same."""


class _Remembered:
    """A study as TPE sees it: the best and the latest of what was trained, and the latest of what was not."""

    def __init__(self, study: optuna.Study) -> None:
        self._study = study

    def __getattr__(self, name: str) -> Any:
        return getattr(self._study, name)

    def _get_trials(self, *arguments: Any, **named: Any) -> list[FrozenTrial]:
        trials = self._study._get_trials(*arguments, **named)
        apart = [trial for trial in trials if not _is_of_its_own(trial)]
        trained = [trial for trial in trials if trial.state.is_finished() and _is_of_its_own(trial)]
        forgotten = {trial.number for trial in (*apart[:-REMEMBERED_REFUSALS], *self._surplus(trained))}
        return [trial for trial in trials if trial.number not in forgotten] if forgotten else trials

    def _surplus(self, trained: list[FrozenTrial]) -> list[FrozenTrial]:
        """What there is too much of; where cost counts too, the best are no such list, and nothing is."""
        if len(trained) <= REMEMBERED_TRAINED or len(self._study.directions) > 1:
            return []
        completed = [trial for trial in trained if trial.state == TrialState.COMPLETE]
        best = {trial.number for trial in nlargest(_GOOD, completed, key=lambda trial: trial.value or 0.0)}
        return [trial for trial in trained if trial.number not in best][: len(trained) - REMEMBERED_TRAINED]


class ProposalSampler(BaseSampler):
    """Gives each proposal a sampler of its own, seeded by study and proposal number.

    A proposal is then a function of its number and of what the study holds, not of how often the
    driver was started.

    Args:
        name: `forest`, `tpe` or `random`.
        space: Where networks come from.
        task: What they are for.
        study_seed: The study's seed.
        trained: How many trials are trained by now; refused ones do not count towards TPE's start.
        barren: How many proposals in a row gave no new network that fits.
        tuning: Varies the training plan as well, where it is to be.
        aim: The cost that is to be small beside a large accuracy, or None where accuracy is all.
    """

    def __init__(
        self,
        name: SamplerName,
        *,
        space: Space,
        task: Task,
        study_seed: int,
        trained: Callable[[], int],
        barren: Callable[[], int],
        tuning: PlanTuning | None = None,
        aim: CostAim | None = None,
    ) -> None:
        self._name, self._study_seed, self._trained, self._barren = name, study_seed, trained, barren
        self._space, self._task, self._tuning = space, task, tuning
        self._forest = ForestSearch.over(space, task, tuning, aim=aim)
        self._planned: dict[int, Choices] = {}
        self._drawn: dict[int, _Drawn] = {}

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Plans all choices of a proposal at once, where the forest makes it."""
        if self._name != "forest" or self._barren() or trial.params or _FIXED in trial.system_attrs:
            return
        others = [one for one in study.get_trials(deepcopy=False) if one.number != trial.number and _is_of_its_own(one)]
        drawn = {one.number: its for one in others if (its := self._drawn_by(one))}
        trained = [
            Trained(drawn[one.number].network, one.params, curve, drawn[one.number].plan)
            for one in others
            if (curve := accuracies(one)) and one.state != TrialState.FAIL
        ]
        known = frozenset(self._forest.key(*its) for its in drawn.values())
        planned = self._forest.propose(trained, known=known, seed=derive_seed(self._study_seed, "sampling", trial.number))
        self._planned = {trial.number: planned} if planned else {}

    def _drawn_by(self, trial: FrozenTrial) -> _Drawn | None:
        """What a trial's choices give; None before they are made."""
        if trial.params and trial.number not in self._drawn:
            choices = Fixed(trial.params)
            network = self._space.draw(choices, self._task)
            self._drawn[trial.number] = _Drawn(network, self._tuning.draw(choices) if self._tuning else None)
        return self._drawn.get(trial.number)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The parameters that are drawn together."""
        if self._name == "forest":
            return {}
        return self._for(trial).infer_relative_search_space(_seen(study), trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Values for the parameters that are drawn together."""
        return self._for(trial).sample_relative(_seen(study), trial, search_space)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """A value for a parameter that is drawn by itself."""
        planned = self._planned.get(trial.number, {})
        if param_name in planned:
            return planned[param_name]
        sampler = self._for(trial, salt=crc32(param_name.encode()))
        return sampler.sample_independent(_seen(study), trial, param_name, param_distribution)

    def reseed_rng(self) -> None:
        """Nothing: the seed is part of each proposal."""

    def _for(self, trial: FrozenTrial, *, salt: int = 0) -> BaseSampler:
        seed = derive_seed(self._study_seed, "sampling", trial.number) ^ salt
        if self._name != "tpe" or self._trained() < STARTUP_TRIALS or self._barren() >= BARREN_FOR_RANDOM:
            return RandomSampler(seed=seed)
        return TPESampler(seed=seed, n_startup_trials=0)


def _seen(study: optuna.Study) -> optuna.Study:
    return cast(optuna.Study, _Remembered(study))


def _is_of_its_own(trial: FrozenTrial) -> bool:
    return trial.user_attrs.get("outcome") not in {"refused", "repeated"}
