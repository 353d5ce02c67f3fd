"""A study looked at: how far it is, and any of its networks."""

from pathlib import Path
from typing import Any

import pytest
from command_line import Here
from fake_search import DATA, make_driver

from nas.architecture import Architecture
from nas.engine.folder import RunFolder
from nas.engine.records import Outcome, Tally, TrialRecord
from nas.engine.settings import Resolved, SearchSettings, write_study_file
from nas.engine.storage import open_storage, sqlite_url

COUNTS = {"proposed", "trained", "completed", "stopped", "refused", "repeated", "failed", "baselines", "epochs"}
COSTS = {"parameters", "trainable_parameters", "deployed_parameters", "macs", "peak_activation_bytes", "architecture"}
COSTS |= {"estimated_flash_bytes", "estimated_ram_bytes"}
TRIAL = {"trial", "baseline", "outcome", "val_accuracy", "epochs", "seconds", "seed", "reason", "repeats", "plan", *COSTS}


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tally]:
    """A folder of runs with one finished study, and what came out of it."""
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "fake")
    resolved = Resolved(space_sha256="a" * 64, data_sha256=DATA.sha256, plan_key="c" * 64, nas_version="0.1.0")
    write_study_file(folder.settings, SearchSettings(trials=5), resolved)
    driver = make_driver(folder.path, trials=5, with_baselines=True, storage=open_storage(sqlite_url(folder.database)))
    driver.run()
    return folder.path.parent, driver.tally


@pytest.fixture
def nas(searched: tuple[Path, Tally], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.setenv("NAS_RUNS", str(searched[0]))
    monkeypatch.delenv("NAS_STORAGE", raising=False)
    return Here(monkeypatch, capsys)


@pytest.fixture
def tally(searched: tuple[Path, Tally]) -> Tally:
    return searched[1]


def first(tally: Tally, outcome: Outcome) -> TrialRecord:
    return next(one for one in tally.records if one.outcome == outcome and one.baseline is None)


def test_status_in_json_counts_what_adds_up(nas: Here, tally: Tally) -> None:
    answer = nas("status", "--json").succeeded().json
    others = {"schema", "study", "settings", "running", "waiting", "best", "front", "baseline_results", "planned_epochs"}
    assert answer.keys() == others | COUNTS
    assert {name: answer[name] for name in COUNTS} == dict(tally.counts)
    assert answer["proposed"] == answer["trained"] + answer["refused"] + answer["repeated"] + answer["failed"]
    assert answer["trained"] == answer["completed"] + answer["stopped"] == 5
    assert (answer["running"], answer["waiting"], answer["schema"], answer["study"]) == (0, 0, 1, "fake")
    assert answer["best"].keys() == TRIAL
    assert [one["baseline"] for one in answer["baseline_results"]] == [one.label for one in tally.baselines]


def test_status_names_the_study_that_it_took_on_stderr(nas: Here) -> None:
    assert nas("status").succeeded().err == "Study fake, the one worked on last.\n"
    assert nas("status", "--study", "fake").succeeded().err == ""


def test_status_in_words_holds_counts_table_and_best(nas: Here, tally: Tally) -> None:
    out = nas("status").succeeded().out
    counts, best = tally.counts, tally.best
    assert best is not None
    assert f"5 tried: {counts['completed']} to the end, {counts['stopped']} stopped early, {counts['epochs']} of 75 epochs" in out
    assert f"of them {counts['refused']} refused (over the budget)" in out
    assert f"Best network: {best.label}" in out
    for one in (*tally.ranking, *tally.baselines):
        assert sum(line.strip().startswith(f"{one.label} ") for line in out.splitlines()) == 1, one.label
    assert max(map(len, out[: out.index("5 tried")].splitlines())) <= 120


def test_the_table_of_networks_goes_from_best_to_worst(nas: Here) -> None:
    shares = [word for line in nas("status").succeeded().out.splitlines() for word in line.split() if word.endswith("%")]
    table = [float(share[:-1]) for share in shares[:-1]]  # the last is repeated in the sentence below
    assert table == sorted(table, reverse=True)


@pytest.mark.parametrize("outcome", ["completed", "stopped", "refused"])
def test_a_trial_is_shown_with_what_became_of_it(nas: Here, tally: Tally, outcome: Outcome) -> None:
    one = first(tally, outcome)
    answer = nas("show", str(one.number), "--json").succeeded().json
    assert answer.keys() == {"schema", "network", "curve", *TRIAL}
    assert Architecture.model_validate(answer["architecture"]) == one.network
    assert (answer["trial"], answer["outcome"], answer["seed"]) == (one.number, outcome, one.seed)
    assert answer["parameters"] == one.parameters
    assert len(answer["curve"]) == answer["epochs"] == len(one.curve)
    out = nas("show", str(one.number)).succeeded().out
    assert out.startswith(f"trial {one.number}\n")
    assert f"Trial {one.number} was {outcome}" in out
    assert (one.reason or "") in out


def test_best_is_the_best_of_all(nas: Here, tally: Tally) -> None:
    assert tally.best is not None
    answer = nas("show", "best", "--json").succeeded().json
    assert (answer["network"], answer["trial"], answer["val_accuracy"]) == ("best", tally.best.number, tally.best.score)


def test_a_hand_designed_network_is_shown_as_the_study_trained_it(nas: Here, tally: Tally) -> None:
    answer = nas("show", "model-3", "--json").succeeded().json
    trained = next(one for one in tally.baselines if one.baseline == "model-3")
    assert (answer["baseline"], answer["val_accuracy"], answer["parameters"]) == ("model-3", trained.score, 1_818)


def test_a_hand_designed_network_is_shown_without_any_study(nas: Here, tmp_path: Path) -> None:
    ended = nas("show", "model-3", "--json", "--runs", tmp_path).succeeded()
    assert ended.json.keys() == {"schema", "network", *COSTS}
    assert ended.err == ""


def test_code_is_nothing_but_source_that_defines_model(nas: Here) -> None:
    source = nas("show", "best", "--study", "fake", "--code").succeeded().out
    names: dict[str, Any] = {"keras": _FakeKeras()}
    exec(source.replace("import keras\nfrom keras import layers\n", "layers = keras.layers\n"), names)
    assert names["model"][0][0] == "Input"
    assert names["model"][-1] == ("Dense", (10,), {"activation": "softmax"})


class _FakeKeras:
    """Writes down what is called instead of building it."""

    @property
    def layers(self) -> "_FakeKeras":
        return self

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **named: given[0] if name == "Sequential" else (name, given, named)
