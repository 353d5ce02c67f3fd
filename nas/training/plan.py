"""How a network is trained, as data: everything that the figures depend on besides network, data and seed."""

from functools import partial
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


def _new(default: object, /, **limits: Any) -> Any:
    """A field that older plans do not have: left out of the spelling at its default, so that their keys stay what they are."""
    return Field(default=default, exclude_if=partial(_equal, default), **limits)


def _equal(default: object, value: object) -> bool:
    return value == default


class Augmentation(BaseModel):
    """Random shifts, turns and zooms of the training images, each drawn anew for every image and step.

    >>> Augmentation(strength=0.5).translation
    0.1
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    strength: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Multiplies the three below."""
    translation: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Furthest shift in either direction, as a share of height and of width."""
    rotation: Annotated[float, Field(ge=0, le=180)] = 10.0
    """Furthest turn to either side, in degrees."""
    zoom: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Most that an image grows or shrinks, as a share of its size."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not (self.translation or self.rotation or self.zoom):
            raise ValueError("an augmentation needs a translation, a rotation or a zoom above 0; or leave the table out")
        if self.strength * self.translation > 1 or self.strength * self.rotation > 180 or self.strength * self.zoom >= 1:
            raise ValueError(
                f"an augmentation of strength {self.strength:g} goes beyond the image (translation times strength may be at most"
                " 1, rotation 180, zoom less than 1)"
            )
        return self


class TrainingPlan(BaseModel):
    """A training recipe.

    >>> TrainingPlan(name="short", epochs=3).batch_size
    128
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    """What tables call it."""
    optimizer: Literal["adam", "adamw", "compiled"] = "adam"
    """Keras's optimizer, its other settings at their defaults; or `compiled`, that which a KerasTuner model was compiled with,
    its loss as well, and Adam for a model that was not."""
    learning_rate: Annotated[float, Field(gt=0)] = 0.001
    """Step size of the optimizer, after the warm-up and before a schedule lowers it."""
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] = 128
    """Images a step; an epoch's last batch may be smaller."""
    epochs: Annotated[int, Field(ge=1, le=100_000)] = 15
    """Passes over the training images."""
    loss: Literal["categorical_crossentropy"] = "categorical_crossentropy"
    """What is minimised, in nats."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """What layers compute in; weights are float32 either way."""
    weight_decay: float = _new(0.0, ge=0, lt=1)
    """Share of each weight that AdamW takes off a step, times the learning rate; 0 with Adam."""
    schedule: Literal["constant", "cosine"] = _new("constant")
    """Whether the learning rate stays, or falls to zero along half a cosine."""
    warmup_epochs: float = _new(0.0, ge=0)
    """Epochs in which the learning rate rises from zero, step by step; fractions are allowed."""
    label_smoothing: float = _new(0.0, ge=0, lt=1)
    """Share of each label that is spread evenly over all classes in training."""
    ema_momentum: float | None = _new(None, gt=0, lt=1)
    """Share of the average of weights that a step keeps; the average is judged and exported. None judges the weights."""
    augmentation: Augmentation | None = _new(None)
    """How training images are varied, or None."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.optimizer == "adamw" and not self.weight_decay:
            raise ValueError("the optimizer adamw needs a weight_decay above 0, such as 0.004")
        if self.optimizer == "adam" and self.weight_decay:
            raise ValueError(f"weight_decay = {self.weight_decay:g} needs the optimizer adamw")
        if self.optimizer == "compiled" and (self.scheduled or self.weight_decay or self.label_smoothing or self.ema_momentum):
            raise ValueError("the optimizer compiled brings its schedule, decay, smoothing and averages; leave them out")
        if self.warmup_epochs >= self.epochs:
            raise ValueError(f"warmup_epochs = {self.warmup_epochs:g} has to be less than epochs = {self.epochs}")
        return self

    @property
    def key(self) -> str:
        """SHA-256 of the canonical spelling: equal keys mean the same recipe."""
        return sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def words(self) -> str:
        """What it does, in a line; what it does not do is left out.

        >>> NOTEBOOK.words
        'adam, learning rate 0.001, batch 128, 15 epochs'
        """
        how = "as compiled" if self.optimizer == "compiled" else f"{self.optimizer}, learning rate {self.learning_rate:.4g}"
        shown = f"{how}, batch {self.batch_size}, {self.epochs} epochs"
        varied = self.augmentation
        told = {
            f"weight decay {self.weight_decay:g}": self.weight_decay,
            f"warm-up {self.warmup_epochs:g} epochs": self.warmup_epochs,
            "cosine to zero": self.schedule == "cosine",
            f"label smoothing {self.label_smoothing:g}": self.label_smoothing,
            f"weights averaged ({self.ema_momentum})": self.ema_momentum,
            f"augmentation of strength {varied.strength if varied else 0:.3g}": varied,
        }
        return ", ".join([shown, *(words for words, holds in told.items() if holds)])

    @property
    def scheduled(self) -> bool:
        """Whether the learning rate changes in the course of a training."""
        return self.schedule != "constant" or self.warmup_epochs > 0


NOTEBOOK = TrainingPlan(name="notebook")
"""The recipe of the hand-designed networks' notebook: Adam at Keras's defaults, batch 128, 15 epochs."""

COMPILED = TrainingPlan(name="compiled", optimizer="compiled")
"""The notebook's batch and epochs with the optimizer and loss that a KerasTuner model brings; Adam for one that brings none."""
