"""Whether a file computes what the network computes is decided by figures, and said with them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nas.errors import ExportError
from nas.exporting.checks import CHECKED_IMAGES, INT8_TOLERANCE, TOLERANCE, compare_outputs, require_agreement
from nas.exporting.formats import FORMATS

_COUNT = CHECKED_IMAGES + 500


@pytest.fixture
def reference() -> NDArray[np.float32]:
    return np.random.default_rng(0).dirichlet(np.ones(5), _COUNT).astype(np.float32)


def _labels(outputs: NDArray[np.float32]) -> NDArray[np.int32]:
    return np.asarray(outputs.argmax(axis=1), np.int32)


def test_equal_answers_agree_in_every_figure(reference: NDArray[np.float32]) -> None:
    check = compare_outputs(reference, reference, labels=_labels(reference))
    assert (check.images, check.val_images) == (CHECKED_IMAGES, _COUNT)
    assert (check.largest_difference, check.mean_distance) == (0, 0)
    assert (check.equal_classes, check.accuracy) == (CHECKED_IMAGES, 1)


def test_outputs_are_compared_on_the_first_images_and_accuracy_on_all(reference: NDArray[np.float32]) -> None:
    ours = reference.copy()
    ours[CHECKED_IMAGES:] = ours[CHECKED_IMAGES:, ::-1]
    check = compare_outputs(ours, reference, labels=_labels(reference))
    assert (check.largest_difference, check.equal_classes) == (0, CHECKED_IMAGES)
    assert check.accuracy == pytest.approx(np.mean(_labels(ours) == _labels(reference)))
    assert check.accuracy < 1


def test_the_distance_of_two_certain_answers_that_contradict_is_one() -> None:
    one, other = np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)[::-1]
    check = compare_outputs(one, other, labels=np.array([0, 1], np.int32))
    assert (check.largest_difference, check.mean_distance, check.equal_classes) == (1, 1, 0)


@pytest.mark.parametrize("name", ["keras", "saved-model", "litert", "onnx"])
def test_a_float_format_may_differ_by_rounding_alone(name: str, reference: NDArray[np.float32]) -> None:
    within, beyond = reference.copy(), reference.copy()
    within[0, 0] += TOLERANCE / 2
    beyond[0, 0] += TOLERANCE * 2
    require_agreement(compare_outputs(within, reference, labels=_labels(reference)), kind=FORMATS[name], label="trial 3")
    with pytest.raises(
        ExportError,
        match=rf"^The {name} file of trial 3 does not compute what Keras computes: on 1,000 validation images its probabilities"
        r" differ by 0\.0002 at most \(0\.0001 is allowed\), and 1,000 get the same class; nothing was kept\.$",
    ):
        require_agreement(compare_outputs(beyond, reference, labels=_labels(reference)), kind=FORMATS[name], label="trial 3")


def test_int8_may_round_but_not_answer_something_else(reference: NDArray[np.float32]) -> None:
    rounded = np.round(reference * 256) / 256
    require_agreement(
        compare_outputs(rounded.astype(np.float32), reference, labels=_labels(reference)),
        kind=FORMATS["litert-int8"],
        label="trial 3",
    )
    shuffled = reference[:, ::-1]
    check = compare_outputs(shuffled, reference, labels=_labels(reference))
    assert check.mean_distance > INT8_TOLERANCE
    with pytest.raises(ExportError, match=r"on average \(0\.1 is allowed\)"):
        require_agreement(check, kind=FORMATS["litert-int8"], label="trial 3")


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_no_number_agrees_with_nothing(name: str, reference: NDArray[np.float32]) -> None:
    broken = reference.copy()
    broken[7] = np.nan
    with pytest.raises(ExportError, match="differ by nan"):
        require_agreement(compare_outputs(broken, reference, labels=_labels(reference)), kind=FORMATS[name], label="trial 3")
