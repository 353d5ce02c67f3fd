"""A real search on a small part of MNIST with its verdict: what it says, what it opens, and what it refuses."""

import json
import os
import random
import shutil
import signal
import sys
import time
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from command_line import Ended, Here, nas, start

from nas.baselines import baselines
from nas.data import find
from nas.data.cache import read_manifest
from nas.evaluation.holdout import Openings
from nas.evaluation.judging import read_judged
from nas.evaluation.verdict import make_verdict
from nas.library.networks import NOTEBOOK_TASK
from nas.training.work import Work

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("NAS_TEST_KILLS", "2"))
"""How often a verdict is killed; ten by hand, fewer where time is short."""
QUICK = str(Path(__file__).parents[1] / "quick.toml")
ALONE = ("--workers", "1")  # a second process would take longer to start than it saves
SEARCH = (
    "search",
    "--data",
    "mnist:500",
    "--budget",
    "2000",
    "--plan",
    QUICK,
    "--trials",
    "3",
    "--study",
    "mine",
    "--json",
    *ALONE,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("judged")


@pytest.fixture(scope="module")
def searched(place: Path) -> Ended:
    """A search that ends with its verdict."""
    return nas(*SEARCH, NAS_RUNS=place / "runs", NAS_DATA=place / "data").succeeded()


@pytest.fixture
def folders(searched: Ended, place: Path, tmp_path: Path) -> dict[str, Path]:
    """A copy of the runs and of the user's data that a test may change."""
    shutil.copytree(place, tmp_path / "copy")
    return {"NAS_RUNS": tmp_path / "copy" / "runs", "NAS_DATA": tmp_path / "copy" / "data"}


def openings(folders: dict[str, Path]) -> list[dict[str, Any]]:
    """What both ledgers hold, which is the same."""
    test_sha256 = read_manifest(find("mnist:500").sha256, name="mnist:500").test_sha256
    user_ledger = folders["NAS_DATA"] / "openings" / f"{test_sha256}.jsonl"
    study_ledger = folders["NAS_RUNS"] / "mine" / "openings.jsonl"
    texts = [path.read_text() if path.exists() else "" for path in (user_ledger, study_ledger)]
    assert texts[0] == texts[1]
    return [json.loads(line) for line in texts[0].splitlines()]


def test_a_search_ends_with_a_verdict_that_follows_from_its_files(searched: Ended, folders: dict[str, Path]) -> None:
    answer = searched.json["verdict"]
    judged = read_judged(folders["NAS_RUNS"] / "mine")
    assert judged is not None
    assert make_verdict(judged.plan, judged.predictions, openings=Openings(study=1, in_all=1)) == judged.verdict
    assert [one["comparator"] for one in answer["comparisons"]] == [one.name for one in judged.plan.comparators]
    assert answer["winner"]["name"] == judged.plan.network
    assert {len(one.test_accuracies) for one in judged.verdict.standings} == {8}
    (opening,) = openings(folders)
    assert opening["reason"] == "verdict"
    assert set(opening["networks"]) == {one.name for one in judged.plan.judged}
    assert (answer["openings_of_study"], answer["openings_in_all"]) == (1, 1)
    run = folders["NAS_RUNS"] / "mine"
    assert [path.name for path in sorted(run.glob("*environment.json"))] == ["environment.json", "verdict-environment.json"]


def test_a_network_named_by_the_user_takes_the_winners_place_without_a_race(folders: dict[str, Path]) -> None:
    run = folders["NAS_RUNS"] / "mine"
    raced = json.loads((run / "verdict-plan.json").read_bytes())
    other = next(one["trial"] for one in raced["race"] if one["trial"] is not None and one["name"] != raced["network"])
    before = curves(run)
    plan = nas("verdict", "--trial", str(other), "--again", "--plan-only", "--json", **folders).succeeded().json["plan"]
    assert (plan["network"], plan["picked"], plan["selection_seeds"]) == (f"trial {other}", True, [])
    assert [one["name"] for one in plan["race"]] == [f"trial {other}"]
    assert plan["comparators"]
    assert {one["side"] for one in plan["comparators"]} == {"hand"}
    assert curves(run) == before  # a race would have trained
    assert (run / "earlier-verdicts" / "1" / "verdict.json").exists()
    assert len(openings(folders)) == 1


def test_what_stands_in_the_verdicts_way_is_an_error_when_the_search_has_been_told(folders: dict[str, Path]) -> None:
    (folders["NAS_RUNS"] / "mine" / "verdict-plan.json").write_text("{")
    ended = nas(*SEARCH, **folders)
    assert ended.code == 2
    assert (ended.json["trained"], ended.json["verdict"]) == (3, None)
    assert "verdict-plan.json is damaged" in ended.json["no_verdict"]
    assert ended.err.splitlines()[-1].startswith("nas: The search is done and kept, but not its verdict. ")
    assert Path(ended.json["report"]).exists()


def test_the_three_sets_of_seeds_have_no_seed_in_common(folders: dict[str, Path]) -> None:
    judged = read_judged(folders["NAS_RUNS"] / "mine")
    assert judged is not None
    trained = [json.loads(path.read_bytes())["seed"] for path in (folders["NAS_RUNS"] / "mine" / "results").glob("*.json")]
    selection, confirmation = set(judged.plan.selection_seeds), set(judged.plan.confirmation_seeds)
    searched = set(trained) - selection - confirmation
    assert len(searched) == len(trained) - sum(len(one.selection_scores) for one in judged.plan.race) - 8 * len(
        judged.plan.judged
    )
    assert not selection & confirmation


def test_a_verdict_is_read_again_and_nothing_is_trained_or_opened(folders: dict[str, Path], searched: Ended) -> None:
    run = folders["NAS_RUNS"] / "mine"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != "lock"}
    again = nas("verdict", "--json", **folders).succeeded()
    assert {name: again.json[name] for name in searched.json["verdict"]} == searched.json["verdict"]
    assert again.err == "Study mine, the one worked on last.\n"
    after = {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != "lock"}
    assert {path for path in before if after[path] != before[path]} <= {run / "study.db-shm"}
    words = nas("verdict", **folders).succeeded().out
    assert words.startswith(("The search's network (trial ", "The search found nothing that passed "))
    assert "The test set was opened once by this study, once by you in all." in words
    assert len(openings(folders)) == 1


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--margin", "0.4"), "was planned with another --margin, and a plan is not changed after the fact; --again"),
        (("--seeds", "4"), "was planned with another --seeds, and"),
        (("--against", "model-9"), "There is no hand-designed network 'model-9' for these images; choose of basic, model-1"),
        (("--add-seeds",), "allows 1 look, and the last was taken with 8 seeds; more seeds after having seen the result"),
        (("--deployed", "litert-int8"), "was planned with another --deployed, and a plan is not changed after the fact; --again"),
        (("--baseline", "none.json"), "none.json cannot be read (No such file or directory)."),
        (("--looks", "9"), "--looks"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_another_question_is_refused_and_opens_nothing(
    folders: dict[str, Path], flags: tuple[str, ...], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = nas("verdict", *flags, **folders)
    assert (ended.code, ended.out) == (2, "")
    assert sentence in ended.err
    assert "Traceback" not in ended.err
    assert len(openings(folders)) == 1


def test_a_network_of_the_users_own_is_judged_from_a_fresh_folder(folders: dict[str, Path], tmp_path: Path) -> None:
    own = tmp_path / "mine.json"
    own.write_text(baselines(NOTEBOOK_TASK)["model-1"].canonical_json)
    words = ("verdict", "--again", "--baseline", own, "--against", "model-3", "--seeds", "2", "--looks", "2", "--robustness")
    first = nas(*words, "--json", *ALONE, **folders).succeeded().json
    assert {one["comparator"] for one in first["comparisons"]} >= {"mine"}
    assert first["plan"]["looks"] == [2, 4]
    earlier = json.loads((folders["NAS_RUNS"] / "mine" / "earlier-verdicts" / "1" / "verdict-plan.json").read_text())
    assert not set(first["plan"]["confirmation_seeds"]) & set(earlier["confirmation_seeds"])
    assert first["plan"]["level_of_a_look"] > 0.95
    assert (folders["NAS_RUNS"] / "mine" / "earlier-verdicts" / "1" / "verdict.json").exists()
    assert first["robustness"]["epochs"] == 8  # twice the plan's
    second = nas("verdict", "--add-seeds", "--json", *ALONE, **folders).succeeded().json
    assert second["robustness"]["scores"] == first["robustness"]["scores"]
    assert set(second["robustness"]["holds"]) == {one["comparator"] for one in second["comparisons"]}
    assert second["seeds"][:2] == first["seeds"]
    assert len(second["seeds"]) == 4
    assert [one["reason"] for one in openings(folders)] == ["verdict"] * 3


@pytest.mark.keras
def test_files_are_what_sees_the_test_set(folders: dict[str, Path]) -> None:
    run = folders["NAS_RUNS"] / "mine"
    raced = json.loads((run / "verdict-plan.json").read_bytes())["race"]
    trial = next(one["trial"] for one in raced if one["trial"] is not None)  # named: a race would convert a dozen networks
    words = ("verdict", "--again", "--deployed", "litert-int8", "--trial", trial, "--against", "model-3", "--seeds", "2", *ALONE)
    first = nas(*words, "--json", **folders).succeeded().json
    assert first["headline"].startswith(f"In int8, trial {trial} (")
    assert (first["deployed"], first["plan"]["deployed"]) == ("litert-int8", "litert-int8")
    kept = {path: path.stat().st_mtime_ns for path in run.rglob("*.int8.tflite")}
    judged = read_judged(run)
    assert judged is not None
    work = partial(Work, plan=judged.plan.recipe, data=judged.plan.data, until_epoch=judged.plan.recipe.epochs)
    keys = [
        work(network=one.network, seed=seed).key[:32] for one in judged.plan.judged for seed in judged.plan.confirmation_seeds
    ]
    files = {path.name[:32]: path.read_bytes() for path in kept}
    hashes = "".join(sha256(files[key]).hexdigest() for key in keys)
    assert openings(folders)[-1]["weights"] == sha256(hashes.encode()).hexdigest()
    (run / "predictions.npz").unlink()  # as it is where a verdict died after it had opened the test set
    again = nas("verdict", "--json", **folders).succeeded()
    assert again.json == first
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*.int8.tflite")} == kept
    assert len(openings(folders)) == 2  # that of the search's verdict, and this


@pytest.mark.keras
def test_without_the_files_runtime_nothing_is_trained_and_the_verdict_stays(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in folders.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    before = curves(folders["NAS_RUNS"] / "mine")
    ended = Here(monkeypatch, capsys)("verdict", "--again", "--deployed", "litert-int8")
    assert (ended.code, ended.out) == (2, "")
    assert "needs ai_edge_litert, which is not installed; pip install" in ended.err
    assert curves(folders["NAS_RUNS"] / "mine") == before
    assert (folders["NAS_RUNS"] / "mine" / "verdict.json").exists()
    assert len(openings(folders)) == 1


def test_however_often_it_is_killed_it_trains_nothing_twice_and_opens_the_test_set_once(tmp_path: Path) -> None:
    folders = {"NAS_RUNS": tmp_path / "runs", "NAS_DATA": tmp_path / "data"}
    nas(*SEARCH, "--no-verdict", **folders).succeeded()
    run, chance = folders["NAS_RUNS"] / "mine", random.Random(KILLS)
    seen: dict[str, list[Any]] = {}
    for _ in range(KILLS):
        process = start("verdict", "--seeds", "2", "--json", **folders)
        time.sleep(chance.uniform(2, 14))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        now = curves(run)
        assert all(now[name][: len(curve)] == curve for name, curve in seen.items())
        seen = now
    answer = nas("verdict", "--seeds", "2", "--json", **folders).succeeded().json
    end = curves(run)
    assert all(end[name][: len(curve)] == curve for name, curve in seen.items())  # seconds included: nothing was done twice
    assert {len(one["test_accuracies"]) for one in answer["standings"]} == {2}
    assert len(openings(folders)) == 1


def curves(run: Path) -> dict[str, list[Any]]:
    """The curve in each result file."""
    return {path.name: json.loads(path.read_bytes())["curve"] for path in (run / "results").glob("*.json")}
