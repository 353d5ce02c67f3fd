"""Small archives and folders that stand for what a person brings."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nas.data import DataRef
from nas.data.cache import entry_folder
from nas.data.idx import encode

Arrays = dict[str, Any]
LABELS = (np.arange(40) % 4).astype(np.uint8)


def pixels(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def good(**changes: Any) -> Arrays:
    """Forty images in four classes, each of them different; a key that becomes None is left out."""
    arrays = {"x_train": pixels(40, 5, 6), "y_train": np.arange(40) % 4} | changes
    return {key: value for key, value in arrays.items() if value is not None}


def saved(name: str = "screws.npz", **changes: Any) -> str:
    np.savez(name, **good(**changes))
    return name


def sealed(ref: DataRef) -> tuple[Any, Any]:
    folder = entry_folder(ref.sha256) / "sealed"
    return np.load(folder / "test_images.npy"), np.load(folder / "test_labels.npy")


def in_order(images: Any) -> list[bytes]:
    return sorted(image.tobytes() for image in images)


def write_idx(folder: Path, *, zipped: bool = False, **arrays: Any) -> str:
    """IDX files of the arrays, their names spelled with `_` for `-`."""
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        content, file = encode(array), f"{name.replace('_', '-')}-idx{array.ndim}-ubyte"
        if zipped:
            (folder / f"{file}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / file).write_bytes(content)
    return str(folder)


def photos(folder: Path, classes: tuple[str, ...] = ("2", "10", "1"), *, count: int = 8, mode: str = "RGB", **names: Any) -> str:
    """Folders of small pictures of four formats."""
    for seed, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(count):
            suffix = ("png", "bmp", "gif", "jpg")[index % 4] if mode == "L" else ("png", "bmp", "jpg")[index % 3]
            Image.fromarray(pixels(5, 6, 3, seed=100 * seed + index)).convert(mode).save(folder / name / f"{index}.{suffix}")
    return str(folder)
