"""What a program hands over instead of naming it: networks, spaces and images that it holds."""

import sys
from pathlib import Path
from types import ModuleType

import keras
import numpy as np
import pytest

import nas
from nas.architecture import Architecture, Dense, Flatten
from nas.baselines import baselines
from nas.data import describe, find
from nas.errors import ArchitectureError, DataError, SpaceError
from nas.evaluation.replay import TASK
from nas.library.own import data_name, network_of, own_networks, space_name
from nas.training.build import build

SMALL = Architecture(input_shape=(28, 28, 1), layers=(Flatten(), Dense(units=10, activation="softmax")))
IMAGES = np.random.default_rng(0).integers(0, 256, (60, 4, 4), np.uint8)
LABELS = np.arange(60) % 3

pytestmark = pytest.mark.keras


def few(trial: object, task: object) -> Architecture:
    return SMALL


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAS_CACHE", str(tmp_path / "cache"))


def test_a_built_model_costs_what_its_layers_cost() -> None:
    model_5 = baselines(TASK)["model-5"]
    found = nas.measure(build(model_5), budget=6_831)
    assert (found.name, found.architecture, found.parameters, found.fits) == ("network", model_5, 6_831, True)


def test_networks_are_called_by_file_model_or_the_name_they_are_given_by(tmp_path: Path) -> None:
    file = tmp_path / "from file.json"
    file.write_text(SMALL.canonical_json)
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(layers, name="model-2")
    assert own_networks([file, model, SMALL]) == {"from-file": SMALL, "my-model-2": SMALL, "mine": SMALL}
    assert own_networks(file) == {"from-file": SMALL}
    assert own_networks({"the first": SMALL, "second": str(file)}) == {"the-first": SMALL, "second": SMALL}
    assert network_of("model-5") == ("model-5", baselines(TASK)["model-5"])


def test_what_is_no_network_and_two_of_one_name_are_refused() -> None:
    with pytest.raises(ArchitectureError, match=r"^A network is given by name, as a file, .* not as int\.$"):
        own_networks([3])
    with pytest.raises(ArchitectureError, match=r"^Two of your networks would be called mine in tables; give them as \{name: "):
        own_networks([SMALL, SMALL])
    with pytest.raises(ArchitectureError, match=r"^Two of your networks would be called a-b in tables"):
        own_networks({"a b": SMALL, "a-b": SMALL})


def test_a_modules_function_is_a_space_by_its_name() -> None:
    assert space_name(few) == f"{__name__}:few"
    assert space_name("compact") == "compact"


def test_a_function_that_a_study_could_not_find_again_is_no_space(monkeypatch: pytest.MonkeyPatch) -> None:
    script = ModuleType("__main__")
    exec("def of_a_cell(trial, task): ...", script.__dict__)
    monkeypatch.setitem(sys.modules, "__main__", script)
    for space in (script.of_a_cell, lambda trial, task: SMALL):
        with pytest.raises(SpaceError, match=r"cannot be found again .* put it into a file such as my_space\.py, and import it"):
            space_name(space)


@pytest.mark.parametrize("nested", [False, True], ids=["four arrays", "two pairs"])
def test_arrays_become_a_data_set_that_is_called_by_its_content(own_cache: None, *, nested: bool) -> None:
    train, test = (IMAGES[:45], LABELS[:45]), (IMAGES[45:], LABELS[45:])
    name = data_name((train, test) if nested else (*train, *test))
    assert name.startswith("arrays@")
    found = describe(find(name))
    assert (found.input_shape, found.training + found.validation, found.test) == ((4, 4, 1), 45, 15)
    assert data_name((*train, *test)) == name


def test_without_test_images_some_are_set_aside(own_cache: None) -> None:
    found = describe(find(data_name((IMAGES, LABELS))))
    assert (found.training + found.validation, found.test) == (48, 12)


def test_arrays_that_do_not_belong_together_are_refused_in_a_sentence(own_cache: None) -> None:
    with pytest.raises(DataError, match=r"^3 arrays came; give \(x_train, y_train\) or "):
        data_name((IMAGES, LABELS, IMAGES))
    with pytest.raises(DataError, match="y_train"):
        data_name((IMAGES, LABELS[:7]))
