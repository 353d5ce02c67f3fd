"""A user's build function: asked for values, counted, built again from them, and trained by what it was compiled with."""

import random
import re
from functools import partial
from typing import Any

import numpy as np
import pytest
from small_works import assert_same, untimed, work

from nas.architecture import Factory, Fixed, measure
from nas.architecture.suggest import Value
from nas.errors import SpaceError, TrainingError
from nas.training.declared import Declared, Wanted, draw
from nas.training.module_source import builds_keras, module_source, source_sha256
from nas.training.plan import COMPILED, NOTEBOOK
from nas.training.trainer import predict, train_one, weights_seed
from nas.training.work import Segment

pytestmark = [pytest.mark.keras, pytest.mark.slow]

CNN: dict[str, Value] = {"kind": "cnn", "activation": "relu", "kind=cnn/blocks": 2, "kind=cnn/width_0": 4, "kind=cnn/width_1": 2}
CNN |= {"kind=cnn/width": 8, "dropout": True, "rate": 0.25, "learning_rate": 0.05}
MLP: dict[str, Value] = {"kind": "mlp", "activation": "tanh", "kind=mlp/hidden": 7, "dropout": False, "learning_rate": 0.05}


def made(name: str, choices: dict[str, Value], *, classes: int = 10) -> Factory:
    """What a function of `tuned` builds of these choices."""
    from nas.training.hypermodel import count

    wanted = Wanted(f"tuned:{name}", source_sha256("tuned"), (28, 28, 1), classes)
    return count(wanted, partial(draw, trial=Fixed(choices)), values={})


def built(factory: Factory, **how: Any) -> Any:
    from nas.training.build import build

    return build(factory, **how)


def weights(model: Any) -> list[Any]:
    return [np.asarray(variable) for variable in model.variables]


def test_a_build_is_asked_for_what_it_comes_to_need_and_nothing_else() -> None:
    from nas.training.hypermodel import count

    asked: list[Declared] = []

    def ask(declared: Declared) -> Value:
        asked.append(declared)
        return draw(declared, Fixed(MLP))

    factory = count(Wanted("tuned:Tutorial", source_sha256("tuned"), (28, 28, 1), 10), ask, values={})
    assert [one.name for one in asked] == list(MLP)
    assert dict(factory.values) == {
        "shrink": 2,
        "kind": "mlp",
        "activation": "tanh",
        "hidden": 7,
        "dropout": False,
        "learning_rate": 0.05,
    }
    assert (factory.compiled, factory.outputs, factory.failure) == (True, "probabilities", None)


@pytest.mark.parametrize("choices", [CNN, MLP], ids=["cnn", "mlp"])
@pytest.mark.parametrize("name", ["Tutorial", "instance"])
def test_what_is_counted_is_what_a_worker_builds(name: str, choices: dict[str, Value]) -> None:
    factory = made(name, choices)
    assert measure(factory).parameters == built(factory, seed=3).count_params()
    assert Factory.model_validate_json(factory.model_dump_json()) == factory


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("own_step", "its model overrides train_step, which a search leaves out since it trains by itself"),
        ("five_classes", "its model gives 5 values for an image, but the data has 10 classes"),
        (
            "squared",
            r"its model is compiled with the loss mean_squared_error; a search takes \(sparse\) categorical .*",
        ),
        ("no_model", "tuned:no_model returned a int; a build function returns a Keras model"),
        ("wrong_pixels", "ValueError: .*[^.]"),
        ("two_outputs", "its model gives a list of 2 for an image, and a classifier gives one output"),
        ("sometimes", "ValueError: no window of 40"),
    ],
)
def test_what_cannot_be_trained_is_a_factory_that_says_why(name: str, reason: str) -> None:
    factory = made(name, {"nothing": 2, "size": 40})
    assert (factory.layers, measure(factory).parameters) == ((), 0)
    assert factory.failure is not None
    assert re.fullmatch(reason, factory.failure)


def test_a_hypermodel_that_trains_by_itself_is_refused() -> None:
    with pytest.raises(SpaceError, match=r"^tuned:OwnFit overrides fit, which a search leaves out since it trains"):
        made("OwnFit", {})


def test_a_build_that_gives_another_model_than_it_was_counted_as_is_refused() -> None:
    factory = made("Tutorial", MLP)
    other = factory.model_copy(update={"values": {**factory.values, "hidden": 9}})
    with pytest.raises(TrainingError, match="parameters from values that gave"):
        built(other)
    forgotten = factory.model_copy(update={"values": {**factory.values, "kind": "cnn"}})
    with pytest.raises(TrainingError, match=r"^The hyperparameter kind=cnn/blocks was not there when the network was counted"):
        built(forgotten)
    changed = factory.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(SpaceError, match=r"^The source of tuned has changed since its networks were counted"):
        built(changed)


