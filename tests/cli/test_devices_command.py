"""The table of boards, and which of them a network fits."""

import json
import re
from pathlib import Path

import pytest
from command_line import Here

from nas.architecture import Architecture, Conv2D, Dense, GlobalAveragePooling2D, devices, find_device, measure

LARGE = Architecture(
    input_shape=(96, 96, 1), layers=(Conv2D(filters=24, kernel_size=(3, 3)), GlobalAveragePooling2D(), Dense(units=4))
)


@pytest.fixture
def nas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "large.json").write_text(LARGE.canonical_json)
    return Here(monkeypatch, capsys)


def test_each_board_stands_in_the_table_and_each_source_below_it(nas: Here) -> None:
    out = nas("devices").succeeded().out
    for board in devices():
        (row,) = re.findall(rf"^  {re.escape(board.name)} +.*$", out, re.MULTILINE)
        assert f" {board.flash_kib:,} " in row
        assert f" {board.ram_kib:,} " in row
        for source in (board.flash_source, board.ram_source, board.clock_source):
            assert f"{source.title}, {source.url}" in out
    assert "RAM outside the chip is not counted." in out


def test_each_board_is_answered_for_a_network(nas: Here) -> None:
    out = nas("devices", "large.json").succeeded().out
    cost = measure(LARGE)
    short = cost.ram_bytes - find_device("microbit-v2").free_ram_bytes
    assert short > 0
    answers = dict(re.findall(r"^  (\S+) +.* {3}(\S.*?) +$", out, re.MULTILINE))
    assert answers["teensy-4.1"] == "yes"
    assert answers["uno-r3"] == "no runtime"
    assert answers["microbit-v2"].endswith(f"RAM, {short:,} bytes over")
    assert f"at most {cost.flash_bytes:,} bytes of flash and {cost.ram_bytes:,} bytes of RAM, by upper estimates" in out


def test_programs_get_figures_sources_and_answers(nas: Here) -> None:
    alone, fitted = nas("devices", "--json").succeeded().json, nas("devices", "large.json", "--json").succeeded().json
    assert "network" not in alone
    assert [board["name"] for board in alone["devices"]] == [board.name for board in devices()]
    assert (fitted["network"], fitted["estimated_ram_bytes"]) == ("large.json", measure(LARGE).ram_bytes)
    by_name = {board["name"]: board for board in fitted["devices"]}
    assert by_name["uno-r3"]["fits"] == "no runtime"
    assert by_name["microbit-v2"]["ram_over_bytes"] > 0
    assert by_name["pico"]["ram_source"]["url"].startswith("https://")
    json.dumps(fitted)
