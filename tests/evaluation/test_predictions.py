"""What the networks said comes back from the file as it was, or with one sentence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nas.errors import StudyError
from nas.evaluation.predictions import Confirmed, Predictions, read_predictions, write_predictions


def confirmed(*accuracies: float, predicted: list[list[int]]) -> Confirmed:
    return Confirmed(
        predicted=np.array(predicted, np.uint16),
        scores=np.array(accuracies) - 0.01,
        val_accuracies=np.array(accuracies),
    )


@pytest.fixture
def predictions() -> Predictions:
    return Predictions(
        truth=np.array([0, 1, 2, 1], np.uint16),
        seeds=(4_000_000_000, 7),
        networks={
            "trial 3": confirmed(0.9, 0.8, predicted=[[0, 1, 2, 1], [0, 1, 1, 1]]),
            "mine/odd name": confirmed(0.7, 0.6, predicted=[[2, 1, 2, 0], [0, 0, 0, 0]]),
        },
    )


def assert_equal(one: Predictions, other: Predictions) -> None:
    assert one.seeds == other.seeds
    assert (one.truth == other.truth).all()
    assert list(one.networks) == list(other.networks)
    for name, kept in one.networks.items():
        for array in ("predicted", "scores", "val_accuracies"):
            ours, theirs = getattr(kept, array), getattr(other.networks[name], array)
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(kept.trained_accuracies, other.networks[name].trained_accuracies)  # None, or all of them


def test_predictions_come_back_as_they_were(predictions: Predictions, tmp_path: Path) -> None:
    write_predictions(tmp_path / "predictions.npz", predictions)
    assert_equal(read_predictions(tmp_path / "predictions.npz"), predictions)


def test_accuracies_before_a_conversion_come_back_and_are_followed_by_later_ones(
    predictions: Predictions, tmp_path: Path
) -> None:
    kept = replace(predictions.networks["trial 3"], trained_accuracies=np.array([0.95, 0.85]))
    both = replace(predictions, networks={**predictions.networks, "trial 3": kept})
    write_predictions(tmp_path / "predictions.npz", both)
    assert_equal(read_predictions(tmp_path / "predictions.npz"), both)
    followed = kept.followed_by(replace(kept, trained_accuracies=np.array([0.75, 0.65]))).trained_accuracies
    assert followed is not None
    assert followed.tolist() == [0.95, 0.85, 0.75, 0.65]
    assert predictions.networks["trial 3"].followed_by(predictions.networks["trial 3"]).trained_accuracies is None


def test_classes_above_255_come_back_as_they_were(predictions: Predictions, tmp_path: Path) -> None:
    many = Predictions(truth=predictions.truth, seeds=(1,), networks={"a": confirmed(0.9, predicted=[[0, 256, 999, 1]])})
    write_predictions(tmp_path / "predictions.npz", many)
    assert_equal(read_predictions(tmp_path / "predictions.npz"), many)


def test_three_networks_on_mnists_test_images_take_less_than_a_megabyte(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 10, 10_000).astype(np.uint16)
    wrong = generator.random((3, 32, 10_000)) < 0.013
    predicted = np.where(wrong, (truth + generator.integers(1, 10, wrong.shape)) % 10, truth).astype(np.uint16)
    networks = {str(number): Confirmed(one, np.ones(32), np.ones(32)) for number, one in enumerate(predicted)}
    write_predictions(tmp_path / "predictions.npz", Predictions(truth, tuple(range(32)), networks))
    assert (tmp_path / "predictions.npz").stat().st_size < 1_000_000


def test_what_is_correct_is_what_equals_the_truth(predictions: Predictions) -> None:
    assert predictions.correct("trial 3").tolist() == [[True, True, True, True], [True, True, False, True]]
    assert predictions.accuracies("mine/odd name").tolist() == [0.5, 0.25]


@pytest.mark.parametrize(
    ("accuracies", "released"),
    [
        pytest.param((0.9, 0.7, 0.8), 2, id="the middle one"),
        pytest.param((0.9, 0.7, 0.8, 0.6), 1, id="of an even number the lower of the two in the middle"),
        pytest.param((0.8, 0.8, 0.8), 1, id="equal ones in their order"),
    ],
)
def test_the_released_network_has_the_median_validation_accuracy(accuracies: tuple[float, ...], released: int) -> None:
    assert confirmed(*accuracies, predicted=[[0]] * len(accuracies)).released == released


def test_a_missing_file_says_which_command_writes_it(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"predictions\.npz does not exist; `nas verdict` writes it\.$"):
        read_predictions(tmp_path / "predictions.npz")


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"\x93NUMPY\x01\x00"], ids=["empty", "text", "half an array"])
def test_what_is_no_such_file_is_damaged(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "predictions.npz").write_bytes(content)
    with pytest.raises(StudyError, match=r"^.+predictions\.npz is damaged; move it away"):
        read_predictions(tmp_path / "predictions.npz")


def test_an_archive_without_the_arrays_is_damaged(tmp_path: Path) -> None:
    np.savez(tmp_path / "predictions.npz", something=np.zeros(3))
    with pytest.raises(StudyError, match="is damaged"):
        read_predictions(tmp_path / "predictions.npz")


@pytest.mark.parametrize("end", [10, 100, -1])
def test_half_a_file_is_damaged(end: int, predictions: Predictions, tmp_path: Path) -> None:
    path = tmp_path / "predictions.npz"
    write_predictions(path, predictions)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(StudyError, match="is damaged"):
        read_predictions(path)


def test_a_changed_byte_changes_nothing_or_is_noticed(predictions: Predictions, tmp_path: Path) -> None:
    path = tmp_path / "predictions.npz"
    write_predictions(path, predictions)
    content = path.read_bytes()
    noticed = 0
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            assert_equal(read_predictions(path), predictions)
        except StudyError as error:
            assert "damaged" in str(error) or "newer" in str(error)  # noqa: PT017 - either sentence will do
            noticed += 1
    assert noticed > 20


def test_a_newer_file_asks_for_a_newer_version(tmp_path: Path) -> None:
    np.savez(tmp_path / "predictions.npz", format=np.int64(2))
    with pytest.raises(StudyError, match=r"has format 2, newer than the 1 that this version reads; update nas\.$"):
        read_predictions(tmp_path / "predictions.npz")
