import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replayed import replay, run

from nas.errors import StudyError
from nas.evaluation.replay import ReplayRun, compare
from nas.evaluation.replay_files import read_runs, write_runs, write_table
from nas.files import write_output

SHARES = st.floats(0, 1)
LOSSES = st.floats(0, 1e300)


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_what_was_written_is_read_back_equal(tmp_path: Path) -> None:
    runs = replay(seeds=3)
    write_runs(tuple(reversed(runs)), folder=tmp_path / "new" / "folder")
    assert read_runs(tmp_path / "new" / "folder") == runs


@given(test_loss=LOSSES, test_accuracy=SHARES, val_loss=LOSSES, val_accuracy=SHARES, seed=st.integers(0, 2**128))
def test_every_float_and_seed_comes_back_to_the_last_digit(
    tmp_path_factory: pytest.TempPathFactory,
    test_loss: float,
    test_accuracy: float,
    val_loss: float,
    val_accuracy: float,
    seed: int,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "floats"
    curve = tuple(row.model_copy(update={"val_loss": val_loss, "val_accuracy": val_accuracy}) for row in run("model-1").curve)
    one = ReplayRun(name="model-1", seed=seed, curve=curve, test_loss=test_loss, test_accuracy=test_accuracy, seconds=1 / 3)
    write_runs([one], folder=folder)
    assert read_runs(folder) == (one,)


def test_the_files_have_a_line_for_each_epoch_and_each_run_and_nothing_stays_beside_them(tmp_path: Path) -> None:
    write_runs(replay(seeds=2), folder=tmp_path)
    assert len(lines_of(tmp_path / "curves.csv")) == 6 * 2 * 15
    assert len(lines_of(tmp_path / "runs.csv")) == 6 * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curves.csv", "runs.csv"]


def test_the_first_lines_are_documented_names(tmp_path: Path) -> None:
    write_runs([run("basic", spread=0)], folder=tmp_path)
    curves, runs = ((tmp_path / name).read_text().splitlines()[:2] for name in ("curves.csv", "runs.csv"))
    assert curves == [
        "model,seed,epoch,train_loss,train_accuracy,val_loss,val_accuracy,seconds",
        "basic,1,1,2.3543,0.0974,2.3085,0.0975,2.5",
    ]
    assert runs == ["model,seed,test_loss,test_accuracy,seconds", "basic,1,2.301194906234741,0.11349999904632568,40.0"]


def test_the_table_has_a_line_for_each_figure_with_empty_places_for_what_is_not_known(tmp_path: Path) -> None:
    compared = compare((*replay("model-2", seeds=8), run("model-5")))
    write_table(compared, path=tmp_path / "replay.csv")
    lines = lines_of(tmp_path / "replay.csv")
    assert [(line["model"], line["quantity"]) for line in lines] == [(row.model, row.quantity) for row in compared.rows]
    assert lines[0] == {
        "model": "model-2",
        "quantity": "parameters",
        "notebook": "6831",
        "mean": "6831",
        "sd": "",
        "seeds": "8",
        "low_95": "",
        "high_95": "",
        "agreement_95": "equal",
        "low_99": "",
        "high_99": "",
        "agreement_99": "equal",
    }
    interval = compared.rows[3].interval_99
    assert interval is not None
    assert (float(lines[3]["low_99"]), float(lines[3]["high_99"])) == (interval.low, interval.high)
    assert (lines[10]["sd"], lines[10]["agreement_95"]) == ("", "cannot tell")


def test_an_empty_folder_holds_no_replay(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"curves\.csv does not exist; `nas replay` writes it\.$"):
        read_runs(tmp_path)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        pytest.param("curves.csv", "val_loss", "loss", "does not have the columns model, seed, epoch", id="another column"),
        pytest.param("runs.csv", ",40.0", "", "does not have the columns model, seed, test_loss", id="a short line"),
        pytest.param("runs.csv", "0.98", "many", "damaged at seed 1 of model-1: test_accuracy: .* number", id="no number"),
        pytest.param(
            "runs.csv", "model-1,2", "model-1,3", "damaged at seed 3 of model-1: run: .* numbered from 1 to 15", id="no curve"
        ),
        pytest.param(
            "curves.csv", "model-1,1,15", "model-1,1,16", "the epochs are not numbered from 1 to 15", id="a wrong epoch"
        ),
        pytest.param("runs.csv", "model-1", "model-9", "'?model-9'?", id="a stranger"),
    ],
)
def test_a_damaged_folder_is_told_in_a_sentence(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    write_runs([run("model-1", seed=seed, spread=0.1) for seed in (1, 2)], folder=tmp_path)
    path = tmp_path / file
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(StudyError, match=message):
        read_runs(tmp_path)


def test_a_run_that_only_the_curves_know_is_missed(tmp_path: Path) -> None:
    write_runs([run("model-1", seed=seed) for seed in (1, 2)], folder=tmp_path)
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:2]))
    with pytest.raises(StudyError, match=r"runs\.csv lacks seed 2 of model-1, which curves\.csv has; replay it again\.$"):
        read_runs(tmp_path)


@pytest.mark.parametrize("empty", ["curves.csv", "runs.csv"])
def test_an_empty_file_is_damaged(tmp_path: Path, empty: str) -> None:
    write_runs([run("model-1")], folder=tmp_path)
    (tmp_path / empty).write_text("")
    with pytest.raises(StudyError, match=f"{empty} does not have the columns"):
        read_runs(tmp_path)


def test_files_without_any_run_hold_no_replay(tmp_path: Path) -> None:
    write_runs([run("model-1")], folder=tmp_path)
    for path in tmp_path.iterdir():
        path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(StudyError, match="is no whole replay: There is no run to look at"):
        read_runs(tmp_path)


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StudyError, match=r"runs\.csv cannot be written \(.+\); name a folder that can\.$"):
        write_output(tmp_path / "file" / "runs.csv", b"")


def test_a_write_that_fails_leaves_the_old_file_and_no_part_of_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "figure.png").mkdir()
    with pytest.raises(StudyError, match=r"figure\.png cannot be written"):
        write_output(tmp_path / "figure.png", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["figure.png"]


def test_runs_of_another_plan_are_read_as_long_as_it_trains(tmp_path: Path) -> None:
    one = run("model-1")
    short = ReplayRun.model_validate(one.model_dump() | {"epochs": 2, "curve": one.curve[:2]})
    write_runs([short], folder=tmp_path)
    assert read_runs(tmp_path, epochs=2) == (short,)
    with pytest.raises(StudyError, match="numbered from 1 to 15"):
        read_runs(tmp_path)
