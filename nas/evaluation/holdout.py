"""The sealed test images: opened for named networks, written down, and looked at by nobody else."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nas.architecture import Network
from nas.data import DataRef, Images, Labels
from nas.data.sealed import Opening, Openings, Reason, count_openings, has_test, read_test, record_opening
from nas.evaluation.classification import Classified, Judgeable, classify_images
from nas.training.executor import run_all
from nas.training.plan import TrainingPlan
from nas.training.trainer import predict
from nas.training.work import Checkpoint

__all__ = ["Openings", "Trained", "count_openings", "judge"]


@dataclass(frozen=True)
class Trained:
    """A trained network that may be judged."""

    name: str
    network: Network
    plan: TrainingPlan
    checkpoint: Checkpoint

    @property
    def weights_sha256(self) -> str:
        """Hash of where its training stands."""
        return self.checkpoint.sha256

    def predict(self, images: Images) -> NDArray[np.float32]:
        """Class probabilities, computed as its plan says."""
        return predict(self.network, self.plan, self.checkpoint, images)


def judge(
    models: Sequence[Judgeable],
    *,
    data: DataRef,
    reason: Reason,
    study_folder: Path | None,
    executor: Executor,
    at_most: int = 1,
) -> tuple[Classified, ...]:
    """What trained networks make of the test images, in order; one opening of the test set, recorded before it happens.

    The same networks judged again for the same reason, by a study that was interrupted, are no new opening.

    Args:
        models: Networks in whatever form they can classify in.
        data: The data set whose test images are wanted.
        reason: What they are wanted for.
        study_folder: The study's folder, which keeps one of the ledgers; None for an evaluation without a study.
        executor: Where the images are classified; a machine whose cache has none gets them with the networks.
        at_most: Networks at once, if there are workers for so many.

    Raises:
        DataError: If the test set is missing or damaged, or the opening cannot be recorded.
        TrainingError: If the workers die of it.
    """
    names = tuple(dict.fromkeys(one.name for one in models))
    weights = sha256("".join(one.weights_sha256 for one in models).encode()).hexdigest()
    opening = record_opening(data, reason=reason, networks=names, weights=weights, study_folder=study_folder)
    run = partial(run_all, executor=executor, at_most=at_most, what="Classifying the test images")
    there: tuple[Classified | None, ...] = run(_classify_test_images, [(one, data, opening) for one in models])
    left = [one for one, figures in zip(models, there, strict=True) if figures is None]
    if not left:
        return tuple(figures for figures in there if figures)
    images = _images(data, opening)
    sent = iter(run(classify_images, [(one, *images) for one in left]))
    return tuple(figures or next(sent) for figures in there)


def _classify_test_images(model: Judgeable, data: DataRef, opening: Opening) -> Classified | None:
    """What a network makes of the test images of the machine where this runs; None if its cache has none."""
    return classify_images(model, *_images(data, opening)) if has_test(data) else None


def _images(data: DataRef, opening: Opening) -> tuple[Images, Labels]:
    test = read_test(data, opening=opening)
    return np.asarray(test.images), np.asarray(test.labels)
