"""A `.keras` file: it opens with Keras alone, and it is there whole or not at all."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nas.architecture import (
    Architecture,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
)
from nas.errors import ExportError
from nas.exporting.keras_format import Exported, export_keras
from nas.training.build import build
from nas.training.plan import NOTEBOOK
from nas.training.trainer import predict
from nas.training.work import Checkpoint

pytestmark = [pytest.mark.keras, pytest.mark.slow]

_NETWORK = Architecture(
    input_shape=(9, 8, 2),
    layers=(
        Conv2D(filters=4, kernel_size=(3, 3), use_bias=False),
        BatchNormalization(),
        DepthwiseConv2D(kernel_size=(3, 3), activation="relu"),
        Dropout(rate=0.5),
        GlobalAveragePooling2D(),
        Dense(units=3, activation="softmax"),
    ),
)
_IMAGES = np.random.default_rng(1).integers(0, 256, (7, 9, 8, 2), np.uint8)

_READER = """
import sys
sys.modules["nas"] = None  # importing it is an error from here on
import keras, numpy
model = keras.models.load_model(sys.argv[1])
images = numpy.load(sys.argv[2])
numpy.save(sys.argv[3], model(images.astype("float32") / 255, training=False))
print(model.count_params(), [layer.name for layer in model.layers][0])
"""


@pytest.fixture(scope="module")
def trained() -> Checkpoint:
    """A checkpoint whose every array, moving averages included, is unlike that of a fresh network."""
    drawn = np.random.default_rng(0)
    variables = build(_NETWORK, logits=True).variables
    arrays = [np.asarray(variable) for variable in variables]
    changed = [array + drawn.uniform(0.1, 0.5, array.shape).astype(array.dtype) for array in arrays]
    return Checkpoint(3, {f"model/{index}": array for index, array in enumerate(changed)})


@pytest.fixture(scope="module")
def exported(trained: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    path = tmp_path_factory.mktemp("exports") / "new folder" / "network.keras"
    return export_keras(_NETWORK, NOTEBOOK, trained, path=path)


@contextmanager
def _disk_with_room_for(file_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_file_is_the_only_thing_in_its_folder(exported: Exported) -> None:
    assert [path.name for path in exported.path.parent.iterdir()] == ["network.keras"]
    assert exported.size_bytes == exported.path.stat().st_size > 1_000
    assert 0 <= exported.largest_difference <= 1e-5


def test_keras_alone_opens_it_and_computes_what_the_network_computes(
    exported: Exported, trained: Checkpoint, tmp_path: Path
) -> None:
    np.save(tmp_path / "images.npy", _IMAGES)
    files = (exported.path, tmp_path / "images.npy", tmp_path / "outputs.npy")
    command = [sys.executable, "-c", _READER, *map(str, files)]
    reader = subprocess.run(command, capture_output=True, check=False, text=True, cwd=tmp_path)
    assert reader.returncode == 0, reader.stderr
    assert reader.stdout.split() == [str(build(_NETWORK).count_params()), "conv2d_1"]
    outputs = np.load(tmp_path / "outputs.npy")
    np.testing.assert_allclose(outputs, predict(_NETWORK, NOTEBOOK, trained, _IMAGES), rtol=0, atol=1e-6)
    assert np.ptp(outputs, axis=0).max() > 1e-3  # it does look at the images


def test_an_export_takes_the_place_of_the_one_before(exported: Exported, trained: Checkpoint) -> None:
    again = export_keras(_NETWORK, NOTEBOOK, trained, path=exported.path)
    assert again.path == exported.path
    assert [path.name for path in exported.path.parent.iterdir()] == ["network.keras"]


def test_a_file_in_place_of_the_folder_ends_in_a_sentence(trained: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "exports").write_text("not a folder")
    with pytest.raises(ExportError, match=r"^The file .+/exports/a\.keras cannot be written \(.+\); choose another --out\.$"):
        export_keras(_NETWORK, NOTEBOOK, trained, path=tmp_path / "exports" / "a.keras")
    assert [path.name for path in tmp_path.iterdir()] == ["exports"]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is a folder that nobody can write to on Linux")
def test_a_folder_that_nobody_can_write_to_ends_in_a_sentence(trained: Checkpoint) -> None:
    with pytest.raises(ExportError, match=r"^The file /proc/a\.keras cannot be written \(.+\); choose another --out\.$"):
        export_keras(_NETWORK, NOTEBOOK, trained, path=Path("/proc/a.keras"))


def test_a_folder_in_place_of_the_file_is_left_as_it_is(trained: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "a.keras").mkdir()
    with pytest.raises(ExportError, match=r"a\.keras cannot be written \(.+\); choose another --out\.$"):
        export_keras(_NETWORK, NOTEBOOK, trained, path=tmp_path / "a.keras")
    assert [path.name for path in tmp_path.rglob("*")] == ["a.keras"]


def test_a_full_disk_ends_in_a_sentence_and_leaves_nothing_behind(trained: Checkpoint, tmp_path: Path) -> None:
    with _disk_with_room_for(2_000), pytest.raises(ExportError, match=r"^The file .+ cannot be written \(.+\); choose another"):
        export_keras(_NETWORK, NOTEBOOK, trained, path=tmp_path / "a.keras")
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_computes_no_numbers_is_not_exported(trained: Checkpoint, tmp_path: Path) -> None:
    broken = replace(trained, arrays={name: np.full(array.shape, np.nan) for name, array in trained.arrays.items()})
    with pytest.raises(
        ExportError, match=r"^The exported file's outputs differ from the network's by nan, more than 1e-05; nothing"
    ):
        export_keras(_NETWORK, NOTEBOOK, broken, path=tmp_path / "a.keras")
    assert list(tmp_path.iterdir()) == []
