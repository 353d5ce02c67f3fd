"""The formats that a network can leave in: how each is written, opened and compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from nas.data import Images, load
from nas.errors import ExportError
from nas.exporting.litert import litert_bytes, litert_int8_bytes
from nas.exporting.onnx_file import write_onnx
from nas.exporting.released import Conversion, Released, prepared, shipped_model
from nas.exporting.runtime import (
    Ran,
    Runtime,
    answers,
    latency_us,
    open_keras,
    open_litert,
    open_onnx,
    open_saved_model,
)


@dataclass(frozen=True)
class Format:
    """A format that some runtime opens."""

    name: str
    """What `--format` calls it."""
    file: str
    """Name of its file, or folder, in the export's folder."""
    title: str
    """What it is, for a person."""
    needs: tuple[str, ...]
    """Modules that must be installed besides Keras and TensorFlow."""
    write: Callable[[Released, Conversion, Path], None]
    """Writes it."""
    open: Callable[[Path], Runtime]
    """Opens it in its runtime."""
    quantised: bool = False
    """Whether it computes in int8, so that its outputs are near Keras's and not the same."""


def _write_keras(released: Released, conversion: Conversion, path: Path) -> None:
    shipped_model(released, conversion).save(path)


def _write_saved_model(released: Released, conversion: Conversion, path: Path) -> None:
    shipped_model(released, conversion).export(path, format="tf_saved_model", verbose=False)


def _write_litert(released: Released, conversion: Conversion, path: Path) -> None:
    path.write_bytes(litert_bytes(shipped_model(released, conversion)))


def _write_litert_int8(released: Released, conversion: Conversion, path: Path) -> None:
    images = prepared(calibration_images(released, conversion), rescaling_inside=conversion.include_rescaling)
    path.write_bytes(litert_int8_bytes(shipped_model(released, conversion), calibration=images))


def _write_onnx(released: Released, conversion: Conversion, path: Path) -> None:
    write_onnx(shipped_model(released, conversion), path)


_FORMATS: Final = (
    Format("keras", "model.keras", "Keras 3, built-in layers only", (), _write_keras, open_keras),
    Format("saved-model", "saved_model", "TensorFlow SavedModel", (), _write_saved_model, open_saved_model),
    Format("litert", "model.tflite", "LiteRT, float32", ("ai_edge_litert",), _write_litert, open_litert),
    Format(
        "litert-int8",
        "model_int8.tflite",
        "LiteRT, int8 throughout",
        ("ai_edge_litert",),
        _write_litert_int8,
        open_litert,
        quantised=True,
    ),
    Format("onnx", "model.onnx", "ONNX", ("tf2onnx", "onnx", "onnxruntime"), _write_onnx, open_onnx),
)
FORMATS: Final[Mapping[str, Format]] = MappingProxyType({each.name: each for each in _FORMATS})
"""Those that are converted, by name; `c` and `python` are written from text and bytes alone."""


def calibration_images(released: Released, conversion: Conversion) -> Images:
    """The training images from which int8 ranges are found: a seeded draw, as (images, height, width, channels)."""
    images = load(released.data).train_images
    generator = np.random.default_rng(np.random.SeedSequence((conversion.calibration_seed, len(images))))
    chosen = generator.choice(len(images), size=min(conversion.calibration_images, len(images)), replace=False)
    return np.asarray(images[np.sort(chosen)])


def convert_network(name: str, released: Released, conversion: Conversion, path: Path) -> Ran:
    """A format's file, written and opened again, with its answers to all validation images.

    Raises:
        ExportError: If the format cannot say what the network does.
    """
    chosen = FORMATS[name]
    try:
        chosen.write(released, conversion, path)
        runtime = chosen.open(path)
    except (ValueError, RuntimeError, NotImplementedError, TypeError) as error:
        first = (str(error).splitlines() or [""])[0][:200]
        raise ExportError(f"{released.label} cannot be converted to {name} ({first}).") from None
    return Ran(runtime.name, answers(runtime, load(released.data).val_images, rescaling_inside=conversion.include_rescaling))


def time_formats(names: tuple[str, ...], released: Released, conversion: Conversion, folder: Path) -> dict[str, float]:
    """Time for one image in the runtime of each format, one after the other, in microseconds."""
    image = load(released.data).val_images[:1]
    opened = {name: FORMATS[name].open(folder / FORMATS[name].file) for name in names}
    return {name: latency_us(runtime, image, rescaling_inside=conversion.include_rescaling) for name, runtime in opened.items()}
