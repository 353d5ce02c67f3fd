"""Pictures that a person hands over: PNG, JPEG or NumPy files, as pixels of the size that a network takes."""

import stat
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from nas.data.dataset import Images
from nas.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

FILE_BYTES: Final = 256 * 2**20
MOST_PIXELS: Final = 2**24
"""Largest picture that is unpacked: 4,096 × 4,096."""
_MODES: Final = {1: "L", 3: "RGB"}
_EIGHT_BITS: Final = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"})

_MAGIC: Final = b"\x93NUMPY"
BROKEN: Final = (ValueError, SyntaxError, EOFError, OverflowError, MemoryError, struct.error, zlib.error, Warning)
"""What Pillow raises for bytes that are no picture, besides errors of the system; `Warning` where it would rather go on."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """What one file holds."""

    images: Images
    """Pixels from 0 to 255 as (images, height, width, channels)."""
    remark: str | None = None
    """What was done to them, for the person, or None."""


def read_pictures(path: Path, *, input_shape: tuple[int, int, int], resize: bool = False) -> Pictures:
    """The pictures in a file, as a network takes them.

    Args:
        path: A PNG or JPEG, or an array in a `.npy` file: bytes from 0 to 255 or floats from 0 to 1, as (height, width),
            (height, width, channels), or either with the number of images before it.
        input_shape: (height, width, channels) that the network takes. Colour becomes grey, and grey all of three colours.
        resize: Whether a PNG or JPEG of another size is scaled; else it is refused.

    Raises:
        DataError: If it cannot be read, or does not fit the network.
    """
    try:
        status = path.stat()
        if stat.S_ISFIFO(status.st_mode) or status.st_size > FILE_BYTES:
            raise DataError(f"{path} is no picture's file of at most {FILE_BYTES:,} bytes; name a PNG, a JPEG or an .npy file.")
        if path.suffix.lower() == ".npy":
            return _read_array(path, input_shape=input_shape)
        return _read_picture(path, input_shape=input_shape, resize=resize)
    except OSError as error:
        raise DataError(f"The picture {path} cannot be read ({error.strerror or error}).") from None


def _read_picture(path: Path, *, input_shape: tuple[int, int, int], resize: bool) -> Pictures:
    from PIL import Image, ImageOps, UnidentifiedImageError

    height, width, channels = input_shape
    if channels not in _MODES:
        raise DataError(f"The network takes images of {channels} channels, which no PNG or JPEG has; give an .npy file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as file:
                require_plain(file, path=path)
                picture = ImageOps.exif_transpose(file)  # as a camera was held
                if picture.size != (width, height) and not resize:
                    raise DataError(
                        f"{path} has {picture.height} × {picture.width} pixels, but the network takes {height} × {width}; crop it"
                        " yourself, or have it scaled with --resize."
                    )
                pixels = picture.convert(_MODES[channels]).resize((width, height), Image.Resampling.BILINEAR)
    except (UnidentifiedImageError, Image.DecompressionBombError, *BROKEN):
        raise DataError(f"{path} is no PNG or JPEG of at most {MOST_PIXELS:,} pixels; save it as one.") from None
    scaled = f"scaled from {picture.height} × {picture.width} to {height} × {width}" if picture.size != (width, height) else None
    return Pictures(np.asarray(pixels, np.uint8).reshape(1, *input_shape), scaled)


def require_plain(picture: "Image", *, path: Path) -> None:
    """Nothing, for a picture whose pixels are bytes of their own, before any of them is unpacked.

    Raises:
        DataError: If it has too many pixels, other than 8 bits a colour, or is transparent.
    """
    if picture.width * picture.height > MOST_PIXELS:
        raise DataError(f"{path} has {picture.height:,} × {picture.width:,} pixels; at most {MOST_PIXELS:,} are read.")
    if picture.mode not in _EIGHT_BITS:
        raise DataError(f"{path} does not keep 8 bits a colour (its mode is {picture.mode}); save it as a PNG that does.")
    if picture.has_transparency_data and picture.convert("RGBA").getchannel("A").getextrema()[0] != 255:
        raise DataError(f"{path} is transparent in places, and what is behind is not known; save it without transparency.")


def _read_array(path: Path, *, input_shape: tuple[int, int, int]) -> Pictures:
    with path.open("rb") as file:
        if not file.read(len(_MAGIC)) == _MAGIC:
            raise DataError(f"{path} is no plain NumPy array; save it with np.save(…, allow_pickle=False).")
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)  # mapped: a file that claims too much is found out
    except (ValueError, EOFError, SyntaxError, TokenError, OverflowError, MemoryError, RecursionError) as error:
        raise DataError(
            f"{path} is no plain NumPy array ({(str(error).splitlines() or [''])[0][:120]});"
            " save it with np.save(…, allow_pickle=False)."
        ) from None
    *counts, channels = input_shape
    images = array if array.shape[-3:] == input_shape and array.ndim <= 4 else array[..., None] if channels == 1 else array
    if images.shape[-3:] != input_shape or images.ndim > 4 or 0 in images.shape:
        wanted = f"{tuple(counts)} or {input_shape}" if channels == 1 else f"{input_shape}"
        raise DataError(f"{path} holds an array of shape {array.shape}; wanted is {wanted}, or several of them in a row.")
    images = images.reshape(-1, *input_shape)
    if images.dtype == np.uint8:
        return Pictures(np.array(images))
    if images.dtype.kind == "f" and np.isfinite(images).all() and images.min() >= 0 and images.max() <= 1:
        return Pictures(np.round(np.asarray(images, np.float64) * 255).astype(np.uint8), "floats from 0 to 1, taken as 255ths")
    raise DataError(f"{path} holds {images.dtype} values; wanted are bytes (uint8) from 0 to 255, or floats from 0 to 1.")
