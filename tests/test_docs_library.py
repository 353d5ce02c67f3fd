"""The example notebook runs from its first cell to its last, and what it keeps of an earlier run is what it shows now."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import environment

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOK = "example.ipynb"
SMALL = {
    "mnist:2000": "mnist:100",
    "budget=2_000, trials=4": "budget=1_000, trials=1, workers=1",
    "seeds=3": "seeds=2, workers=1",
    r"[\"keras\", \"python\"]": r"\"python\"",
}
"""What is put in, so that it takes seconds."""

pytestmark = pytest.mark.slow


def cells(path: Path) -> list[dict[str, Any]]:
    """The cells that hold code."""
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def shapes(cell: dict[str, Any]) -> list[tuple[str, ...]]:
    """What kinds of output a cell has."""
    return [(output["output_type"], *sorted(output.get("data", {}))) for output in cell["outputs"]]


def shown(cell: dict[str, Any], kind: str) -> str:
    """All that a cell shows in one form."""
    return "".join("".join(output.get("data", {}).get(kind, ())) for output in cell["outputs"])


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook, executed with small numbers in a folder of its own."""
    folder = tmp_path_factory.mktemp("notebook")
    path = Path(shutil.copy(DOCS / NOTEBOOK, folder))
    text = path.read_text(encoding="utf-8")
    for usual, small in SMALL.items():
        assert usual in text
        text = text.replace(usual, small)
    path.write_text(text, encoding="utf-8")
    command = (sys.executable, "-c", "from nbclient.cli import main; main()", "--inplace", "--timeout=280", path.name)
    ended = subprocess.run(command, cwd=folder, env=environment(NAS_DATA=folder), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return path


def test_the_notebook_shows_what_it_showed_when_it_was_saved(executed: Path) -> None:
    saved = cells(DOCS / NOTEBOOK)
    assert [shapes(cell) for cell in cells(executed)] == [shapes(cell) for cell in saved]
    assert [cell["execution_count"] for cell in saved] == list(range(1, len(saved) + 1))


def test_each_result_shows_its_answer_in_text_and_its_table_in_html(executed: Path) -> None:
    by_source = {cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"]): cell for cell in cells(executed)}
    for word, words in {
        "nas.measure(": "1,818 parameters",
        "nas.search(": "1 tried: ",
        "nas.verdict(": "trial 1",
        "nas.export(": "model.py",
    }.items():
        (cell,) = (cell for source, cell in by_source.items() if word in source)
        assert words in shown(cell, "text/plain"), word
        assert "<table>" in shown(cell, "text/html"), word


def test_progress_leaves_some_lines_and_no_flood(executed: Path) -> None:
    said = [
        output["data"]["text/plain"]
        for cell in cells(executed)
        for output in cell["outputs"]
        if output["output_type"] == "display_data"
    ]
    text = "".join("".join(one) for one in said)
    assert "Beginning study mnist-100-plain-1000-s0 in runs" in text
    assert len(text.splitlines()) < 60  # a third of them are Keras's summary
    assert not [cell for cell in cells(executed) for output in cell["outputs"] if output["output_type"] == "stream"]


def test_the_network_in_the_notebook_is_the_one_that_was_searched(executed: Path) -> None:
    (study,) = (executed.parent / "runs").iterdir()
    assert (study / "verdict.json").is_file()
    assert list((study / "exports").glob("*/model.py"))
    total = re.search(
        r"Total params: .*?([\d,]+)", re.sub(r"\x1b\[[\d;]*m", "", "".join(shown(cell, "text/plain") for cell in cells(executed)))
    )
    card = json.loads(next((study / "exports").glob("*/model_card.json")).read_text())
    assert total
    assert int(total[1].replace(",", "")) == card["parameters"]
