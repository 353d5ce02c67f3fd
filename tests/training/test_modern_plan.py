"""What a plan with a schedule, averaged weights and varied images does, and that the laws hold for it as for any other."""

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from small_works import BASELINES, STATEFUL, assert_same, untimed, work

from nas.data import load
from nas.training.build import build
from nas.training.plan import NOTEBOOK, Augmentation, TrainingPlan
from nas.training.plan_files import find_plan
from nas.training.schedule import learning_rates
from nas.training.trainer import epoch_order, predict, restore_weights, train_one, weights_seed
from nas.training.work import Segment, Work

pytestmark = [pytest.mark.keras, pytest.mark.slow]

MODERN = find_plan("modern").model_copy(update={"epochs": 3})
STILL = MODERN.model_copy(update={"augmentation": None})
IMAGES = 1_600
"""Training images of the small data set: 13 steps an epoch, the last a smaller batch."""


def _work(plan: TrainingPlan = MODERN, *, seed: int = 5, until_epoch: int = 3) -> Work:
    return work(STATEFUL, plan=plan, seed=seed, until_epoch=until_epoch)


@pytest.fixture(scope="module")
def whole() -> Segment:
    return train_one(_work())


@pytest.fixture(scope="module")
def process() -> Iterator[Executor]:
    with ProcessPoolExecutor(1, get_context("spawn")) as started:
        yield started


def test_the_rate_rises_from_the_first_step_and_falls_to_zero() -> None:
    rates = learning_rates(MODERN, images=IMAGES)
    assert len(rates) == 3 * 13
    assert rates[0] == pytest.approx(MODERN.learning_rate / 20)  # 1.5 epochs of 13 steps, rounded
    assert rates.argmax() in {19, 20}
    assert rates.max() == pytest.approx(MODERN.learning_rate)
    assert np.all(np.diff(rates[:20]) > 0)
    assert np.all(np.diff(rates[20:]) < 0)
    assert 0 < rates[-1] < MODERN.learning_rate / 100


def test_after_the_warm_up_it_is_keras_own_cosine() -> None:
    import keras

    cosine = keras.optimizers.schedules.CosineDecay(MODERN.learning_rate, 3 * 13 - 20)
    theirs = [float(cosine(step)) for step in range(3 * 13 - 20)]
    assert learning_rates(MODERN, images=IMAGES)[20:].tolist() == pytest.approx(theirs, abs=1e-8)


def test_a_constant_rate_may_have_a_warm_up_of_less_than_an_epoch() -> None:
    plan = TrainingPlan(name="gentle", warmup_epochs=0.25, batch_size=100)
    assert learning_rates(plan, images=IMAGES)[:5] == pytest.approx([0.00025, 0.0005, 0.00075, 0.001, 0.001])


def test_segments_and_another_seed_in_between_change_nothing(whole: Segment) -> None:
    first = train_one(_work(until_epoch=1))
    between = train_one(_work(seed=6, until_epoch=2))
    rest = train_one(replace(_work(), checkpoint=first.checkpoint))
    assert untimed(first.curve + rest.curve) == untimed(whole.curve)
    assert_same(rest.checkpoint, whole.checkpoint)
    assert untimed(between.curve)[0] != untimed(first.curve)[0]


def test_what_is_gone_on_with_in_another_process_is_the_same(whole: Segment, process: Executor) -> None:
    first = train_one(_work(until_epoch=2))
    rest = process.submit(train_one, replace(_work(), checkpoint=first.checkpoint)).result()
    assert untimed(first.curve + rest.curve) == untimed(whole.curve)
    assert_same(rest.checkpoint, whole.checkpoint)


def test_another_seed_on_the_same_graph_trains_as_in_a_process_of_its_own(process: Executor) -> None:
    ours = [train_one(_work(seed=seed, until_epoch=1)) for seed in (5, 7)][-1]
    alone = process.submit(train_one, _work(seed=7, until_epoch=1)).result()
    assert untimed(ours.curve) == untimed(alone.curve)
    assert_same(ours.checkpoint, alone.checkpoint)


