"""What mattered: which choices of a space the accuracy of a study's networks depended on."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import optuna
from optuna.trial import TrialState

LEAST_TRIALS: Final = 10
"""Networks trained to the end below which nothing can be told."""
BEST_SHARE: Final = 0.25
"""Share of the networks whose choices are compared with those of all: of some twenty, a tenth would be two."""


@dataclass(frozen=True)
class Importances:
    """What each choice mattered, or why that cannot be told."""

    shares: Mapping[str, float]
    """Share of each choice, the largest first; they sum to 1, or are empty."""
    trials: int
    """Networks trained to the end, from which they come."""
    missing: str | None = None
    """Why there are none, in a sentence."""


def find_importances(study: optuna.Study) -> Importances:
    """Importances by PED-ANOVA, the best quarter against all, which also knows choices that only some networks have.

    Source: S. Watanabe and others, IJCAI 2023 (arXiv:2304.10255).
    """
    trials = len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))
    if trials < LEAST_TRIALS:
        words = f"{trials} networks were" if trials != 1 else "1 network was"
        return Importances({}, trials, f"Only {words} trained to the end; what mattered can be estimated from {LEAST_TRIALS} on.")
    try:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # that trials are few, which the report says itself
            evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=BEST_SHARE)
            several = len(study.directions) > 1
            target = _error if several else None  # the evaluator takes a target as something to be small
            shares = optuna.importance.get_param_importances(study, evaluator=evaluator, target=target)
    except (ValueError, RuntimeError, ZeroDivisionError) as error:
        return Importances({}, trials, f"What mattered could not be computed from these networks ({error}).")
    if len(set(shares.values())) < 2:  # so it answers where it can tell none apart
        return Importances({}, trials, f"No choice stood out among the {trials} networks that were trained to the end.")
    return Importances(shares, trials)


def _error(trial: optuna.trial.FrozenTrial) -> float:
    """Of a network in a study of several objectives, accuracy being the first."""
    return 1 - float(trial.values[0])
