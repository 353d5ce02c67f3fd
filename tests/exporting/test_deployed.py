"""The int8 files of a verdict: those that `nas export` writes, converted once, and kept beside the checkpoints."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from made_export import made_release

from nas.data import load
from nas.engine.folder import RunFolder
from nas.errors import ExportError
from nas.exporting import deployed
from nas.exporting.apart import apart
from nas.exporting.deployed import FileOrder, Int8Files
from nas.exporting.formats import FORMATS, convert_network
from nas.exporting.litert_file import LiteRTFile
from nas.exporting.released import Conversion, Released
from nas.training.work import Checkpoint, Work


@dataclass(frozen=True)
class Ended:
    """A training that ended with these weights."""

    released: Released

    @property
    def name(self) -> str:
        return self.released.label

    @property
    def work(self) -> Work:
        it = self.released
        return Work(it.network, it.plan, it.data, it.seed, it.plan.epochs)

    @property
    def checkpoint(self) -> Checkpoint:
        return self.released.checkpoint


@dataclass(frozen=True)
class Made:
    """Files with what it took to make them."""

    networks: tuple[Ended, ...]
    folder: RunFolder
    files: tuple[LiteRTFile, ...]
    said: tuple[str, ...]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    networks = tuple(Ended(made_release(seed=seed, label=f"seed {seed}")) for seed in range(3))
    folder, said = RunFolder(tmp_path_factory.mktemp("run")), list[str]()
    files = Int8Files(said.append).convert(networks, folder=folder, processes=2)
    return Made(networks, folder, files, tuple(said))


@pytest.mark.keras
@pytest.mark.slow
def test_a_verdicts_file_is_byte_for_byte_what_an_export_ships(made: Made, tmp_path: Path) -> None:
    released = made.networks[1].released
    path = tmp_path / FORMATS["litert-int8"].file
    ran = apart(convert_network, "litert-int8", released, Conversion(), path)
    assert made.files[1].content == path.read_bytes()
    np.testing.assert_array_equal(made.files[1].predict(load(released.data).val_images), ran.outputs)


@pytest.mark.keras
@pytest.mark.slow
def test_each_network_has_its_file_under_its_name(made: Made) -> None:
    assert [file.name for file in made.files] == ["seed 0", "seed 1", "seed 2"]
    assert len({file.weights_sha256 for file in made.files}) == 3
    assert made.said == ("Conversion to int8 LiteRT: 3 of 3 networks.",)


@pytest.mark.keras
@pytest.mark.slow
def test_what_is_there_is_not_converted_again(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a network was to be converted")

    monkeypatch.setattr(deployed, "apart", refuse)
    said: list[str] = []
    assert Int8Files(said.append).convert(made.networks, folder=made.folder, processes=2) == made.files
    assert said == []


@pytest.mark.keras
@pytest.mark.slow
def test_an_interrupted_conversion_goes_on_with_what_is_missing(made: Made) -> None:
    kept = {path: path.stat().st_mtime_ns for path in made.folder.checkpoints.iterdir()}
    lost = sorted(kept)[1]
    lost.unlink()
    said: list[str] = []
    assert Int8Files(said.append).convert(made.networks, folder=made.folder, processes=2) == made.files
    assert said == ["Conversion to int8 LiteRT: 1 of 3 networks."]
    now = {path: path.stat().st_mtime_ns for path in made.folder.checkpoints.iterdir()}
    assert now.keys() == kept.keys()
    assert {path for path in kept if now[path] != kept[path]} == {lost}


@pytest.mark.keras
@pytest.mark.slow
def test_other_weights_versions_or_calibration_are_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Ended(made_release())
    order = FileOrder(ended.released, Conversion(), ended.work.key, tmp_path)
    other = {name: array * 2 for name, array in ended.checkpoint.arrays.items()}
    elsewise = (
        replace(order, released=replace(ended.released, checkpoint=Checkpoint(15, other))),
        replace(order, conversion=Conversion(calibration_images=50)),
        replace(order, key="f" * 64),
    )
    paths = {order.path, *(each.path for each in elsewise)}
    monkeypatch.setattr(deployed, "version", lambda name: "99.0" if name == "tensorflow" else "1.0")
    assert len({*paths, order.path}) == 5
    assert all(path.parent == tmp_path for path in paths)


def test_without_the_package_that_runs_them_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    with pytest.raises(ExportError, match=r"^The format litert-int8 needs ai_edge_litert, which is not installed; pip install"):
        Int8Files(print).require()
