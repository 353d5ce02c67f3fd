"""What a cache entry says about itself: shapes, counts and checksums, as one JSON file beside the arrays."""

import json
from hashlib import blake2b, sha256
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nas.data.dataset import Dataset, Images, Reading
from nas.data.ref import Sha256, Split, default_split
from nas.errors import DataError

FORMAT: Final = 1
SCALING = "pixels / 255"
ADDRESS: Final = 8
"""Digits of the content's hash that stand in the name of a data set that came from a path."""
Count = Annotated[int, Field(ge=1)]


class ArrayRecord(BaseModel):
    """What one .npy file must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: tuple[Count, ...]
    """The array's shape, the images' axis first."""
    dtype: Literal["uint8", "int32"]
    """Pixels are uint8, labels int32."""
    sha256: Sha256
    """Hash of the array's type, shape and values; not of the file, whose header may differ between NumPy's versions."""


class ArrayRecords(BaseModel):
    """The four arrays of an entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train_images: ArrayRecord
    train_labels: ArrayRecord
    test_images: ArrayRecord
    test_labels: ArrayRecord

    @property
    def sha256(self) -> str:
        """Hash of the content of all four."""
        return _joint(self.train_images, self.train_labels, self.test_images, self.test_labels)

    @property
    def test_sha256(self) -> str:
        """Hash of the test set's content."""
        return _joint(self.test_images, self.test_labels)


class Manifest(BaseModel):
    """All that may be known about an entry without its arrays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = FORMAT
    """Version of this spelling; a newer one is refused."""
    name: str
    """The name that the entry was first made for."""
    sha256: Sha256
    """Hash of the content of the four arrays, and of class names and reading where there is a reading."""
    test_sha256: Sha256
    """Hash of the content of the two test arrays, by which openings of the test set are counted."""
    input_shape: tuple[Count, Count, Count]
    """(height, width, channels) of one image."""
    classes: Annotated[int, Field(ge=2)]
    """Number of classes."""
    class_names: tuple[str, ...]
    """Their names, in the order of the labels."""
    train_images: Count
    """Number of training images, those for validation included."""
    test_images: Count
    """Number of test images."""
    pixel_range: tuple[int, int]
    """Least and greatest pixel of the training images."""
    scaling: str = SCALING
    """What becomes of the pixels before a network sees them."""
    source: str
    """Where the images came from."""
    arrays: ArrayRecords
    """What the files must hold."""
    reading: Reading | None = None
    """How the source was read; None where pixels and order were kept as they came."""
    test_duplicates: Annotated[int, Field(ge=0)] | None = None
    """Test images that are training or validation images too, counted before they were sealed; None if they were not."""

    @property
    def content(self) -> str:
        """Hash of all that makes it this data set and no other."""
        if self.reading is None:
            return self.arrays.sha256
        said = json.dumps([self.class_names, self.reading.model_dump()])
        return sha256(f"{self.arrays.sha256}\n{said}".encode()).hexdigest()

    @property
    def split(self) -> Split:
        """Which training images validate, unless another share is asked for."""
        count = self.reading.validation if self.reading else None
        return default_split(self.name) if count is None else Split(images=count)


def write_manifest(dataset: Dataset, *, name: str) -> Manifest:
    """The manifest of a data set that is to be stored under a name; with an `@` at its end, the content's hash is added."""
    arrays = ArrayRecords(
        train_images=_record(dataset.train_images),
        train_labels=_record(dataset.train_labels),
        test_images=_record(dataset.test_images),
        test_labels=_record(dataset.test_labels),
    )
    height, width, channels = dataset.train_images.shape[1:]
    manifest = Manifest(
        name=name,
        sha256=arrays.sha256,
        test_sha256=arrays.test_sha256,
        input_shape=(height, width, channels),
        classes=len(dataset.class_names),
        class_names=dataset.class_names,
        train_images=len(dataset.train_images),
        test_images=len(dataset.test_images),
        pixel_range=(int(dataset.train_images.min()), int(dataset.train_images.max())),
        source=dataset.source,
        arrays=arrays,
        reading=dataset.reading,
        test_duplicates=count_repeated(dataset.test_images, among=dataset.train_images),
    )
    content = manifest.content
    addressed = f"{name}{content[:ADDRESS]}" if name.endswith("@") else name
    return manifest.model_copy(update={"sha256": content, "name": addressed})


def parse_manifest(text: bytes, *, source: str) -> Manifest:
    """The manifest that a JSON text spells.

    Args:
        text: A JSON object, as `Manifest.model_dump_json` writes it.
        source: Which file it is from, for the error message.

    Raises:
        DataError: If it is none, or of a newer format.
    """
    try:
        value = json.loads(text)
        refuse_newer(value, source=source)
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "manifest"
        raise DataError(
            f"{source} is not a valid manifest ({place}: {first['msg']}); delete its folder to have it made anew."
        ) from None
    except ValueError:
        raise DataError(f"{source} is not JSON; delete its folder to have it made anew.") from None
    if (manifest.sha256, manifest.test_sha256) != (manifest.content, manifest.arrays.test_sha256):
        raise DataError(f"{source} contradicts its own checksums; delete its folder to have it made anew.")
    return manifest


def refuse_newer(value: object, *, source: str) -> None:
    """Nothing, for a JSON value of a format that this version reads.

    Raises:
        DataError: If a newer version of nas wrote it.
    """
    written = value.get("format") if isinstance(value, dict) else None
    if isinstance(written, int) and written > FORMAT:
        raise DataError(f"{source} has format {written}, newer than the {FORMAT} that this version reads; update nas.")


def content_sha256(array: NDArray[Any]) -> str:
    """Hash of an array's type, shape and values, whatever file it came from.

    >>> import numpy as np
    >>> content_sha256(np.zeros((2, 2), np.uint8)) == content_sha256(np.zeros((4, 1), np.uint8))
    False
    """
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    digest = sha256(f"{array.dtype.name} {array.shape}\n".encode())
    digest.update(little.reshape(-1).data)
    return digest.hexdigest()


def count_repeated(images: Images, *, among: Images) -> int:
    """How many images are, pixel for pixel, among others.

    >>> import numpy as np
    >>> count_repeated(np.eye(4, dtype=np.uint8), among=np.eye(2, 4, dtype=np.uint8))
    2
    """
    known = {_digest(image) for image in among}
    return sum(_digest(image) in known for image in images)


def _digest(image: NDArray[Any]) -> bytes:
    return blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()


def _record(array: NDArray[Any]) -> ArrayRecord:
    return ArrayRecord.model_validate({"shape": array.shape, "dtype": array.dtype.name, "sha256": content_sha256(array)})


def _joint(*records: ArrayRecord) -> str:
    return sha256("\n".join(record.sha256 for record in records).encode()).hexdigest()
