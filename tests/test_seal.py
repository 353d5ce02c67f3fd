"""Law 6: the test images are reached through the sealed room alone, each opening is written down, and a search needs none."""

import ast
import json
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import nas

from nas.data import find
from nas.data.cache import entry_folder, read_manifest
from nas.data.folders import cache_folder

ROOT = Path(__file__).parents[1]
SEALED = "nas.data.sealed"


def imports(path: Path) -> Iterator[str]:
    """Every module that a file may import, by statement or by name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)
            case ast.Constant(value=str(text)):
                yield text  # as importlib would take it


def names_test_files(path: Path) -> bool:
    """Whether a file may know where the test set of an entry lies."""
    text = path.read_text(encoding="utf-8")
    return "sealed/test" in text or "cache.TEST_" in text or any(one.startswith("nas.data.cache.TEST_") for one in imports(path))


def test_the_holdout_alone_imports_the_sealed_room() -> None:
    files = [*(ROOT / "nas").rglob("*.py"), *(ROOT / "search_spaces").rglob("*.py")]
    importers = {str(file.relative_to(ROOT)) for file in files if SEALED in imports(file)}
    assert importers == {"nas/evaluation/holdout.py"}


def test_the_cache_alone_knows_where_the_seal_is() -> None:
    knowing = {str(file.relative_to(ROOT)) for file in (ROOT / "nas").rglob("*.py") if names_test_files(file)}
    assert knowing == {"nas/data/cache.py", "nas/data/cache_writer.py", "nas/data/sealed.py"}


def test_import_linter_holds_the_same_contract() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = [one for one in table["tool"]["importlinter"]["contracts"] if one["type"] == "protected"]
    assert [(one["protected_modules"], one["allowed_importers"]) for one in contracts] == [([SEALED], ["nas.evaluation.holdout"])]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that holds mnist:2000 without its test images."""
    ref, folder = find("mnist:2000"), tmp_path / "cache"
    entry = entry_folder(ref.sha256)
    shutil.copytree(entry, folder / entry.relative_to(cache_folder()), ignore=shutil.ignore_patterns("sealed"))
    names = entry.parent / "names"
    shutil.copytree(names, folder / names.relative_to(cache_folder()))
    return folder


@pytest.mark.slow
def test_a_search_needs_no_test_image(tmp_path: Path, cache: Path) -> None:
    words = "search --data mnist:2000 --budget 2000 --trials 2 --workers 1 --no-baselines --no-verdict --json"
    ended = nas(*words.split(), NAS_CACHE=cache, NAS_RUNS=tmp_path / "runs", NAS_DATA=tmp_path / "data").succeeded()
    assert ended.json["trained"] == 2
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["mnist-2000-plain-2000-s0"]
    assert not list(tmp_path.rglob("openings*"))
    assert not list(cache.rglob("sealed"))


@pytest.mark.slow
def test_a_replay_opens_the_seal_once_and_replaying_again_opens_nothing(tmp_path: Path) -> None:
    words = "replay model-3 --data mnist:2000 --workers 1 --json"
    places = {"NAS_RUNS": tmp_path / "runs", "NAS_DATA": tmp_path / "data"}
    first = nas(*words.split(), **places).succeeded()
    study_ledger = tmp_path / "runs" / "replay-mnist-2000" / "openings.jsonl"
    test_sha256 = read_manifest(find("mnist:2000").sha256, name="mnist:2000").test_sha256
    user_ledger = tmp_path / "data" / "openings" / f"{test_sha256}.jsonl"
    (line,) = study_ledger.read_text().splitlines()
    assert user_ledger.read_text() == study_ledger.read_text()
    opening = json.loads(line)
    assert (opening["reason"], opening["networks"], opening["study"]) == ("replay", ["model-3"], "replay-mnist-2000")
    again = nas(*words.split(), **places).succeeded()
    assert again.json == first.json
    assert again.err == ""
    assert study_ledger.read_text() == user_ledger.read_text() == f"{line}\n"


@pytest.mark.slow
def test_a_replay_without_test_images_says_so_and_keeps_its_trainings(tmp_path: Path, cache: Path) -> None:
    words = "replay basic --data mnist:2000 --workers 1"
    places = {"NAS_RUNS": tmp_path / "runs", "NAS_DATA": tmp_path / "data", "NAS_CACHE": cache}
    ended = nas(*words.split(), **places)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines()[-1].startswith("nas: The test set of mnist:2000 is missing from ")
    assert not list(tmp_path.rglob("openings*"))
    assert len(list(tmp_path.rglob("results/*.json"))) == 1
