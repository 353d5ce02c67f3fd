"""Every random seed of a study, from its own seed and what it is for."""

from typing import Literal

import numpy as np

Purpose = Literal["search", "selection", "confirmation", "control", "sampling", "replay", "refit"]
_PURPOSES: dict[Purpose, int] = {
    "search": 0,
    "selection": 1,
    "confirmation": 2,
    "control": 3,
    "sampling": 4,
    "replay": 5,
    "refit": 6,
}


def derive_seed(study_seed: int, purpose: Purpose, index: int) -> int:
    """A seed below 2³²; those of two purposes have nothing to do with each other.

    >>> derive_seed(0, "search", 1) != derive_seed(0, "selection", 1)
    True
    """
    return int(np.random.SeedSequence((study_seed, _PURPOSES[purpose], index)).generate_state(1)[0])
