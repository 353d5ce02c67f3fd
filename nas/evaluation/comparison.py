"""The one rule that decides: simultaneous intervals over seeds and images, and the word that each of them allows.

Accuracies vary with the seed of a training and with the images that happen to be tested. Seeds of two networks have nothing
to do with each other, so their parts of the variance add (Welch); images are the same for all, so their part is that of the
paired difference. What seed and image do together is counted once, in the seeds' part. Intervals against several comparators
share a critical value, so that all of them hold at once with the stated probability.

Sources: B. L. Welch, Biometrika 34 (1947); F. E. Satterthwaite, Biometrics Bulletin 2 (1946), for the degrees of freedom;
C. W. Dunnett, JASA 50 (1955), for several comparisons with one network; A. B. Owen, Annals of Applied Statistics 1 (2007),
for variances over two crossed factors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from nas.evaluation.statistics import Interval, simultaneous_quantile

Word = Literal["beats", "ties", "loses", "undecided"]
Correct = NDArray[np.bool_]
"""Whether each image was classified correctly, as (seeds, images)."""
MOST_SEEDS = 1_000
"""More seeds than these are not counted out; nobody trains them."""


class Comparison(BaseModel):
    """A network against one comparator; all in percentage points of accuracy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    comparator: str
    """Its name."""
    points: float
    """By how much the network's mean accuracy is above the comparator's."""
    low: float
    """Lower end of the simultaneous interval."""
    high: float
    """Upper end of the simultaneous interval."""
    seed_error: float
    """Standard error that comes from the seeds of both."""
    image_error: float
    """Standard error that comes from which images were tested."""
    word: Word
    """What the interval allows to say."""
    by_less_than_matters: bool
    """Whether it beats or loses by less than the margin with the same confidence."""
    seeds_needed: int | None
    """If undecided: seeds a network that would decide it, were everything else as it is; None if no number would."""

    @property
    def interval(self) -> Interval:
        """From low to high."""
        return Interval(low=self.low, high=self.high)


def compare_networks(
    network: Correct, comparators: Mapping[str, Correct], *, level: float, margin: float
) -> tuple[Comparison, ...]:
    """A network against each comparator on the same images; all intervals hold together with probability `level`.

    Args:
        network: Its correct answers as (seeds, images).
        comparators: Those of the others by name; numbers of seeds may differ, images not.
        level: Probability between 0 and 1, such as 0.95.
        margin: Difference in percentage points below which two networks count as equally good.

    Raises:
        ValueError: If a network has fewer than two seeds, or other images than the rest.
    """
    parts = variance_parts(network, tuple(comparators.values()))
    quantile = simultaneous_quantile(parts.correlations, freedom=min(parts.freedoms), level=level)
    found = []
    for index, (name, other) in enumerate(comparators.items()):
        error = sqrt(parts.seeds[index] + parts.images[index])
        points = 100 * float(network.mean() - other.mean())
        reach = 100 * quantile * error if error else 0.0
        low, high = points - reach, points + reach
        word = word_for(low, high, margin=margin)
        needed = None
        if word == "undecided":
            seeds = (parts.network * len(network), parts.others[index] * len(other))
            needed = seeds_needed(points / 100, seeds=seeds, images=parts.images[index], margin=margin / 100, quantile=quantile)
        found.append(
            Comparison(
                comparator=name,
                points=points,
                low=low,
                high=high,
                seed_error=100 * sqrt(parts.seeds[index]),
                image_error=100 * sqrt(parts.images[index]),
                word=word,
                by_less_than_matters=(word == "beats" and high < margin) or (word == "loses" and low > -margin),
                seeds_needed=needed,
            )
        )
    return tuple(found)


def word_for(low: float, high: float, *, margin: float) -> Word:
    """The word that an interval of the difference allows.

    >>> word_for(-0.1, 0.1, margin=0.15), word_for(0.05, 0.1, margin=0.15), word_for(-0.1, 0.2, margin=0.15)
    ('ties', 'beats', 'undecided')
    """
    if low > 0:
        return "beats"
    if high < 0:
        return "loses"
    return "ties" if -margin <= low and high <= margin else "undecided"


