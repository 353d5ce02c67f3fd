"""The same works train with JAX, in a process that has Keras on it."""

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context

import numpy as np
import pytest
from small_works import BASELINES, STATEFUL, assert_same, untimed, work

from nas.architecture import Architecture
from nas.training.plan import NOTEBOOK, TrainingPlan
from nas.training.plan_files import find_plan
from nas.training.trainer import train_one
from nas.training.work import Segment

pytestmark = [pytest.mark.jax, pytest.mark.keras, pytest.mark.slow]

_MODEL_1 = BASELINES["model-1"]
_MODERN = find_plan("modern").model_copy(update={"epochs": 2})


@pytest.fixture(scope="module")
def jax_process() -> Iterator[Executor]:
    if find_spec("jax") is None:
        pytest.skip("jax is not installed; pip install jax")
    assert _backend() == "tensorflow"  # Keras is loaded here before the variable is set, and keeps its backend
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("KERAS_BACKEND", "jax")
            process.submit(_backend).result()
        yield process


def _backend() -> str:
    import keras

    return str(keras.backend.backend())


def test_one_process_has_keras_on_jax_and_this_one_on_tensorflow(jax_process: Executor) -> None:
    assert (jax_process.submit(_backend).result(), _backend()) == ("jax", "tensorflow")


@pytest.mark.parametrize(
    ("network", "plan"),
    [(_MODEL_1, NOTEBOOK), (STATEFUL, _MODERN)],
    ids=["model-1", "with states and everything that a plan may have"],
)
def test_one_and_one_epoch_are_two_with_jax_as_well(network: Architecture, plan: TrainingPlan, jax_process: Executor) -> None:
    whole = jax_process.submit(train_one, work(network, plan=plan, until_epoch=2)).result()
    first = jax_process.submit(train_one, work(network, plan=plan, until_epoch=1)).result()
    rest = jax_process.submit(train_one, work(network, plan=plan, until_epoch=2, checkpoint=first.checkpoint)).result()
    for ours, theirs in zip(untimed(first.curve + rest.curve), untimed(whole.curve), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)
    assert_same(rest.checkpoint, whole.checkpoint, tolerance=1e-6)


@pytest.mark.parametrize("plan", [NOTEBOOK, _MODERN.model_copy(update={"augmentation": None})], ids=["notebook", "modern"])
def test_jax_goes_where_tensorflow_goes_from_the_same_weights_in_the_same_order(
    plan: TrainingPlan, jax_process: Executor
) -> None:
    start = train_one(work(_MODEL_1, plan=plan, until_epoch=0)).checkpoint  # the backends draw their first weights differently
    ours: Segment = jax_process.submit(train_one, work(_MODEL_1, plan=plan, checkpoint=start, until_epoch=2)).result()
    theirs = train_one(work(_MODEL_1, plan=plan, checkpoint=start, until_epoch=2))
    for jax_row, tensorflow_row in zip(untimed(ours.curve), untimed(theirs.curve), strict=True):
        assert jax_row == pytest.approx(tensorflow_row, abs=1e-3)
    assert_same(ours.checkpoint, theirs.checkpoint, tolerance=1e-3)
    assert all(np.isfinite(row.val_loss) for row in ours.curve)
