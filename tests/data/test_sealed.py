"""The test set opens only for who has written down that it does."""

import json
import pickle
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from tiny_data import own_cache, stored, tiny

import nas
from nas.data import DataRef, find
from nas.data.cache import entry_folder
from nas.data.folders import data_folder
from nas.data.sealed import Opening, Openings, count_openings, read_test, record_opening
from nas.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_cache(tmp_path, monkeypatch)


@pytest.fixture
def ref() -> DataRef:
    stored(tiny())
    return find("mnist")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return _study(tmp_path, "first")


def _study(folder: Path, name: str) -> Path:
    study = folder / "runs" / name
    study.mkdir(parents=True)
    return study


def _open(ref: DataRef, study: Path, *, weights: str = "") -> Opening:
    """An opening for networks that were never seen before, unless their weights' hash is given."""
    weights = weights or uuid4().hex
    return record_opening(ref, reason="verdict", networks=("a1", "b2"), weights=weights, study_folder=study)


def test_an_opening_stands_in_both_ledgers_before_an_image_is_read(ref: DataRef, study: Path) -> None:
    opening = _open(ref, study, weights="c0ffee")
    (user_ledger,) = (data_folder() / "openings").iterdir()
    assert user_ledger.name == f"{opening.test_sha256}.jsonl"
    text = (study / "openings.jsonl").read_text()
    assert user_ledger.read_text() == text
    line = json.loads(text)
    time = datetime.fromisoformat(line.pop("time"))
    assert timedelta(0) <= datetime.now(UTC) - time < timedelta(minutes=1)
    assert line == {
        "format": 1,
        "id": opening.id,
        "reason": "verdict",
        "networks": ["a1", "b2"],
        "weights": "c0ffee",
        "data": "mnist",
        "test_sha256": opening.test_sha256,
        "study": "first",
        "nas": nas.__version__,
    }


def test_the_same_networks_judged_again_by_the_same_study_are_no_new_opening(ref: DataRef, study: Path, tmp_path: Path) -> None:
    first, again = _open(ref, study, weights="c0ffee"), _open(ref, study, weights="c0ffee")
    assert again == first
    assert _open(ref, study, weights="decaf").openings_of_study == 2
    other = _open(ref, _study(tmp_path, "second"), weights="c0ffee")
    assert (other.openings_of_study, other.openings_in_all) == (1, 3)
    replayed = record_opening(ref, reason="replay", networks=("a1",), weights="c0ffee", study_folder=study)
    assert (replayed.openings_of_study, replayed.openings_in_all) == (3, 4)


def test_an_opening_that_only_one_ledger_holds_is_written_to_the_other(ref: DataRef, study: Path) -> None:
    first = _open(ref, study, weights="c0ffee")
    (user_ledger,) = (data_folder() / "openings").iterdir()
    user_ledger.unlink()  # as if the process had died between the two
    with (study / "openings.jsonl").open("a") as file:
        file.write('{"reason": "verdict", "wei')  # and another had been cut short by a full disk
    assert _open(ref, study, weights="c0ffee").id == first.id
    assert [json.loads(line)["id"] for line in user_ledger.read_text().splitlines()] == [first.id]


def test_an_opening_counts_even_if_the_reading_then_fails(ref: DataRef, study: Path) -> None:
    assert count_openings(ref, study_folder=study) == Openings(study=0, in_all=0)
    opening = _open(ref, study)
    shutil.rmtree(entry_folder(ref.sha256) / "sealed")
    with pytest.raises(DataError, match=r"is damaged \(sealed/test_images\.npy: No such file or directory\); delete that folder"):
        read_test(ref, opening=opening)
    assert count_openings(ref, study_folder=study) == Openings(study=1, in_all=1)


def test_the_test_set_is_read_as_it_was_stored(ref: DataRef, study: Path) -> None:
    dataset = tiny()
    test = read_test(ref, opening=_open(ref, study))
    np.testing.assert_array_equal(test.images, dataset.test_images)
    np.testing.assert_array_equal(test.labels, dataset.test_labels)
    assert not test.images.flags.writeable


def test_openings_are_counted_by_study_and_in_all(ref: DataRef, study: Path, tmp_path: Path) -> None:
    other = _study(tmp_path, "second")
    counts = [
        (opened.openings_of_study, opened.openings_in_all) for opened in (_open(ref, study), _open(ref, other), _open(ref, study))
    ]
    assert counts == [(1, 1), (1, 2), (2, 3)]
    shutil.rmtree(study)
    assert count_openings(ref, study_folder=study) == Openings(study=0, in_all=3)


def test_openings_of_another_test_set_do_not_count(ref: DataRef, study: Path) -> None:
    other = DataRef(name="other", sha256=stored(tiny(test=31), name="other").sha256)
    _open(other, study)
    assert count_openings(ref, study_folder=study) == Openings(study=0, in_all=0)
    assert count_openings(other, study_folder=study) == Openings(study=1, in_all=1)


def test_an_opening_fits_its_own_test_set_alone(ref: DataRef, study: Path) -> None:
    other = DataRef(name="other", sha256=stored(tiny(test=31), name="other").sha256)
    with pytest.raises(DataError, match=r"^The recorded opening is not one of mnist's test set; record one of mnist first\.$"):
        read_test(ref, opening=_open(other, study))


def test_an_opening_travels_to_a_worker(ref: DataRef, study: Path) -> None:
    opening = pickle.loads(pickle.dumps(_open(ref, study)))
    assert len(read_test(ref, opening=opening).images) == 30


def test_a_changed_test_image_is_noticed(ref: DataRef, study: Path) -> None:
    path = entry_folder(ref.sha256) / "sealed" / "test_images.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"^The test set in .+ is damaged \(its checksums differ\); delete that folder"):
        read_test(ref, opening=_open(ref, study))


def test_a_missing_test_set_is_no_opening(ref: DataRef, study: Path) -> None:
    shutil.rmtree(entry_folder(ref.sha256) / "sealed")
    with pytest.raises(DataError, match=r"^The test set of mnist is missing from .+; delete that folder and it is made anew\.$"):
        _open(ref, study)
    assert count_openings(ref, study_folder=study) == Openings(study=0, in_all=0)


def test_a_ledger_that_cannot_be_written_keeps_the_test_set_shut(ref: DataRef, study: Path, tmp_path: Path) -> None:
    message = (
        r"^The opening cannot be recorded in .+ \(.+\), so the test set stays shut; make that file writable and try again\.$"
    )
    with pytest.raises(DataError, match=message):
        _open(ref, tmp_path / "runs" / "misspelt")
    assert count_openings(ref, study_folder=study) == Openings(study=0, in_all=0)
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(DataError, match=message):
        _open(ref, study)
    assert count_openings(ref, study_folder=study).study == 1