@dataclass(frozen=True)
class VarianceParts:
    """What the variance of each difference consists of, in squared shares."""

    network: float
    """From the network's own seeds."""
    others: tuple[float, ...]
    """From each comparator's seeds."""
    images: tuple[float, ...]
    """From the images, for each comparator."""
    freedoms: tuple[float, ...]
    """Degrees of freedom of each difference's variance."""
    correlations: NDArray[np.float64]
    """Of the differences with one another, as (comparators, comparators)."""

    @property
    def seeds(self) -> tuple[float, ...]:
        """From the seeds of both networks, for each comparator."""
        return tuple(self.network + other for other in self.others)


def variance_parts(network: Correct, comparators: Sequence[Correct]) -> VarianceParts:
    """Variances of the differences of mean accuracy between a network and each comparator.

    Raises:
        ValueError: If a network has fewer than two seeds, there is no comparator, or images differ in number.
    """
    every = (network, *comparators)
    if len(every) < 2 or any(correct.ndim != 2 or len(correct) < 2 for correct in every):
        raise ValueError("A comparison needs a comparator, and two seeds of each network.")
    if len({correct.shape[1] for correct in every}) > 1:
        raise ValueError("The networks were tested on different images.")
    count = network.shape[1]
    own, *others = (float(correct.sum(axis=1).var(ddof=1)) / count**2 / len(correct) for correct in every)
    mean, *means = (correct.mean(axis=0) for correct in every)  # (images,)
    own_chance, *chances = (_chance(share, len(correct)) for share, correct in zip((mean, *means), every, strict=True))
    differences = mean - np.stack(means)  # (comparators, images)
    observed = np.atleast_2d(np.cov(differences))
    # An image's mean over few seeds scatters by itself; that scatter is in the seeds' part already.
    of_images = (observed - own_chance - np.diag(chances)) / count
    images = np.maximum(np.diag(of_images), 0.0)
    covariances = of_images + own
    np.fill_diagonal(covariances, images + own + np.array(others))
    return VarianceParts(
        network=own,
        others=tuple(others),
        images=tuple(float(one) for one in images),
        freedoms=tuple(
            _freedom(own, other, float(image), counts=(len(network), len(correct)))
            for other, image, correct in zip(others, images, comparators, strict=True)
        ),
        correlations=_correlations(covariances),
    )


def seeds_needed(difference: float, *, seeds: tuple[float, float], images: float, margin: float, quantile: float) -> int | None:
    """The least number of seeds a network at which this difference would be decided, or None if none would do.

    Args:
        difference: As a share.
        seeds: Variance of one training's accuracy for either network, in squared shares.
        images: Variance that comes from the images, which more seeds do not lessen.
        margin: As a share.
        quantile: Critical value of the interval.
    """
    reach = max(abs(difference), margin - abs(difference))  # clear of zero, or inside the margin
    room = (reach / quantile) ** 2 - images
    if room <= 0:
        return None
    return int(sum(seeds) / room) + 1


def _chance(share: NDArray[np.float64], seeds: int) -> float:
    """Variance of an image's share of correct answers that comes from the seeds at hand, averaged over images."""
    return float(np.mean(share * (1 - share))) / (seeds - 1)


def _freedom(own: float, other: float, image: float, *, counts: tuple[int, int]) -> float:
    """Satterthwaite's degrees of freedom; the images, by the thousand, bring no uncertainty of their own."""
    uncertain = own**2 / (counts[0] - 1) + other**2 / (counts[1] - 1)
    return (own + other + image) ** 2 / uncertain if uncertain else inf


def _correlations(covariances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlations that some normal distribution can have, whatever the estimates say."""
    scale = np.sqrt(np.diag(covariances))
    scale[scale == 0] = 1.0
    correlations = np.clip(covariances / np.outer(scale, scale), 0.0, 0.999)
    np.fill_diagonal(correlations, 1.0)
    values, vectors = np.linalg.eigh(correlations)
    mended = vectors @ np.diag(np.maximum(values, 1e-6)) @ vectors.T
    scale = np.sqrt(np.diag(mended))
    mended /= np.outer(scale, scale)
    np.fill_diagonal(mended, 1.0)
    return np.asarray(mended)
