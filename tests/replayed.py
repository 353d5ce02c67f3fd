"""Made-up runs for the tests: the notebook's own curves, moved a little from seed to seed."""

import numpy as np

from nas.baselines import NAMES, printed
from nas.evaluation.replay import ReplayRun
from nas.training.curve import EpochRow


def run(name: str, *, seed: int = 1, spread: float = 1.0, **changes: tuple[float, ...]) -> ReplayRun:
    """One run near the notebook's, equal to it with a spread of 0; a change replaces a whole curve before it is moved."""
    figures = printed()[name]
    random = np.random.default_rng((NAMES.index(name), seed))
    reach = spread * (0.01 if name == "basic" else 1.0)
    raise_loss, raise_accuracy = reach * 0.03 * random.normal(size=4), reach * 0.0007 * random.normal(size=4)
    wobble = reach * 0.0002 * random.normal(size=15)
    curves = {
        key: changes.get(key, getattr(figures, key)) for key in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")
    }
    curve = tuple(
        EpochRow(
            epoch=epoch + 1,
            train_loss=curves["train_loss"][epoch] * (1 + raise_loss[0]),
            train_accuracy=min(1.0, curves["train_accuracy"][epoch] + raise_accuracy[0]),
            val_loss=curves["val_loss"][epoch] * (1 + raise_loss[1]) + wobble[epoch],
            val_accuracy=min(1.0, curves["val_accuracy"][epoch] + raise_accuracy[1] - wobble[epoch]),
            seconds=2.5,
        )
        for epoch in range(15)
    )
    return ReplayRun(
        name=name,
        seed=seed,
        curve=curve,
        test_loss=figures.test_loss * (1 + raise_loss[2]),
        test_accuracy=min(1.0, figures.test_accuracy + raise_accuracy[2]),
        seconds=40.0,
    )


def replay(*names: str, seeds: int = 8, spread: float = 1.0) -> tuple[ReplayRun, ...]:
    """That many runs of each network, or of all six if none is named."""
    return tuple(run(name, seed=seed, spread=spread) for name in names or NAMES for seed in range(1, seeds + 1))
