"""What was computed is on disk before anybody is told, and is used again only for what it was computed for."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_search import DATA, PLAN, TASK, fake_train

from nas.baselines import baselines
from nas.engine.folder import RunFolder
from nas.engine.results import Results
from nas.errors import StudyError
from nas.files import write_whole
from nas.training.versions import versions
from nas.training.work import Checkpoint, Segment, Work

NETWORK = baselines(TASK)["model-3"]
WORK = Work(NETWORK, PLAN, DATA, seed=5, until_epoch=3)


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(RunFolder(tmp_path / "first"))


def the_file(results: Results, *, suffix: str) -> Path:
    (path,) = results.folder.path.glob(f"*/*{suffix}")
    return path


def test_a_training_reads_back_as_it_was_saved(results: Results) -> None:
    segment = fake_train(WORK)
    saved = results.save(WORK, segment, before=())
    assert results.load(WORK) == saved
    assert (saved.curve, saved.failure, saved.seconds) == (segment.curve, None, 0.75)
    assert (saved.network, saved.plan, saved.data, saved.seed) == (NETWORK, PLAN, DATA, 5)


def test_a_checkpoint_reads_back_bit_by_bit(results: Results) -> None:
    random = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {
        "model/0": random.normal(size=(3, 3, 1, 8)).astype(np.float32),
        "model/1": np.array([np.nan, -0.0, np.inf, 1e-45], np.float32),
        "optimizer/0": np.int64(7) * np.ones((), np.int64),
        "optimizer/1": random.integers(0, 2**32, 2, np.uint32),
        "empty": np.zeros((0, 4), np.float16),
    }
    results.save(WORK, Segment(fake_train(WORK).curve, Checkpoint(3, arrays)), before=())
    kept = results.checkpoint(WORK, epoch=3)
    assert kept is not None
    assert kept.epoch == 3
    assert list(kept.arrays) == list(arrays)
    for name, array in arrays.items():
        assert (kept.arrays[name].dtype, kept.arrays[name].shape) == (array.dtype, array.shape)
        assert kept.arrays[name].tobytes() == array.tobytes()


def test_a_second_segment_is_added_to_the_first(results: Results) -> None:
    first = results.save(WORK, fake_train(WORK), before=())
    longer = replace(WORK, until_epoch=5, checkpoint=results.checkpoint(WORK, epoch=3))
    results.save(longer, fake_train(longer), before=first.curve)
    training = results.load(WORK)
    assert training is not None
    assert [row.epoch for row in training.curve] == [1, 2, 3, 4, 5]
    assert len(list(results.folder.results.iterdir())) == len(list(results.folder.checkpoints.iterdir())) == 1


@pytest.mark.parametrize("begun", [False, True], ids=["in the first segment", "in the second"])
def test_whoever_is_killed_between_weights_and_curve_has_lost_nothing(
    results: Results, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    first = results.save(WORK, fake_train(WORK), before=()) if begun else None
    longer = replace(WORK, until_epoch=5, checkpoint=results.checkpoint(WORK, epoch=3) if begun else None)

    def only_weights(path: Path, content: bytes) -> None:
        if path.suffix == ".json":
            raise KeyboardInterrupt
        write_whole(path, content)

    monkeypatch.setattr("nas.engine.results.write_whole", only_weights)
    with pytest.raises(KeyboardInterrupt):
        results.save(longer, fake_train(longer), before=first.curve if first else ())
    training = results.load(WORK)
    assert training is not None
    assert [row.epoch for row in training.curve] == [1, 2, 3, 4, 5]
    assert results.checkpoint(WORK, epoch=5) is not None


@pytest.mark.parametrize("epoch", [0, 2, 4])
def test_a_checkpoint_of_another_epoch_is_none(results: Results, epoch: int) -> None:
    results.save(WORK, fake_train(WORK), before=())
    assert results.checkpoint(WORK, epoch=epoch) is None


def test_what_was_never_trained_or_dropped_is_none(results: Results) -> None:
    assert results.load(WORK) is None
    assert results.checkpoint(WORK, epoch=3) is None
    results.save(WORK, fake_train(WORK), before=())
    results.drop_checkpoint(WORK)
    results.drop_checkpoint(WORK)
    assert results.checkpoint(WORK, epoch=3) is None
    assert results.load(WORK) is not None


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(WORK, seed=6), id="seed"),
        pytest.param(replace(WORK, network=baselines(TASK)["model-1"]), id="network"),
        pytest.param(replace(WORK, plan=PLAN.model_copy(update={"epochs": 6})), id="plan"),
        pytest.param(replace(WORK, data=DATA.model_copy(update={"sha256": "1" * 64})), id="data"),
    ],
)
def test_another_work_is_another_training(results: Results, other: Work) -> None:
    results.save(WORK, fake_train(WORK), before=())
    assert results.load(other) is None
    assert results.checkpoint(other, epoch=3) is None


@pytest.mark.parametrize("package", ["backend", "keras", "tensorflow", "numpy"])
def test_what_other_versions_computed_is_not_used_again(results: Results, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = versions()
    assert package in ours
    monkeypatch.setattr("nas.engine.results.versions", lambda: ours | {package: "0.0"})
    results.save(WORK, fake_train(WORK), before=())
    assert results.load(WORK) is not None
    monkeypatch.undo()
    assert results.load(WORK) is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"format": 1, "net', id="cut off"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b'{"format": 1}', id="fields missing"),
        pytest.param(b"\xff\xfe", id="no text"),
    ],
)
def test_a_damaged_result_is_refused_with_what_to_do(results: Results, content: bytes) -> None:
    results.save(WORK, fake_train(WORK), before=())
    path = the_file(results, suffix=".json")
    path.write_bytes(content)
    with pytest.raises(StudyError, match=rf"^The result file {path} is damaged; move it away and the training is done again\.$"):
        results.load(WORK)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x93NUMPY"], ids=["empty", "cut off", "no archive"])
def test_a_damaged_checkpoint_is_refused_with_what_to_do(results: Results, content: bytes) -> None:
    results.save(WORK, fake_train(WORK), before=())
    path = the_file(results, suffix=".npz")
    path.write_bytes(content)
    with pytest.raises(StudyError, match=rf"^The checkpoint {path} is damaged; move it away and the training is done again\.$"):
        results.checkpoint(WORK, epoch=3)


def test_a_result_of_a_newer_format_is_refused(results: Results) -> None:
    results.save(WORK, fake_train(WORK), before=())
    path = the_file(results, suffix=".json")
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"format": 2}))
    with pytest.raises(StudyError, match=r"^The result .+\.json has format 2, newer than the 1 that this version reads\.$"):
        results.load(WORK)


def test_nothing_is_left_half_written(results: Results) -> None:
    for _ in range(3):
        results.save(WORK, fake_train(WORK), before=())
    assert sorted(path.suffix for path in results.folder.path.rglob("*") if path.is_file()) == [".json", ".npz"]
