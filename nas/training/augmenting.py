"""Training images varied at random inside the graph, by one affine transform each."""

from typing import Any

import keras
import numpy as np
from keras import ops

from nas.training.plan import Augmentation

_STREAM = 2  # beside those of weights and order


class RandomAffine(keras.layers.Layer):  # type: ignore[misc]
    """A batch of images to the same images, each shifted, turned and zoomed by chance when it trains.

    Keras's RandomTranslation, RandomRotation and RandomZoom one after the other do the same with three interpolations, each of
    which blurs an image and takes as long. Here their transforms are multiplied first. An image goes on as its border does,
    whatever its background is.
    """

    def __init__(self, augmentation: Augmentation) -> None:
        super().__init__(name="augmenter", dtype="float32")
        self.generator = keras.random.SeedGenerator(0)
        self._shift = augmentation.strength * augmentation.translation
        self._turn = augmentation.strength * np.radians(augmentation.rotation)
        self._zoom = augmentation.strength * augmentation.zoom

    def call(self, images: Any, training: bool | None = None) -> Any:  # noqa: FBT001 - Keras's
        """The images (batch, height, width, channels), varied if it trains."""
        if not training:
            return images
        count, height, width, _ = ops.shape(images)
        down, across, turn, zoom = ops.unstack(keras.random.uniform((count, 4), -1.0, 1.0, seed=self.generator), axis=1)
        size = (height, width)
        shift = (self._shift * height * down, self._shift * width * across)
        moved = transforms(size, shift=shift, turn=self._turn * turn, zoom=1.0 + self._zoom * zoom)
        return ops.image.affine_transform(
            images, moved, interpolation="bilinear", fill_mode="nearest", data_format="channels_last"
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """That of the images."""
        return input_shape


def transforms(size: tuple[int, int], *, shift: tuple[Any, Any], turn: Any, zoom: Any) -> Any:
    """For each image the eight numbers that `keras.ops.image.affine_transform` takes: where a pixel of the new image comes from.

    Args:
        size: (height, width) of the images, in pixels.
        shift: How far each image moves (down, to the right), in pixels; two arrays (images,).
        turn: By how much it turns about its middle, clockwise as it is seen, in radians; (images,).
        zoom: How much more of the old image the new one spans; above 1 it shrinks. (images,).

    Returns:
        (images, 8).
    """
    down, across = shift
    middle_y, middle_x = (size[0] - 1) / 2, (size[1] - 1) / 2
    cosine, sine = zoom * ops.cos(turn), zoom * ops.sin(turn)
    from_x = middle_x - across - cosine * middle_x - sine * middle_y
    from_y = middle_y - down + sine * middle_x - cosine * middle_y
    none = ops.zeros_like(cosine)
    return ops.stack([cosine, sine, from_x, -sine, cosine, from_y, none, none], axis=1)


def make_augmenter(augmentation: Augmentation, *, input_shape: tuple[int, int, int]) -> RandomAffine:
    """What varies a batch of images when it trains.

    Args:
        augmentation: How far.
        input_shape: Of the images, as (height, width, channels).
    """
    augmenter = RandomAffine(augmentation)
    augmenter.build((None, *input_shape))
    return augmenter


def reseed(augmenter: RandomAffine, *, seed: int, epoch: int) -> None:
    """Sets what the next epoch's variations are drawn from: a function of seed and epoch, from which each step counts on."""
    generator = np.random.default_rng(np.random.SeedSequence((seed, _STREAM, epoch)))
    augmenter.generator.state.assign(generator.integers(2**30, size=2))  # steps are added to it, within 32 bits
