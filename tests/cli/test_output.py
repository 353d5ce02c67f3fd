"""What a table looks like where a terminal is narrow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from nas.cli.output import answer_table, parts
from nas.library.wording import console

COLUMNS = ("network", "search", "selection", "confirmation", "test", "interval", "parameters")
ROW = ("trial 28", "98.64", "98.57", "98.58", "98.91", "98.45 to 99.12", "6,704")


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 40 columns."""
    monkeypatch.setattr("nas.cli.output.console", lambda stream: _of_width(console(stream), 40))


def _of_width(screen: Console, width: int) -> Console:
    screen.width = width
    return screen


@pytest.mark.usefixtures("narrow")
def test_no_figure_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    answer_table("Figures", COLUMNS, [ROW, ROW], footer=("total", *ROW[1:]))
    printed = capsys.readouterr().out
    assert "…" not in printed
    assert max(len(line) for line in printed.splitlines()) <= 40
    for column, cell in zip(COLUMNS[1:], ROW[1:], strict=True):
        assert printed.count(column) == 1
        assert printed.count(cell) == 3
    tables = printed.count("network")
    assert tables > 1
    assert printed.count("trial 28") == 2 * tables
    assert printed.count("Figures") == 1


@pytest.mark.usefixtures("narrow")
def test_words_wrap_beside_their_figures(capsys: pytest.CaptureFixture[str]) -> None:
    layers = "conv 12·5×5, max 2×2, conv 23·4×4, dense 10"
    answer_table("Layers", ("network", "layers"), [("trial 28", layers)], words=("layers",))
    printed = capsys.readouterr().out
    assert printed.count("network") == 1
    assert " ".join(printed.split()).endswith(f"trial 28 {layers}")


@pytest.mark.usefixtures("narrow")
def test_no_word_is_broken_where_words_wrap(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("one", "Espressif ESP32-S3-DevKitC-1 (N8)", "12,345"), ("two", "", "6,789")]
    answer_table("Boards", ("device", "board", "flash"), rows, words=("board",))
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("Espressif", "ESP32-S3-DevKitC-1", "(N8)", "12,345", "6,789"))
    answer_table("Boards", ("device", "board"), [("one", "")], words=("board",))
    assert "one" in capsys.readouterr().out


def test_where_there_is_no_terminal_one_table_holds_all(capsys: pytest.CaptureFixture[str]) -> None:
    answer_table("Figures", COLUMNS, [ROW])
    assert capsys.readouterr().out.count("network") == 1


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(1, 200))
def test_each_column_stands_in_one_table_that_fits_if_it_can(widths: list[int], width: int) -> None:
    found = parts(widths, width=width)
    assert [index for part in found for index in part[1:]] == list(range(1, len(widths)))
    for part in found:
        assert part[0] == 0
        assert len(part) <= 2 or sum(widths[index] for index in part) + 3 * len(part) + 1 <= width
