"""The six hand-designed networks, with the figures that the issue lists."""

import pytest

from nas.architecture import Task, measure
from nas.baselines import DECLARED_BEST, NAMES, baselines, printed

_MNIST = Task(input_shape=(28, 28, 1), classes=10)

_TABLE = [
    ("basic", 20, (0.1159, 2.3008), (0.1060, 2.3021), (0.1135, 2.3012)),
    ("model-1", 5_338, (0.9844, 0.0522), (0.9793, 0.0673), (0.9822, 0.0568)),
    ("model-2", 6_831, (0.9927, 0.0247), (0.9867, 0.0451), (0.9895, 0.0347)),
    ("model-3", 1_818, (0.9604, 0.1317), (0.9589, 0.1314), (0.9619, 0.1197)),
    ("model-4", 6_505, (0.9843, 0.0514), (0.9801, 0.0693), (0.9813, 0.0595)),
    ("model-5", 6_831, (0.9850, 0.0502), (0.9843, 0.0568), (0.9860, 0.0443)),
]
"""Name, parameters, and (accuracy, loss) of training and validation at epoch 15 and on the test images."""

_LAYERS = {
    "basic": "max_pooling2d flatten dense",
    "model-1": "conv2d max_pooling2d flatten dense",
    "model-2": "conv2d max_pooling2d conv2d max_pooling2d flatten dense",
    "model-3": "conv2d max_pooling2d conv2d max_pooling2d conv2d max_pooling2d flatten dense",
    "model-4": "conv2d max_pooling2d conv2d max_pooling2d flatten dense dense",
    "model-5": "conv2d average_pooling2d conv2d average_pooling2d flatten dense",
}


def test_there_are_six_in_the_notebooks_order() -> None:
    names = tuple(row[0] for row in _TABLE)
    assert names == NAMES
    assert tuple(baselines(_MNIST)) == names
    assert tuple(printed()) == names
    assert DECLARED_BEST == "model-5"


@pytest.mark.parametrize(("name", "parameters", "train", "val", "test"), _TABLE, ids=NAMES)
def test_the_printed_figures_are_those_of_the_table(
    name: str, parameters: int, train: tuple[float, float], val: tuple[float, float], test: tuple[float, float]
) -> None:
    figures = printed()[name]
    assert figures.parameters == parameters
    assert (figures.train_accuracy[-1], figures.train_loss[-1]) == train
    assert (figures.val_accuracy[-1], figures.val_loss[-1]) == val
    assert (round(figures.test_accuracy, 4), round(figures.test_loss, 4)) == test


@pytest.mark.parametrize("name", NAMES)
def test_a_curve_has_fifteen_epochs_of_shares_and_losses(name: str) -> None:
    figures = printed()[name]
    for accuracies in (figures.train_accuracy, figures.val_accuracy):
        assert len(accuracies) == 15
        assert all(0 < accuracy < 1 for accuracy in accuracies)
    for losses in (figures.train_loss, figures.val_loss):
        assert len(losses) == 15
        assert all(0 < loss < 3 for loss in losses)


@pytest.mark.parametrize(("name", "parameters"), [row[:2] for row in _TABLE], ids=NAMES)
def test_a_network_has_the_layers_and_the_parameters_that_were_printed(name: str, parameters: int) -> None:
    architecture = baselines(_MNIST)[name]
    assert " ".join(layer.kind for layer in architecture.layers) == _LAYERS[name]
    assert measure(architecture).parameters == parameters


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ((28, 28, 1), NAMES),
        ((32, 32, 3), NAMES),
        ((25, 25, 1), ("basic", "model-1", "model-2", "model-4", "model-5")),
        ((8, 8, 1), ("basic", "model-1")),
        ((6, 28, 1), ("basic",)),
        ((1, 1, 1), ("basic",)),
    ],
    ids=str,
)
def test_a_small_image_leaves_the_networks_that_fit_it(shape: tuple[int, int, int], names: tuple[str, ...]) -> None:
    assert tuple(baselines(Task(input_shape=shape, classes=10))) == names


def test_the_basic_network_pools_any_image_to_one_value_a_channel() -> None:
    basic = baselines(Task(input_shape=(20, 24, 3), classes=7))["basic"]
    assert basic.shapes == ((1, 1, 3), (3,), (7,))
