"""How a network classifies images whose classes are known: loss, accuracy, and which classes it takes for which."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nas.data import DataRef, Images, Labels, load
from nas.errors import ArchitectureError
from nas.evaluation.statistics import Interval, share_interval

LEVEL = 0.95
_LEAST_PROBABILITY = 1e-7
"""Keras's own bound below which a probability's logarithm is not taken."""
_ROUNDING = 0.01
"""How far over 1 a probability may come out that was computed in int8."""


class Judgeable(Protocol):
    """Anything that classifies images; it is pickled on its way to where the images are."""

    @property
    def name(self) -> str:
        """What tables and ledgers call it."""
        ...

    @property
    def weights_sha256(self) -> str:
        """Hash of what its answers depend on: equal hashes give equal answers."""
        ...

    def predict(self, images: Images) -> NDArray[np.float32]:
        """Class probabilities (images, classes) for pixels from 0 to 255 (images, height, width, channels)."""
        ...


@dataclass(frozen=True)
class Classified:
    """What a network made of images."""

    loss: float
    """Mean cross-entropy, in nats."""
    accuracy: float
    """Share of images classified correctly."""
    predicted: NDArray[np.uint16] = field(compare=False)
    """The class that each image was given."""
    truth: NDArray[np.uint16] = field(compare=False)
    """The class that each image has."""

    @property
    def interval(self) -> Interval:
        """The accuracy's 95 % interval over images like these, for these weights."""
        return share_interval(int((self.predicted == self.truth).sum()), len(self.truth), level=LEVEL)

    def confusion(self, classes: int) -> NDArray[np.int64]:
        """Images by (class, class given); a row's sum is how many images of its class there are."""
        flat = self.truth.astype(np.int64) * classes + self.predicted
        return np.bincount(flat, minlength=classes**2).reshape(classes, classes)

    def recall(self, label: int) -> float | None:
        """Share of a class's images that are recognised; None where there are none."""
        of_class = self.truth == label
        return float((self.predicted[of_class] == label).mean()) if of_class.any() else None


def classify_images(model: Judgeable, images: Images, labels: Labels) -> Classified:
    """What a network makes of images with these classes.

    Raises:
        ArchitectureError: If what it gives are no probabilities.
    """
    probabilities = probabilities_of(model, images)
    of_truth = probabilities[np.arange(len(labels)), labels]
    predicted = probabilities.argmax(axis=1)
    return Classified(
        loss=float(-np.log(np.clip(of_truth, _LEAST_PROBABILITY, 1.0)).mean()),
        accuracy=float((predicted == labels).mean()),
        predicted=predicted.astype(np.uint16),
        truth=labels.astype(np.uint16),
    )


def classify_validation(model: Judgeable, data: DataRef) -> Classified:
    """What a network makes of a data set's validation images.

    Raises:
        ArchitectureError: If what it gives are no probabilities.
        DataError: If the cache does not hold the data set.
    """
    found = load(data)
    return classify_images(model, np.asarray(found.val_images), np.asarray(found.val_labels))


def probabilities_of(model: Judgeable, images: Images) -> NDArray[np.float32]:
    """What a network gives for images, if these are probabilities.

    Raises:
        ArchitectureError: If they are none.
    """
    given = model.predict(images)
    if not np.isfinite(given).all():
        raise ArchitectureError(f"{model.name} gives no numbers for some images, so its weights are of no use; train it again.")
    if given.min() < 0 or given.max() > 1 + _ROUNDING:
        raise ArchitectureError(
            f"{model.name} gives values from {given.min():.3g} to {given.max():.3g}, which are no probabilities;"
            " end it in softmax."
        )
    return given
