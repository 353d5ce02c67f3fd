"""The picture of a search."""

from pathlib import Path

import numpy as np
import pytest
from made_records import record
from numpy.typing import NDArray
from PIL import Image

from nas.engine.records import Tally, tally
from nas.evaluation.search_figure import save_search_figure

HALVES = tally(
    [
        record(0, "completed", 0.9, 0.95, 0.97, units=6, baseline="model-2"),
        record(1, "completed", 0.9, 0.96, 0.98, units=9),
        record(2, "stopped", 0.8, units=2),
        record(3, "refused", units=60),
    ]
)


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(HALVES, id="a search"),
        pytest.param(tally([]), id="nothing yet"),
        pytest.param(tally([record(0, "completed", 0.1, baseline="basic")]), id="one baseline near chance"),
        pytest.param(tally([record(0, "completed", 1.0, 1.0)]), id="a perfect network"),
    ],
)
def test_whatever_was_found_can_be_drawn(tmp_path: Path, found: Tally) -> None:
    save_search_figure(found, title="any", path=tmp_path / "search.png")
    assert pixels(tmp_path / "search.png").shape == (720, 1725, 3)


def test_what_is_found_is_what_is_drawn(tmp_path: Path) -> None:
    save_search_figure(HALVES, title="the same", path=tmp_path / "one.png")
    save_search_figure(
        tally([*HALVES.records, record(4, "completed", 0.99, units=3)]), title="the same", path=tmp_path / "two.png"
    )
    assert (pixels(tmp_path / "one.png") != pixels(tmp_path / "two.png")).any()
