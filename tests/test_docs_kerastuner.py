"""The page on KerasTuner works as it stands: its HyperModel through `nas search`, and its scripts, to the end on real images."""

import json
import re
import shlex
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import optuna
import pytest
from command_line import Here, nas

from nas.architecture import Factory, measure, parse_architecture
from nas.engine.folder import find_run
from nas.engine.reading import StudyView, read_study

PAGE = (Path(__file__).parents[1] / "docs" / "kerastuner.md").read_text(encoding="utf-8")
FILES = ("tuning.py", "tune.py", "spaces.py")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's files."""
    folder = tmp_path_factory.mktemp("tuned")
    for name in FILES:
        found = re.search(rf"<!-- file: {re.escape(name)} -->\n```python\n(.*?)```", PAGE, re.DOTALL)
        assert found, name
        (folder / name).write_text(found[1])
    return folder


@pytest.fixture(scope="module")
def view(place: Path) -> StudyView:
    """The study that the page's command leaves."""
    found = re.search(r"<!-- commands: search -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert found
    with chdir(place):
        ended = nas(*shlex.split(found[1])[1:], NAS_RUNS=place / "runs").succeeded()
    assert "2 tried" in ended.out
    return read_study(find_run(None, runs=place / "runs"))


def test_as_many_networks_as_asked_for_are_trained_within_the_budget_by_their_own_compile(view: StudyView) -> None:
    assert (view.tally.trained, view.settings.plan) == (2, "compiled")
    trained = [record for record in view.tally.records if record.trained]
    assert all(isinstance(record.network, Factory) and record.network.compiled for record in trained)
    assert all(0 < record.parameters <= 9_000 and record.macs > 0 for record in trained)
    assert len({record.network.key for record in trained}) == 2


def test_files_and_report_tell_the_values_that_built_the_best(view: StudyView) -> None:
    best = view.record("best").network
    assert isinstance(best, Factory)
    assert Factory.model_validate(json.loads((view.folder.path / "best.json").read_bytes())).layers == best.layers
    page = (view.folder.path / "report.md").read_text().replace("\\", "")
    assert "tuning:Digits builds it of these values" in page
    assert all(f"| {name} | {value} |" in page for name, value in best.values.items())


def test_a_network_is_shown_with_its_layers_and_has_no_other_source(
    view: StudyView, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = Here(monkeypatch, capsys)
    shown = here("show", "best", "--runs", view.folder.path.parent).succeeded()
    assert "MaxPooling2D" in shown.out
    refused = here("show", "best", "--code", "--runs", view.folder.path.parent)
    assert (refused.code, refused.out) == (2, "")
    assert "nas: There is no source of this network but that of tuning:Digits, which builds it;" in refused.err


def test_the_pages_scripts_search_with_optuna_and_within_the_budget(place: Path) -> None:
    script = "import tune, sys; assert 'keras_tuner' in sys.modules; import spaces"
    ended = subprocess.run([sys.executable, "-c", script], cwd=place, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    (values,) = (line for line in ended.stdout.splitlines() if line.startswith("{'kind'"))
    (network,) = (line for line in ended.stdout.splitlines() if line.startswith('{"format"'))
    study = optuna.load_study(storage=f"sqlite:///{place}/tuned.db", study_name="keras-tuner")
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 2
    assert measure(parse_architecture(network, source="the script")).parameters <= 7_000
    assert "learning_rate" in values


def test_the_driver_needs_no_keras(place: Path) -> None:
    script = (
        "import sys; from nas.architecture import Task, measure; from nas.engine.choices import Drawing\n"
        "from nas.engine.spaces import find_space; import numpy\n"
        "space, task = find_space('tuning:Digits'), Task(input_shape=(28, 28, 1), classes=10)\n"
        "network = space.draw(Drawing(numpy.random.default_rng(0)), task)\n"
        "print(measure(network).parameters > 0, {'keras', 'tensorflow', 'keras_tuner'} & sys.modules.keys())"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=place, capture_output=True, text=True, check=False)
    assert ended.stdout == "True set()\n", ended.stderr
