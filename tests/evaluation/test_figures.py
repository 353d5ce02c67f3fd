from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from replayed import replay, run

from nas.baselines import NAMES
from nas.errors import StudyError
from nas.evaluation.figures import save_model_figure, save_overview
from nas.evaluation.replay import ReplayRun

Runs = tuple[ReplayRun, ...]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def amount_of(path: Path, rgb: tuple[int, int, int]) -> int:
    """Number of pixels of about that colour."""
    return int((np.abs(pixels(path) - np.array(rgb)).sum(axis=2) < 24).sum())


@pytest.mark.parametrize("name", NAMES)
def test_a_networks_figure_is_a_small_picture_of_two_panels(tmp_path: Path, name: str) -> None:
    path = tmp_path / "new" / f"{name}.png"
    save_model_figure(name, replay(name, seeds=2), path=path)
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.size == (1575, 660)
    assert path.stat().st_size < 150_000
    assert amount_of(path, (0x00, 0x72, 0xB2)) > 1_000
    assert amount_of(path, (0xD5, 0x5E, 0x00)) > 1_000


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(replay(seeds=8), id="six networks, eight seeds"),
        pytest.param(replay(seeds=1), id="one seed"),
        pytest.param(replay("model-5", seeds=1), id="one network, one seed"),
        pytest.param(replay("basic", seeds=3), id="the basic model alone"),
        pytest.param(replay(seeds=2, spread=0), id="equal seeds"),
        pytest.param((*replay("model-1", seeds=3), run("model-2")), id="more seeds of one than of another"),
        pytest.param((run("model-1", val_accuracy=(0.5,) * 15, train_accuracy=(1.0,) * 15),), id="unusual curves"),
    ],
)
def test_the_overview_is_a_small_picture_of_whatever_was_replayed(tmp_path: Path, runs: Runs) -> None:
    path = tmp_path / "overview.png"
    save_overview(runs, path=path)
    with Image.open(path) as image:
        assert image.size == (1800, 990)
    assert path.stat().st_size < 150_000


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(replay("model-1", seeds=1), id="one seed"),
        pytest.param(replay("model-1", seeds=2, spread=0), id="equal seeds"),
        pytest.param((run("model-1", train_accuracy=(1.0,) * 15, train_loss=(0.0,) * 15),), id="nothing left to learn"),
    ],
)
def test_unusual_runs_can_be_drawn(tmp_path: Path, runs: Runs) -> None:
    save_model_figure("model-1", runs, path=tmp_path / "model-1.png")
    assert (tmp_path / "model-1.png").is_file()


def test_equal_runs_give_equal_overviews(tmp_path: Path) -> None:
    runs = replay("model-1", seeds=2)
    save_overview(runs, path=tmp_path / "a.png")
    save_overview(tuple(reversed(runs)), path=tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_the_notebooks_curves_stand_palely_behind_ours(tmp_path: Path) -> None:
    far = run("model-1", val_loss=(1.0,) * 15, train_loss=(2.0,) * 15, val_accuracy=(0.5,) * 15, train_accuracy=(0.4,) * 15)
    save_model_figure("model-1", (far,), path=tmp_path / "model-1.png")
    for rgb in ((127, 184, 216), (234, 174, 128)):
        assert amount_of(tmp_path / "model-1.png", rgb) > 2_000


def test_other_runs_give_another_picture(tmp_path: Path) -> None:
    save_model_figure("model-1", replay("model-1", seeds=2), path=tmp_path / "a.png")
    save_model_figure("model-1", replay("model-1", seeds=3), path=tmp_path / "b.png")
    assert not np.array_equal(pixels(tmp_path / "a.png"), pixels(tmp_path / "b.png"))


def test_runs_of_other_networks_are_not_drawn(tmp_path: Path) -> None:
    save_model_figure("model-1", replay("model-1", seeds=2), path=tmp_path / "a.png")
    save_model_figure("model-1", replay("model-1", "model-2", seeds=2), path=tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_network_without_a_run_cannot_be_drawn(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^No run of model-3 to draw; replay it first\.$"):
        save_model_figure("model-3", replay("model-1", seeds=1), path=tmp_path / "model-3.png")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StudyError, match=r"cannot be written \(.+\); name a folder that can\.$"):
        save_model_figure("basic", replay("basic", seeds=1), path=tmp_path / "file" / "basic.png")
