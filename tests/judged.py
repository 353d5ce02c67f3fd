"""Plans and predictions as tests make them: networks of known accuracy, without training."""

from collections.abc import Mapping

import numpy as np

from nas.architecture import Architecture, Dense, Flatten
from nas.baselines import baselines
from nas.data import DataRef
from nas.evaluation.predictions import Confirmed, Predictions
from nas.evaluation.replay import TASK
from nas.evaluation.verdict_plan import Entrant, VerdictPlan, level_of_a_look, looks_for
from nas.training.plan import NOTEBOOK

FOUND = Architecture(input_shape=(28, 28, 1), layers=(Flatten(), Dense(units=10, activation="softmax")))
IMAGES = 1_000


def made_entrant(name: str, *, score: float | None = 0.98, selection: tuple[float, ...] = (0.98, 0.97, 0.99)) -> Entrant:
    """A network of the search, or the hand-designed one of that name."""
    searched = name.startswith("trial")
    return Entrant(
        name=name,
        side="search" if searched else "hand",
        trial=int(name.removeprefix("trial ")) if searched else None,
        network=FOUND if searched else baselines(TASK).get(name, FOUND),
        search_score=score,
        selection_scores=selection,
    )


def made_plan(*names: str, seeds: int = 3, looks: int = 1, margin: float = 0.15) -> VerdictPlan:
    """A plan for the first network against the others."""
    every = tuple(made_entrant(name) for name in names)
    stages = looks_for(looks, seeds=seeds)
    return VerdictPlan(
        study="made",
        date="2026-01-31",
        nas_version="0.1.0",
        data=DataRef(name="mnist", sha256="0" * 64),
        test_images=IMAGES,
        recipe=NOTEBOOK,
        counts={"trained": 9},
        race=every,
        network=names[0],
        comparators=every[1:],
        selection_seeds=(11, 12, 13),
        confirmation_seeds=tuple(range(100, 100 + stages[-1])),
        looks=stages,
        level=0.95,
        level_of_a_look=level_of_a_look(stages),
        margin=margin,
        expected=None,
        openings_before=0,
    )


def made_predictions(wrong: Mapping[str, tuple[int, ...]]) -> Predictions:
    """Predictions in which each network gets so many images wrong with each seed: always the first ones."""
    truth = np.arange(IMAGES, dtype=np.uint16) % 10
    networks = {}
    for name, counts in wrong.items():
        predicted = np.tile(truth, (len(counts), 1))
        for row, count in zip(predicted, counts, strict=True):
            row[:count] = (row[:count] + 1) % 10
        accuracies = 1 - np.array(counts) / IMAGES
        networks[name] = Confirmed(predicted=predicted, scores=accuracies, val_accuracies=accuracies)
    seeds = len(next(iter(wrong.values())))
    return Predictions(truth=truth, seeds=tuple(range(100, 100 + seeds)), networks=networks)
