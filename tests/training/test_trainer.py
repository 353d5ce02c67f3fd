"""What a training does: as `fit` does it, whatever fits into memory, until the loss is no number."""

import numpy as np
import pytest
from small_works import BASELINES, STATEFUL, assert_same, untimed, work

from nas.architecture import Architecture
from nas.data import load
from nas.training.build import build
from nas.training.plan import NOTEBOOK, TrainingPlan
from nas.training.trainer import epoch_order, predict, probe, restore_weights, train_one, weights_seed
from nas.training.work import Segment

pytestmark = [pytest.mark.keras, pytest.mark.slow]

_MODEL_1 = BASELINES["model-1"]


@pytest.fixture(scope="module")
def trained() -> Segment:
    return train_one(work(_MODEL_1, until_epoch=2))


def test_a_training_is_what_fit_makes_of_the_same_weights_and_order(trained: Segment) -> None:
    import keras

    data, seed = load(work().data), work().seed
    images, labels = data.train_images / np.float32(255), keras.utils.to_categorical(data.train_labels, 10)
    model = build(_MODEL_1, seed=weights_seed(seed))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    for row in trained.curve:
        order = epoch_order(len(images), seed=seed, epoch=row.epoch)
        fitted = model.fit(images[order], labels[order], batch_size=128, shuffle=False, verbose=0).history
        assert row.train_loss == pytest.approx(fitted["loss"][0], abs=1e-5)
        assert row.train_accuracy == pytest.approx(fitted["accuracy"][0], abs=1e-6)
        loss, accuracy = model.evaluate(
            data.val_images / np.float32(255), keras.utils.to_categorical(data.val_labels, 10), verbose=0
        )
        assert row.val_loss == pytest.approx(loss, abs=1e-5)
        assert row.val_accuracy == pytest.approx(accuracy, abs=1e-6)
    ours = build(_MODEL_1)
    restore_weights(ours, trained.checkpoint)
    for mine, theirs in zip(ours.variables, model.variables, strict=True):
        np.testing.assert_allclose(np.asarray(mine), np.asarray(theirs), rtol=0, atol=1e-4)


def test_an_epoch_is_counted_from_one_and_takes_time(trained: Segment) -> None:
    assert [row.epoch for row in trained.curve] == [1, 2]
    assert all(row.seconds > 0 for row in trained.curve)
    assert trained.failure is None


@pytest.mark.parametrize(
    ("network", "resident_bytes"),
    [(_MODEL_1, 300 * 28 * 28), (STATEFUL, 300 * 28 * 28), (_MODEL_1, 1)],
    ids=["two batches a chunk", "two batches a chunk, with states", "one batch a chunk"],
)
def test_data_larger_than_memory_are_trained_on_just_the_same(
    network: Architecture, resident_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = train_one(work(network))
    monkeypatch.setattr("nas.training.tensorflow_runner.RESIDENT_BYTES", resident_bytes)
    chunked = train_one(work(network))
    assert_same(chunked.checkpoint, resident.checkpoint)
    for ours, theirs in zip(untimed(chunked.curve), untimed(resident.curve), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6)


def test_a_loss_that_is_no_number_ends_the_training_with_a_reason() -> None:
    plan = TrainingPlan(name="far too fast", learning_rate=1e30)
    segment = train_one(work(_MODEL_1, until_epoch=3, plan=plan))
    assert segment.failure == "the loss was no longer finite in epoch 1"
    assert segment.curve == ()
    assert segment.checkpoint.epoch == 0


def test_the_epochs_before_such_a_loss_are_kept() -> None:
    plan = TrainingPlan(name="too fast", learning_rate=1.5e35, batch_size=1_600)
    segment = train_one(work(BASELINES["basic"], until_epoch=15, plan=plan))
    assert 0 < len(segment.curve) < 15  # weights grow by the learning rate a step until sums overflow float32
    assert segment.failure == f"the loss was no longer finite in epoch {len(segment.curve) + 1}"
    assert segment.checkpoint.epoch == len(segment.curve)


def test_what_is_predicted_is_what_the_model_gives(trained: Segment) -> None:
    images = load(work().data).train_images[:1_001]  # one more than a batch
    model = build(_MODEL_1, seed=99)
    restore_weights(model, trained.checkpoint)
    predicted = predict(_MODEL_1, NOTEBOOK, trained.checkpoint, images)
    assert predicted.shape == (1_001, 10)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted, np.asarray(model(images / np.float32(255), training=False)), rtol=0, atol=1e-6)
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0, rtol=0, atol=1e-5)


@pytest.mark.parametrize("network", [_MODEL_1, STATEFUL], ids=["model-1", "with states"])
def test_predictions_are_right_as_often_as_the_curve_says(network: Architecture) -> None:
    segment, data = train_one(work(network)), load(work().data)
    right = predict(network, NOTEBOOK, segment.checkpoint, data.val_images).argmax(axis=1) == data.val_labels
    assert right.mean() == pytest.approx(segment.curve[-1].val_accuracy)


def test_mixed_precision_learns_with_weights_in_float32() -> None:
    plan = TrainingPlan(name="mixed", precision="bfloat16")
    segment = train_one(work(_MODEL_1, plan=plan, until_epoch=2))
    assert {array.dtype for name, array in segment.checkpoint.arrays.items() if array.ndim} == {np.dtype("float32")}
    assert segment.curve[1].train_loss < segment.curve[0].train_loss < 2.3
    assert predict(_MODEL_1, plan, segment.checkpoint, load(work().data).val_images[:3]).dtype == np.float32


def test_a_probe_tells_the_seconds_of_start_and_epoch_from_a_few_batches() -> None:
    pace = probe(work(_MODEL_1), batches=2)
    assert 0 < pace.epoch < 60
    assert 0 < pace.start < 60
