"""Training images varied at random inside the graph, by Keras's own layers."""

import keras
import numpy as np

from nas.training.plan import Augmentation

_STREAM = 2  # beside those of weights and order
_EDGES = {"fill_mode": "nearest", "seed": 0}  # an image goes on as its border does, whatever its background is


def make_augmenter(augmentation: Augmentation, *, input_shape: tuple[int, int, int]) -> keras.Sequential:
    """A model from a batch of images to the same images, each shifted, turned and zoomed by chance when it trains.

    Args:
        augmentation: How far.
        input_shape: Of the images, as (height, width, channels).
    """
    shift, turn, zoom = (
        augmentation.strength * extent for extent in (augmentation.translation, augmentation.rotation, augmentation.zoom)
    )
    layers = [
        keras.layers.RandomTranslation(shift, shift, **_EDGES) if shift else None,
        keras.layers.RandomRotation(turn / 360, **_EDGES) if turn else None,  # in full circles
        keras.layers.RandomZoom(zoom, **_EDGES) if zoom else None,
    ]
    return keras.Sequential([keras.Input(shape=input_shape), *(layer for layer in layers if layer)], name="augmenter")


def reseed(augmenter: keras.Sequential, *, seed: int, epoch: int) -> None:
    """Sets what the next epoch's variations are drawn from: a function of seed and epoch, from which each step counts on."""
    generator = np.random.default_rng(np.random.SeedSequence((seed, _STREAM, epoch)))
    for layer in augmenter.layers:
        layer.generator.state.assign(generator.integers(2**30, size=2))  # steps are added to it, within 32 bits
