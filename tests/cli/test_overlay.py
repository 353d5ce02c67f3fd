"""What the dashboard says about a study beside what its storage holds."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import optuna
import pytest
from made_records import record
from optuna.artifacts.exceptions import ArtifactNotFound
from optuna.study import StudyDirection
from optuna.trial import TrialState
from shown_study import RECORDS, add, judge_study, make_study, rows

from nas.cli.overlay import Overlay
from nas.engine.folder import RunFolder
from nas.engine.storage import open_storage, sqlite_url
from nas.errors import StorageError, StudyError


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "first")


@pytest.fixture
def study(folder: RunFolder) -> optuna.Study:
    return make_study(folder)


@pytest.fixture
def overlay(study: optuna.Study, folder: RunFolder) -> Overlay:
    return Overlay(open_storage(sqlite_url(folder.database)), folder)


def note(overlay: Overlay, trial: int | None = None) -> str:
    """The note of the study or of a trial; empty if there is none."""
    whose = "" if trial is None else f"{overlay.get_all_trials(overlay.study_id)[trial]._trial_id}:"
    text: str = overlay.get_study_system_attrs(overlay.study_id).get(f"dashboard:{whose}note_str:0", "")
    return text


def attributes(overlay: Overlay, trial: int) -> dict[str, Any]:
    return overlay.get_all_trials(overlay.study_id)[trial].user_attrs


def test_the_study_note_has_the_question_the_best_and_the_counts(overlay: Overlay) -> None:
    text = note(overlay)
    assert "# mnist within 7,000 parameters" in text
    assert "None yet. `nas verdict --study first` judges" in text
    assert "Best network: trial 4 (94.33% validation accuracy" in text
    assert "[model-5](/dashboard/studies/1/trials?numbers=0)" in text
    assert "3 tried: 2 to the end, 1 stopped early" in text
    assert "1 running, 0 waiting." in text


def test_a_verdict_is_shown_as_soon_as_it_is_written(overlay: Overlay, folder: RunFolder) -> None:
    assert "dashboard:plot_data:verdict:0" not in overlay.get_study_system_attrs(overlay.study_id)
    judge_study(folder.path)
    assert "**The search's network (trial 4, 7,850 parameters) beats model-5.**" in note(overlay)
    assert "trial 4 beats model-5 by 2.00 points (" in note(overlay)
    assert "openings of the test set: 1 by this study, 3 by you in all" in note(overlay)
    assert "dashboard:plot_data:verdict:0" in overlay.get_study_system_attrs(overlay.study_id)
    assert overlay.get_study_user_attrs(overlay.study_id)["verdict"].endswith("beats model-5.")


def test_a_verdict_that_cannot_be_read_is_said_to_be_so(overlay: Overlay, folder: RunFolder) -> None:
    judge_study(folder.path)
    (folder.path / "verdict.json").write_text("{")
    assert "It cannot be read: " in note(overlay)


def test_a_trial_says_what_it_is_and_why_it_ended(overlay: Overlay) -> None:
    assert note(overlay, 0).startswith("# model-5, designed by hand\n\n**88.67% validation accuracy**. Completed; 3 of 5 epochs")
    assert "**Stopped**" not in note(overlay, 2)
    assert "Stopped: it would need 0.3 more; 1 of 5 epochs" in note(overlay, 2)
    assert "dense 10" in note(overlay, 4)
    assert f"**{RECORDS[4].parameters:,}**" in note(overlay, 4)
    assert note(overlay, 5).startswith("# Trial 5\n\n**Failed**: the loss is no number.")


def test_attributes_name_costs_and_reasons_and_leave_the_record_to_programs(overlay: Overlay) -> None:
    assert attributes(overlay, 0)["baseline"] == "model-5"
    assert attributes(overlay, 4) == {
        "outcome": "completed",
        "reason": "trained to the end",
        "parameters": RECORDS[4].parameters,
        "macs": RECORDS[4].macs,
        "peak_activation_bytes": 785,
        "epochs": 3,
        "layers": "max 28×28, dense 12, dense 10",
    }
    assert attributes(overlay, 3)["reason"] == "5,010 parameters over"
    assert attributes(overlay, 6) == {"baseline": "model-2"}  # it is running


def test_a_refused_network_has_no_note_since_there_may_be_thousands(overlay: Overlay) -> None:
    assert note(overlay, 3) == ""


def test_a_note_that_a_person_wrote_stays(overlay: Overlay, study: optuna.Study) -> None:
    from optuna_dashboard import save_note

    save_note(study, "mine")
    assert note(overlay) == "mine"
    assert note(overlay, 4).startswith("# Trial 4")


def test_plots_are_plotly_figures(overlay: Overlay) -> None:
    kept = overlay.get_study_system_attrs(overlay.study_id)
    for name in ("costs", "progress"):
        assert json.loads(kept[f"dashboard:plot_data:{name}:0"])["data"]


def test_files_for_people_are_handed_out_and_no_others(overlay: Overlay, folder: RunFolder, tmp_path: Path) -> None:
    shown = ("figures/b.png", "best.json", "exports/first-trial-4/model_card.md", "exports/first-trial-4/model_int8.tflite")
    for name in (*shown, "exports/first-trial-4/c/main.cc", "checkpoints/x.npz", "results/x.json", "figures/a.txt"):
        (folder.path / name).parent.mkdir(exist_ok=True, parents=True)
        (folder.path / name).write_text(name)
    (tmp_path / "secret.png").write_text("secret")
    (folder.path / "figures" / "out.png").symlink_to(tmp_path / "secret.png")
    assert [file.name for file in overlay.files.files] == [*shown, "study.toml"]
    for file in overlay.files.files[:4]:
        with overlay.files.open_reader(file.key) as opened:
            assert opened.read() == file.name.encode()
    kept = overlay.get_study_system_attrs(overlay.study_id)
    best = overlay.get_best_trial(overlay.study_id)._trial_id
    its = [json.loads(value)["filename"] for key, value in kept.items() if key.startswith(f"dashboard:artifacts:{best}:")]
    assert its == ["best.json", "model_card.md", "model_int8.tflite"]


@pytest.mark.parametrize("key", ["", "0" * 32, "../study.db", "study.db"])
def test_a_file_is_found_by_its_key_alone(overlay: Overlay, key: str) -> None:
    with pytest.raises(ArtifactNotFound, match="The run has no file"):
        overlay.files.open_reader(key)


def test_nothing_can_be_written(overlay: Overlay, folder: RunFolder) -> None:
    before = rows(folder)
    running = overlay.get_all_trials(overlay.study_id)[-1]._trial_id
    writes: tuple[Callable[[], Any], ...] = (
        lambda: overlay.create_new_study([StudyDirection.MAXIMIZE], "second"),
        lambda: overlay.delete_study(overlay.study_id),
        lambda: overlay.set_study_system_attr(overlay.study_id, "x", 1),
        lambda: overlay.create_new_trial(overlay.study_id),
        lambda: overlay.set_trial_state_values(running, TrialState.FAIL),
        lambda: overlay.set_trial_user_attr(running, "x", 1),
    )
    for write in writes:
        with pytest.raises(StorageError, match="The dashboard only reads a study"):
            write()
    with pytest.raises(StudyError, match="The dashboard only reads a study"):
        overlay.files.remove(overlay.files.files[0].key)
    assert rows(folder) == before


def test_nothing_is_said_anew_while_nothing_happens(overlay: Overlay, study: optuna.Study) -> None:
    first = overlay._look().remarks
    assert overlay._look().remarks is first
    add(study, record(7, "completed", 0.9, 0.99, 0.99, units=13))
    assert overlay._look().remarks is not first
    assert "Best network: trial 7" in note(overlay)


def test_other_studies_of_the_storage_are_as_they_are_kept(overlay: Overlay, study: optuna.Study) -> None:
    second = optuna.create_study(storage=study._storage, study_name="second")
    second.add_trial(study.trials[0])
    assert overlay.get_study_system_attrs(second._study_id) == {}
    assert "record" in overlay.get_all_trials(second._study_id)[0].user_attrs
    assert [len(one.user_attrs) for one in overlay.get_all_studies()] == [11, 0]


def test_no_trial_is_shown_finished_without_its_note_while_a_search_writes(overlay: Overlay, folder: RunFolder) -> None:
    writer = optuna.load_study(storage=open_storage(sqlite_url(folder.database)), study_name=folder.name)
    later = [record(7 + more, "completed", 0.5, units=20 + more) for more in range(20)]
    writing = Thread(target=lambda: [*map(partial(add, writer), later)])
    writing.start()
    seen = 0
    while seen < 27:
        over = not writing.is_alive()
        attrs = overlay.get_all_studies()[0].system_attrs
        trials = overlay.get_all_trials(overlay.study_id)
        seen = len(trials)
        assert all(f"dashboard:{one._trial_id}:note_ver" in attrs for one in trials if one.state == TrialState.COMPLETE)
        assert seen == 27 or not over
    writing.join()
