"""How trainings scatter over seeds and images: validation scores, and answers to single test images."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtri, owens_t


@dataclass(frozen=True)
class Noise:
    """The scatter of good networks; in percentage points of accuracy unless said otherwise.

    An image's latent score is the sum of four normal parts: one that all networks share, one of the network, one of the
    training, one of the training on this image. Where it is low, the training is wrong. How large the parts are follows from the
    figures below, through the probability that two normal scores are both low.
    """

    validation: float = 0.12
    """Standard deviation of a network's validation score over seeds."""
    test: float = 0.13
    """Standard deviation of a network's test accuracy over seeds, on given images."""
    correlation: float = 0.56
    """Of validation score and test accuracy of one training: it says how much of either is the training as a whole."""
    images: float = 0.045
    """Standard error of a difference of two networks' accuracies over all seeds that comes from which images were tested."""
    accuracy: float = 98.93
    """At which accuracy, in percent, these figures hold: between model-2 and a network 0.30 points better."""
    doubtful: float = 0.10
    """Share of images that some network could get wrong; the others are always right."""
    validation_images: int = 12_000
    test_images: int = 10_000

    @cached_property
    def parts(self) -> tuple[float, float, float]:
        """Shares of the latent score's variance: what networks share, the network's own, the training's."""
        wrong = (1 - self.accuracy / 100) / self.doubtful
        whole = self.correlation * self.validation * self.test / 1e4  # variance of the training as a whole
        flips = ((self.test / 100) ** 2 - whole) * self.test_images  # of one answer over seeds
        same = self._correlation(wrong, both=wrong - flips / self.doubtful)
        own = (self.images / 100) ** 2 / 2 * self.test_images
        shared = self._correlation(wrong, both=wrong - (flips + own) / self.doubtful)
        training = self._correlation(wrong, both=wrong**2 + whole / self.doubtful**2)
        return shared, same - shared, training

    @staticmethod
    def _correlation(wrong: float, *, both: float) -> float:
        """At which correlation two normal scores are both low with this probability, if each is with probability `wrong`."""
        if not wrong**2 <= both <= wrong:
            raise ValueError("No answers scatter like this: give less noise or more doubtful images.")
        bound = ndtri(wrong)

        def excess(correlation: float) -> float:  # D. B. Owen, Annals of Mathematical Statistics 27 (1956)
            return float(wrong - 2 * owens_t(bound, sqrt((1 - correlation) / (1 + correlation)))) - both

        return float(brentq(excess, 0.0, 1.0))

    def on_validation(self, accuracies: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
        """Accuracies over all seeds on the validation images at hand, which suit some networks and not others; in percent."""
        own = self.images / sqrt(2) * sqrt(self.test_images / self.validation_images)
        return accuracies + own * generator.standard_normal(len(accuracies))

    def answers(self, accuracies: Sequence[float], *, seeds: int, generator: np.random.Generator) -> NDArray[np.bool_]:
        """Whether trainings classify each of freshly drawn test images correctly, as (networks, seeds, images).

        Args:
            accuracies: True accuracies of the networks over all seeds and images, in percent.
            seeds: Trainings a network.
            generator: Draws images and trainings.

        Raises:
            ValueError: If a network would be wrong on more than the doubtful images.
        """
        wrong = (1 - np.asarray(accuracies, dtype=float) / 100) / self.doubtful
        if not (wrong < 1).all():
            raise ValueError(f"Accuracies of {accuracies} % need more than {self.doubtful:.0%} doubtful images.")
        shared, own, training = self.parts
        count, networks = generator.binomial(self.test_images, self.doubtful), len(accuracies)

        def normal(variance: float, *shape: int) -> NDArray[np.float32]:
            return np.float32(sqrt(variance)) * generator.standard_normal(shape, dtype=np.float32)

        score = normal(shared, count) + normal(own, networks, 1, count) + normal(training, networks, seeds, 1)
        score = score + normal(1 - shared - own - training, networks, seeds, count)
        correct = np.ones((networks, seeds, self.test_images), dtype=np.bool_)
        correct[:, :, :count] = score > ndtri(wrong)[:, None, None]
        return correct
