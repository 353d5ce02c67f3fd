"""A data set's training images on their way to a machine whose cache lacks them; the test set stays where it is."""

import io
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas.data import cache, cache_writer
from nas.data.manifest import content_sha256, parse_manifest
from nas.errors import DataError


@dataclass(frozen=True)
class Parcel:
    """A cache entry without its seal."""

    manifest: bytes
    """The entry's manifest as JSON."""
    images: bytes
    """Its training and validation images as a compressed .npy file."""
    labels: bytes
    """Their labels, likewise."""


def pack(sha256: str, *, name: str) -> Parcel:
    """The training images of an entry of this cache.

    Args:
        sha256: The entry's content.
        name: What the user calls it, for the error message.

    Raises:
        DataError: If the cache does not hold it.
    """
    manifest = cache.read_manifest(sha256, name=name)
    images, labels = cache.read_training(manifest)
    return Parcel(manifest.model_dump_json(exclude_none=True).encode(), _pressed(images), _pressed(labels))


def keep(parcel: Parcel) -> None:
    """Puts the images into this machine's cache, unless they are there.

    Raises:
        DataError: If they are not what the manifest says, or the cache cannot be written.
    """
    manifest = parse_manifest(parcel.manifest, source="The manifest that was sent")
    images, labels = _unpressed(parcel.images), _unpressed(parcel.labels)
    records = manifest.arrays
    if (content_sha256(images), content_sha256(labels)) != (records.train_images.sha256, records.train_labels.sha256):
        raise DataError(f"The images of {manifest.name} did not arrive as they were sent; start the worker again.")
    with cache_writer.lock():
        cache_writer.write_training(manifest, images, labels)


def _pressed(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return zlib.compress(buffer.getbuffer(), level=1)


def _unpressed(content: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.load(io.BytesIO(zlib.decompress(content)), allow_pickle=False)
    return array