def test_data_larger_than_memory_are_varied_just_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    resident = train_one(_work(until_epoch=1))
    train_one(work(BASELINES["basic"]))  # or the same runner would be used again
    monkeypatch.setattr("nas.training.tensorflow_runner.RESIDENT_BYTES", 300 * 28 * 28)
    assert_same(train_one(_work(until_epoch=1)).checkpoint, resident.checkpoint)


def test_adamw_with_its_schedule_smoothing_and_average_is_what_fit_makes_of_it() -> None:
    import keras

    network, data = BASELINES["model-1"], load(work().data)
    trained = train_one(work(network, plan=STILL, until_epoch=2))
    images, labels = data.train_images / np.float32(255), keras.utils.to_categorical(data.train_labels, 10)
    model = build(network, seed=weights_seed(5))
    optimizer = keras.optimizers.AdamW(1.0, weight_decay=STILL.weight_decay, use_ema=True, ema_momentum=STILL.ema_momentum)
    model.compile(optimizer=optimizer, loss=keras.losses.CategoricalCrossentropy(label_smoothing=STILL.label_smoothing))
    rates = learning_rates(STILL, images=IMAGES).tolist()
    for epoch in (1, 2):
        order, losses = epoch_order(IMAGES, seed=5, epoch=epoch), []
        for start in range(0, IMAGES, 128):
            optimizer.learning_rate.assign(rates.pop(0))
            rows = order[start : start + 128]
            losses.append(float(model.train_on_batch(images[rows], labels[rows])) * len(rows))
            model.reset_metrics()
        assert trained.curve[epoch - 1].train_loss == pytest.approx(sum(losses) / IMAGES, abs=1e-5)
    raw = [np.asarray(variable) for variable in model.trainable_variables]
    for index, (weight, variable) in enumerate(zip(raw, model.trainable_variables, strict=True)):
        np.testing.assert_allclose(
            trained.checkpoint.arrays[f"raw/{index}"].astype(np.float32), weight, rtol=0, atol=1e-4, err_msg=variable.name
        )
    optimizer.finalize_variable_values(model.trainable_variables)
    ours = build(network)
    restore_weights(ours, trained.checkpoint)
    for mine, theirs in zip(ours.variables, model.variables, strict=True):
        np.testing.assert_allclose(np.asarray(mine), np.asarray(theirs), rtol=0, atol=1e-4)


def test_the_averaged_weights_are_those_that_are_judged(whole: Segment) -> None:
    arrays, data = whole.checkpoint.arrays, load(work().data)
    assert any(not np.array_equal(arrays[f"model/{index}"], arrays[f"raw/{index}"]) for index in range(2))
    right = predict(STATEFUL, MODERN, whole.checkpoint, data.val_images).argmax(axis=1) == data.val_labels
    assert right.mean() == pytest.approx(whole.curve[-1].val_accuracy)


def test_a_plain_plan_keeps_no_more_than_it_did() -> None:
    arrays = train_one(work(BASELINES["basic"], plan=NOTEBOOK, until_epoch=1)).checkpoint.arrays
    owners = [name.partition("/")[0] for name in arrays]
    assert (owners.count("model"), owners.count("optimizer"), len(owners)) == (2, 6, 8)  # steps, rate, two moments a weight


def test_images_are_varied_by_seed_epoch_and_step_and_in_training_alone() -> None:
    from nas.training.augmenting import make_augmenter, reseed

    augmenter = make_augmenter(Augmentation(), input_shape=(28, 28, 1))
    batch = load(work().data).train_images[:8] / np.float32(255)

    def drawn(seed: int, epoch: int) -> list[np.ndarray]:
        reseed(augmenter, seed=seed, epoch=epoch)
        return [np.asarray(augmenter(batch, training=True)) for _ in range(2)]

    (first, second), again, later, other = drawn(5, 1), drawn(5, 1), drawn(5, 2), drawn(6, 1)
    np.testing.assert_array_equal([first, second], again)
    for one in (second, later[0], later[1], other[0], other[1], batch):
        assert np.abs(first - one).mean() > 0.01
    np.testing.assert_array_equal(np.asarray(augmenter(batch, training=False)), batch)
    assert first.shape == batch.shape
    assert first.dtype == np.dtype("float32")
    assert np.abs(first[0] - batch[0]).mean() != np.abs(first[1] - batch[1]).mean()


