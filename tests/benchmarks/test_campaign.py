"""Simulated searches are kept as they end: a campaign goes on where it was, and what other code left counts for nothing."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "simulator"))  # programs beside each other, no package

from campaign import fingerprint, run_all


@dataclass(frozen=True)
class Found:
    name: str
    marks: tuple[float, ...]


def search(name: str, world: int, length: int) -> Found:
    if name == "broken":
        raise ValueError(name)
    return Found(name, tuple(float(world) for _ in range(length)))


def test_a_campaign_that_was_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "searches.jsonl"
    with pytest.raises(ValueError, match="broken"):
        run_all(search, [("one", 0, 2), ("broken", 0, 2)], kind=Found, processes=1, path=path)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"code": "torn')
    before = path.read_text(encoding="utf-8").splitlines()[0]
    found = run_all(search, [("two", 1, 3), ("one", 0, 2)], kind=Found, processes=1, path=path)
    assert found == [Found("two", (1.0, 1.0, 1.0)), Found("one", (0.0, 0.0))]
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == before
    assert [json.loads(line)["job"] for line in lines] == [["one", 0, 2], ["two", 1, 3]]


def test_what_is_kept_is_not_searched_again(tmp_path: Path) -> None:
    path = tmp_path / "searches.jsonl"
    row = {"code": fingerprint(), "job": ["broken", 0, 1], "search": {"name": "kept", "marks": [7.0]}}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert run_all(search, [("broken", 0, 1)], kind=Found, processes=1, path=path) == [Found("kept", (7.0,))]


def test_what_other_code_left_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "searches.jsonl"
    row = {"code": "0" * 16, "job": ["one", 0, 1], "search": {"name": "stale", "marks": [9.0]}}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert run_all(search, [("one", 0, 1)], kind=Found, processes=1, path=path) == [Found("one", (0.0,))]
    assert "stale" not in path.read_text(encoding="utf-8")
