"""The sealed test images: opened for named networks, written down, and looked at by nobody else."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nas.architecture import Network
from nas.data import DataRef
from nas.data.sealed import Opening, Openings, Reason, count_openings, read_test, record_opening
from nas.training.plan import TrainingPlan
from nas.training.trainer import predict
from nas.training.work import Checkpoint

__all__ = ["Openings", "TestFigures", "Trained", "count_openings", "judge"]

_LEAST_PROBABILITY = 1e-7
"""Keras's own bound below which a probability's logarithm is not taken."""


@dataclass(frozen=True)
class Trained:
    """A trained network that may be judged."""

    name: str
    network: Network
    plan: TrainingPlan
    checkpoint: Checkpoint


@dataclass(frozen=True)
class TestFigures:
    """How a network does on the test images."""

    __test__ = False  # no test case, whatever pytest makes of the name

    loss: float
    """Mean cross-entropy, in nats."""
    accuracy: float
    """Share of images classified correctly."""
    predicted: NDArray[np.uint16] = field(compare=False)
    """The class that each image was given."""
    truth: NDArray[np.uint16] = field(compare=False)
    """The class that each image has."""


def judge(
    trained: Sequence[Trained], *, data: DataRef, reason: Reason, study_folder: Path, executor: Executor
) -> tuple[TestFigures, ...]:
    """Test figures of trained networks, in order; one opening of the test set, recorded before it happens.

    The same networks judged again for the same reason, by a study that was interrupted, are no new opening.

    Raises:
        DataError: If the test set is missing or damaged, or the opening cannot be recorded.
    """
    names = tuple(dict.fromkeys(one.name for one in trained))
    weights = sha256("".join(_weights_sha256(one.checkpoint) for one in trained).encode()).hexdigest()
    opening = record_opening(data, reason=reason, networks=names, weights=weights, study_folder=study_folder)
    futures = [executor.submit(_judge_one, one, data, opening) for one in trained]
    return tuple(future.result() for future in futures)


def _judge_one(trained: Trained, data: DataRef, opening: Opening) -> TestFigures:
    test = read_test(data, opening=opening)
    probabilities = predict(trained.network, trained.plan, trained.checkpoint, test.images)
    of_truth = probabilities[np.arange(len(test.labels)), test.labels]
    predicted = probabilities.argmax(axis=1)
    return TestFigures(
        loss=float(-np.log(np.clip(of_truth, _LEAST_PROBABILITY, 1.0)).mean()),
        accuracy=float((predicted == test.labels).mean()),
        predicted=predicted.astype(np.uint16),
        truth=test.labels.astype(np.uint16),
    )


def _weights_sha256(checkpoint: Checkpoint) -> str:
    digest = sha256()
    for name in sorted(checkpoint.arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(checkpoint.arrays[name]).tobytes())
    return digest.hexdigest()
