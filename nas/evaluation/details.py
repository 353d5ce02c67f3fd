"""Statistics that stand beside a verdict and decide nothing, each with its source."""

from math import comb

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from nas.evaluation.predictions import Predictions


class Details(BaseModel):
    """More about a network and one comparator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    comparator: str
    permutation_p: float
    """Probability of a difference of means at least as large, on either side, had chance dealt the trainings to the networks.

    Source: E. J. G. Pitman, Supplement to the Journal of the Royal Statistical Society 4 (1937).
    """
    superiority: float
    """Probability that one training of the network is more accurate than one of the comparator, ties counted half.

    Source: A. Vargha and H. D. Delaney, Journal of Educational and Behavioral Statistics 25 (2000).
    """
    only_network_correct: int
    """Test images that only the network's released training classifies correctly."""
    only_comparator_correct: int
    """Test images that only the comparator's released training classifies correctly."""
    mcnemar_p: float
    """Probability of two such counts at least as different, were both released trainings equally accurate (exact test).

    Source: Q. McNemar, Psychometrika 12 (1947).
    """


def details(predictions: Predictions, name: str, comparator: str) -> Details:
    """More about a network and one comparator; their released trainings are those of median validation accuracy."""
    ours, theirs = predictions.accuracies(name), predictions.accuracies(comparator)
    one = predictions.correct(name)[predictions.networks[name].released]
    other = predictions.correct(comparator)[predictions.networks[comparator].released]
    only_one, only_other = int((one & ~other).sum()), int((other & ~one).sum())
    return Details(
        comparator=comparator,
        permutation_p=_permutation_p(ours, theirs),
        superiority=float(np.mean(np.sign(ours[:, None] - theirs[None, :]) / 2 + 0.5)),
        only_network_correct=only_one,
        only_comparator_correct=only_other,
        mcnemar_p=_binomial_p(only_one, only_one + only_other),
    )


def seed_correlation(predictions: Predictions, name: str) -> float | None:
    """Correlation of a network's validation accuracy with its test accuracy over seeds, or None if either does not vary."""
    validation, test = predictions.networks[name].val_accuracies, predictions.accuracies(name)
    if len(test) < 3 or not (np.ptp(validation) and np.ptp(test)):
        return None
    return float(np.corrcoef(validation, test)[0, 1])


def _permutation_p(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    from scipy.stats import permutation_test

    def difference(x: NDArray[np.float64], y: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        return np.asarray(np.mean(x, axis=axis) - np.mean(y, axis=axis))

    exact = comb(len(a) + len(b), len(a)) <= 20_000
    found = permutation_test((a, b), difference, vectorized=True, n_resamples=np.inf if exact else 20_000, rng=0)
    return float(found.pvalue)


def _binomial_p(successes: int, trials: int) -> float:
    from scipy.stats import binomtest

    return float(binomtest(successes, trials, 0.5).pvalue) if trials else 1.0
