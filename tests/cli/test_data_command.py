"""`nas data show` and `nas search --data PATH`: whatever a person brings, an answer or a sentence."""

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Here, nas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from nas.engine.folder import RunFolder
from nas.engine.settings import read_study_file


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.chdir(tmp_path)
    for variable, folder in {"NAS_CACHE": "cache", "NAS_DATA": "data", "NAS_RUNS": "runs"}.items():
        monkeypatch.setenv(variable, str(tmp_path / folder))
    return Here(monkeypatch, capsys)


def brighter_to_the_right(*, count: int, size: tuple[int, int] = (6, 8), channels: int = 3, classes: int = 3) -> dict[str, Any]:
    """Images whose bright column is their class."""
    pixels, labels = np.random.default_rng(0).random((count, *size, channels)) / 4, np.arange(count) % classes
    for image, label in zip(pixels, labels, strict=True):
        image[:, 2 * label : 2 * label + 2] += 0.7
    return {"x_train": pixels.astype(np.float32), "y_train": labels}


def test_what_was_understood_is_shown(here: Here, tmp_path: Path) -> None:
    arrays = brighter_to_the_right(count=60)
    np.savez("screws.npz", **arrays, class_names=["[b]olt", "n$u^t", "pin"], x_val=arrays["x_train"][:5], y_val=[0, 1, 2, 0, 1])
    out = here("data", "show", "screws.npz", "--sheet", "sheet.png").succeeded().out
    name = re.search(r"screws@\w{8}", out)
    assert name
    assert re.search(r"\[b\]olt +\d+ +2", out)
    assert "Images: 6 × 8 × 3 (height × width × channels), 3 classes;" in out
    assert re.search(r"Pixels: floats from \S+ to 0\.9\d+, kept in 8 bits: 0 becomes 0, and 1 becomes 255;", out), out
    assert re.search(r"Duplicates: \d validation images are training images too; of test images, \d+ are among the others\.", out)
    assert "An image in two splits makes results look better than they are." in out
    assert (tmp_path / "sheet.png").stat().st_size > 1_000
    told = here("data", "show", name[0], "--json").succeeded().json
    assert told["class_names"] == ["[b]olt", "n$u^t", "pin"]
    assert told["sheet"] == f"{name[0].replace('@', '-')}.png"
    assert told["validation_duplicates"] + told["test_duplicates"] >= 1


WORDS = st.sampled_from(
    [
        "screws.npz",
        "photos",
        "empty",
        "notes.txt",
        ".",
        "..",
        "missing",
        "mnist:",
        "digits",
        "a@0a1b2c3d",
        "",
        "-",
        "\0",
        "x" * 300,
    ]
)
FLAGS = st.fixed_dictionaries(
    {},
    optional={
        "--val-split": st.sampled_from(["0.2", "0", "1", "nan", "-1", "1e-9", "0.999", "many", ""]),
        "--image-size": st.sampled_from(["4x4", "0x4", "4", "9999x9999", "99999x1", "4×4", ""]),
        "--sheet": st.sampled_from(["sheet.png", "missing/sheet.png", ".", ""]),
    },
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(word=WORDS, flags=FLAGS, json=st.booleans())
def test_any_words_end_in_an_answer_or_a_sentence(
    here: Here, tmp_path: Path, word: str, flags: dict[str, str], json: bool
) -> None:
    if not (tmp_path / "photos").exists():
        np.savez(tmp_path / "screws.npz", **brighter_to_the_right(count=12))
        (tmp_path / "empty").mkdir()
        (tmp_path / "notes.txt").write_text("x_train")
        for label in "ab":
            (tmp_path / "photos" / label).mkdir(parents=True)
            for index in range(4):
                pixels = np.random.default_rng(index).integers(0, 256, (3, 3 + index, 3), np.uint8)
                Image.fromarray(pixels).save(tmp_path / "photos" / label / f"{index}.png")
    ended = here("data", "show", word, *(each for pair in flags.items() for each in pair), *(["--json"] if json else []))
    assert ended.code in {0, 2}, ended.err
    assert "Traceback" not in ended.err
    if ended.code == 2:
        assert ended.err.startswith("nas: ")
        assert ended.err.count("\n") == 1


@pytest.mark.slow
def test_a_search_goes_on_with_a_file_that_moved_and_refuses_one_that_changed(here: Here, tmp_path: Path) -> None:
    np.savez(tmp_path / "screws.npz", **brighter_to_the_right(count=90))
    places = {"NAS_CACHE": tmp_path / "cache", "NAS_DATA": tmp_path / "data", "NAS_RUNS": tmp_path / "runs"}
    flags = ("--trials", "1", "--workers", "1", "--budget", "300", "--no-verdict", "--no-baselines", "--json")
    first = nas("search", "--data", tmp_path / "screws.npz", *flags, **places).succeeded()
    assert "Its pixels are floats from" in first.err
    (folder,) = (tmp_path / "runs").iterdir()
    kept, resolved = read_study_file(RunFolder(folder).settings)
    assert re.fullmatch(r"screws@[0-9a-f]{8}", kept.data)
    assert folder.name == f"{kept.data.replace('@', '-')}-plain-300-s0"
    assert str(tmp_path) not in (folder / "study.toml").read_text()
    assert resolved.data(kept.data).split.images == 15
    moved = shutil.move(tmp_path / "screws.npz", tmp_path / "moved.npz")
    again = here("search", "--study", folder.name, "--data", moved, *flags).succeeded()
    assert again.json["trained"] == 1
    np.savez(moved, **brighter_to_the_right(count=93))
    other = here("search", "--study", folder.name, "--data", moved, *flags)
    assert other.code == 2
    assert re.search(rf"data +{kept.data} then, moved@[0-9a-f]{{8}} now", other.err)
    share = here("search", "--study", folder.name, "--val-split", "0.3", *flags)
    assert (share.code, "val_split  None then, 0.3 now" in share.err) == (2, True)