def _moved(images: np.ndarray, *, shift: tuple[float, float] = (0, 0), turn: float = 0, zoom: float = 1) -> np.ndarray:
    from keras import ops

    from nas.training.augmenting import transforms

    each = np.ones(len(images), np.float32)
    moved = transforms(
        images.shape[1:3], shift=(shift[0] * each, shift[1] * each), turn=np.float32(turn) * each, zoom=np.float32(zoom) * each
    )
    return np.asarray(ops.image.affine_transform(images, moved, fill_mode="nearest", data_format="channels_last"))


def test_images_are_shifted_down_and_to_the_right_and_turned_clockwise() -> None:
    images = load(work().data).train_images[:3] / np.float32(255)
    shifted = _moved(images, shift=(2, 5))
    np.testing.assert_allclose(shifted[:, 2:, 5:], images[:, :-2, :-5], atol=1e-5)
    np.testing.assert_allclose(shifted[:, 0], shifted[:, 2], atol=1e-5)  # it goes on as its border does
    np.testing.assert_allclose(_moved(images, turn=np.pi / 2), np.rot90(images, k=-1, axes=(1, 2)), atol=1e-4)
    np.testing.assert_allclose(_moved(images), images, atol=1e-6)


def test_shift_turn_and_zoom_together_are_one_interpolation() -> None:
    from scipy.ndimage import affine_transform

    images = np.random.default_rng(0).random((2, 12, 17, 1), np.float32)
    turn, zoom, shift = 0.3, 1.2, (1.5, -2.25)
    matrix = zoom * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])  # from new (y, x) to old
    middle = np.array([5.5, 8.0])
    for image, ours in zip(images, _moved(images, shift=shift, turn=turn, zoom=zoom), strict=True):
        theirs = affine_transform(image[..., 0], matrix, offset=middle - shift - matrix @ middle, order=1, mode="nearest")
        np.testing.assert_allclose(ours[..., 0], theirs, atol=1e-4)


def test_no_image_is_varied_further_than_the_plan_says(monkeypatch: pytest.MonkeyPatch) -> None:
    from nas.training import augmenting

    given: list[dict[str, np.ndarray]] = []
    transforms = augmenting.transforms

    def seen(size: tuple[int, int], **drawn: Any) -> np.ndarray:
        given.append({name: np.asarray(values) for name, values in drawn.items()})
        return np.asarray(transforms(size, **drawn))

    monkeypatch.setattr(augmenting, "transforms", seen)
    plan = Augmentation(strength=0.5, translation=0.2, rotation=20, zoom=0.3)
    augmenter = augmenting.make_augmenter(plan, input_shape=(10, 20, 1))
    augmenting.reseed(augmenter, seed=1, epoch=1)
    augmenter(np.zeros((4_000, 10, 20, 1), np.float32), training=True)
    (drawn,) = given
    for values, most in (
        (drawn["shift"][0], 1.0),
        (drawn["shift"][1], 2.0),
        (drawn["turn"], np.radians(10)),
        (drawn["zoom"] - 1, 0.15),
    ):
        assert 0.99 * most < np.abs(values).max() <= most * (1 + 1e-5)
        assert abs(values.mean()) < 0.05 * most
        assert values.std() == pytest.approx(most / np.sqrt(3), rel=0.05)  # drawn uniformly


def test_a_stronger_augmentation_goes_further() -> None:
    from nas.training.augmenting import make_augmenter, reseed

    batch = load(work().data).train_images[:64] / np.float32(255)
    away = []
    for strength in (0.1, 1.0):
        augmenter = make_augmenter(Augmentation(strength=strength, rotation=0), input_shape=(28, 28, 1))
        reseed(augmenter, seed=1, epoch=1)
        away.append(float(np.abs(np.asarray(augmenter(batch, training=True)) - batch).mean()))
    assert away[0] < away[1] / 3
