"""A share of each class, drawn by seed: how images are set aside for validation and test."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nas.data.dataset import Labels
from nas.errors import DataError

SHARE_OF_TEST: Final = 0.2
SHARE_OF_VALIDATION: Final = 0.2
SEED_OF_TEST: Final = 0
SEED_OF_VALIDATION: Final = 1
"""Constants, since a data set is to be the same in every study."""


def draw(labels: Labels, *, share: float, seed: int, purpose: str) -> NDArray[np.int64]:
    """Places of the images that are set aside, in file order: of each class the share, at least one, never all.

    Args:
        labels: The classes of all images.
        share: Which share of each class, between 0 and 1.
        seed: Gives the choice, together with the labels.
        purpose: What they are set aside for, for the error message.

    Raises:
        DataError: If that is not a single image.

    >>> draw(np.array([0, 0, 0, 0, 1, 1, 1, 1], np.int32), share=0.25, seed=0, purpose="test").tolist()
    [2, 4]
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    drawn: list[NDArray[np.int64]] = []
    for label in np.unique(labels):
        places = order[labels[order] == label]
        wanted = max(1, int(len(places) * share + 0.5))
        drawn.append(places[: min(wanted, len(places) - 1)])
    chosen: NDArray[np.int64] = np.sort(np.concatenate(drawn))
    if not len(chosen):
        raise DataError(
            f"There are {len(labels):,} images for training in {len(drawn):,} classes, which leaves none for {purpose};"
            " give at least three images a class."
        )
    return chosen


def validation_last(labels: Labels, *, share: float) -> tuple[NDArray[np.int64], int]:
    """An order of the images in which those drawn for validation come last, and how many they are.

    Raises:
        DataError: If that is none.
    """
    drawn = draw(labels, share=share, seed=SEED_OF_VALIDATION, purpose="validation")
    return np.concatenate([np.delete(np.arange(len(labels)), drawn), drawn]), len(drawn)
