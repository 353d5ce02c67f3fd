"""Training plans that vary with the trial: `nas search --tune-plan`."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, log2

from nas.architecture import Suggest
from nas.architecture.suggest import Value
from nas.training.plan import Augmentation, TrainingPlan

RATE, BATCH, STRENGTH = "plan.learning_rate", "plan.batch_size", "plan.augmentation_strength"
"""What a study calls the choices; no choice of a space has a dot in its name."""
_REACH = 5.0
"""Learning rates from a fifth of the plan's to five times it: beyond, networks of this kind learn too slowly or not at all."""
_BATCHES = (0.25, 0.5, 1, 2)
_STRENGTHS = 0.25, 2.0
_STRONGEST = 0.99
"""Share of an extent's limit that a strength may reach."""


@dataclass(frozen=True)
class PlanTuning:
    """Varies learning rate, batch size, and the strength of the augmentation of a plan that has one.

    >>> from nas.architecture import Fixed
    >>> tuning = PlanTuning(TrainingPlan(name="notebook"))
    >>> tuning.draw(Fixed({"plan.learning_rate": 0.00234567, "plan.batch_size": 64})).words
    'adam, learning rate 0.00235, batch 64, 15 epochs'
    """

    plan: TrainingPlan
    """What they are varied around, and all else is taken from."""

    def draw(self, trial: Suggest) -> TrainingPlan:
        """The plan of a trial; the very plan that is varied where the choices are its own.

        Figures are rounded to what can be meant, so that a plan can be written down and copied.
        """
        rate = trial.suggest_float(RATE, self.plan.learning_rate / _REACH, self.plan.learning_rate * _REACH, log=True)
        batch = trial.suggest_categorical(BATCH, self.batch_sizes)
        changes: dict[str, object] = {"learning_rate": _rounded(rate, unless=self.plan.learning_rate), "batch_size": batch}
        if augmentation := self.plan.augmentation:
            strength = _rounded(trial.suggest_float(STRENGTH, *_strengths(augmentation)), unless=augmentation.strength)
            changes["augmentation"] = augmentation.model_dump() | {"strength": strength}
        varied = TrainingPlan.model_validate(self.plan.model_dump() | changes)
        return varied if varied == self.plan else varied.model_copy(update={"name": f"{self.plan.name}, tuned"})

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """The plan's, its half, its quarter and its double."""
        return tuple(sorted({max(1, round(self.plan.batch_size * factor)) for factor in _BATCHES}))

    @property
    def choices(self) -> Mapping[str, Value]:
        """The choices that give the plan itself: what hand-designed networks are trained by."""
        own: dict[str, Value] = {RATE: self.plan.learning_rate, BATCH: self.plan.batch_size}
        return own | ({STRENGTH: self.plan.augmentation.strength} if self.plan.augmentation else {})


def plan_features(plan: TrainingPlan) -> tuple[float, ...]:
    """What varies of plans, in numbers, for models that predict accuracy."""
    return (log(plan.learning_rate), log2(plan.batch_size), plan.augmentation.strength if plan.augmentation else 0.0)


def _strengths(augmentation: Augmentation) -> tuple[float, float]:
    """From a quarter of the plan's strength to its double, as far as images can go."""
    limits = ((1.0, augmentation.translation), (180.0, augmentation.rotation), (1.0, augmentation.zoom))
    furthest = min(10.0, *(_STRONGEST * limit / extent for limit, extent in limits if extent))
    weaker, stronger = _STRENGTHS
    return augmentation.strength * weaker, max(augmentation.strength, min(augmentation.strength * stronger, furthest))


def _rounded(value: float, *, unless: float) -> float:
    """A number to three digits."""
    return value if value == unless else float(f"{value:.3g}")