def test_weights_are_a_function_of_the_seed_and_leave_other_generators_alone() -> None:
    factory = made("build_model", {"filters": 4})
    random.seed(1)
    before = random.getstate()
    one, same, other = (weights(built(factory, seed=seed)) for seed in (7, 7, 8))
    assert random.getstate() == before
    for ours, theirs in zip(one, same, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not np.array_equal(one[0], other[0])


@pytest.fixture(scope="module")
def stateful() -> Factory:
    return made("build_model", {"filters": 4})


@pytest.fixture(scope="module")
def whole(stateful: Factory) -> Segment:
    return train_one(work(stateful, plan=COMPILED, until_epoch=2))


def test_one_and_one_epoch_are_two_bit_for_bit(stateful: Factory, whole: Segment) -> None:
    first = train_one(work(stateful, plan=COMPILED))
    train_one(work(made("sometimes", {"size": 2})))  # not compiled; after it the other is built and traced again
    rest = train_one(work(stateful, plan=COMPILED, until_epoch=2, checkpoint=first.checkpoint))
    assert untimed(first.curve + rest.curve) == untimed(whole.curve)
    assert_same(rest.checkpoint, whole.checkpoint)


def test_its_own_compile_is_respected_unless_a_recipe_is_given() -> None:
    from nas.training.objective import objective, takes_plain_steps

    factory = made("Tutorial", MLP)
    model = built(factory, logits=True)
    own, ours = (objective(factory, plan, model, images=1_000).optimizer for plan in (COMPILED, NOTEBOOK))
    assert [type(own).__name__, float(own.learning_rate), own.momentum] == ["SGD", pytest.approx(0.05), 0.9]
    assert [type(ours).__name__, float(ours.learning_rate)] == ["Adam", pytest.approx(0.001)]
    clipped = made("penalised", {"strength": 0.0, "clip": 1.0})
    nadam = made("held", {"optimizer": "nadam"})
    others = [built(one, logits=True).optimizer for one in (clipped, nadam)]
    assert [takes_plain_steps(one) for one in (own, ours, *others)] == [True, True, False, False]


def test_penalties_clipping_and_labels_of_its_own_count() -> None:
    def trained(**choices: Value) -> Any:
        return train_one(work(made("penalised", choices), plan=COMPILED))

    free, held, still = trained(strength=0.0, clip=1.0), trained(strength=1.0, clip=1.0), trained(strength=0.0, clip=1e-9)
    norms = [np.linalg.norm(one.checkpoint.arrays["model/0"]) for one in (free, held)]
    assert norms[1] < 0.7 * norms[0]
    assert free.curve[0].val_loss < still.curve[0].val_loss - 0.1
    assert free.curve[0].val_loss > 0.3  # smoothed labels leave a loss, whatever is predicted


@pytest.mark.parametrize("optimizer", ["nadam", "sgd"])
def test_constraints_hold_and_weights_that_do_not_count_stay(optimizer: str) -> None:
    factory = made("held", {"optimizer": optimizer})
    whole = train_one(work(factory, plan=COMPILED, until_epoch=2))
    assert whole.failure is None
    spare, kernel = (whole.checkpoint.arrays[f"model/{index}"] for index in (0, 1))
    np.testing.assert_array_equal(spare, np.asarray(weights(built(factory, seed=weights_seed(work(factory).seed)))[0]))
    np.testing.assert_allclose(np.linalg.norm(kernel, axis=0), 1, atol=1e-3)
    assert whole.curve[1].val_loss < whole.curve[0].val_loss
    first = train_one(work(factory, plan=COMPILED))
    train_one(work(made("penalised", {"strength": 0.0, "clip": 1.0}), plan=COMPILED))  # forgets what was traced
    rest = train_one(work(factory, plan=COMPILED, until_epoch=2, checkpoint=first.checkpoint))
    assert_same(rest.checkpoint, whole.checkpoint)


def test_predictions_are_probabilities_whatever_a_model_ends_in(stateful: Factory, whole: Segment) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 1), np.uint8)
    found = predict(stateful, COMPILED, whole.checkpoint, images)
    assert stateful.outputs == "logits"
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    assert (found > 0).all()


def test_a_source_tells_what_builds_keras_without_running() -> None:
    source = module_source("tuned") or b""
    names = ("Tutorial", "OwnFit", "instance", "build_model", "PIXELS", "absent", "layers")
    assert [builds_keras(source, name) for name in names] == [True, True, True, True, True, False, True]
    ours = b"def space(trial, task): ...\ndef smallest(task, *, size=1): ...\nother = space"
    assert [builds_keras(ours, name) for name in ("space", "other")] == [False, False]
