"""A network of one's own is read as data, or made in a process of its own; whatever is wrong with it is one sentence."""

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import hostile
import pytest
from hostile import SMALL

from nas.architecture import Architecture, Conv2D, Task
from nas.baselines import NAMES, baselines
from nas.errors import ArchitectureError
from nas.evaluation import own_network
from nas.evaluation.own_network import find_own_network, find_own_networks, require_match

TASK = Task(input_shape=(28, 28, 1), classes=10)
CONFIG = json.dumps(hostile.CONFIG)
Write = Callable[[str], str]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def module(tmp_path: Path) -> Write:
    """Writes the module `nets_here` into the folder where the test stands."""

    def write(source: str) -> str:
        (tmp_path / "nets_here.py").write_text(dedent(source))
        return "nets_here:mine"

    return write


def pack(name: str, text: str = CONFIG, *, method: int = zipfile.ZIP_STORED) -> Path:
    return hostile.pack(Path(name), text, method=method)


def refusal(text: str | Path) -> str:
    with pytest.raises(ArchitectureError) as refused:
        find_own_network(str(text))
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")  # Keras's, when it saves
def test_a_file_saved_by_keras_is_the_network_that_was_saved(tmp_path: Path) -> None:
    from nas.training.build import build

    network = baselines(TASK)["model-2"]
    model: Any = build(network)
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    model.save(tmp_path / "mine.keras")
    assert find_own_network("mine.keras") == ("mine", network)


def test_an_architectures_file_is_read_as_before() -> None:
    Path("best.json").write_text(SMALL.canonical_json)
    assert find_own_network("best.json") == ("best", SMALL)
    assert refusal("missing.json") == "The architecture missing.json cannot be read (No such file or directory)."


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
def test_a_keras_file_is_read_from_any_folder(method: int) -> None:
    Path("folder").mkdir()
    assert find_own_network(str(pack("folder/mine.keras", method=method))) == ("mine", SMALL)


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("mine", "mine"),
        ("Mine_2.1-b", "Mine_2.1-b"),
        ("my net (1)", "my-net-1"),
        ("größer", "gr-er"),
        ("--", "network"),
        ("..hidden", "hidden"),
        *((name, f"my-{name}") for name in NAMES),
    ],
)
def test_a_table_can_hold_the_name_beside_the_hand_designed_ones(stem: str, name: str) -> None:
    Path(f"{stem}.json").write_text(SMALL.canonical_json)
    assert find_own_network(f"{stem}.json") == (name, SMALL)


def test_what_a_model_has_and_ours_do_not_is_refused_under_the_files_name() -> None:
    pack("mine.keras", CONFIG.replace('"units": 3', '"units": 3, "trainable": false'))
    assert refusal("mine.keras") == "The Dense layer 'dense' of mine.keras has trainable False; only True is possible here."


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    trap = f"__import__('pathlib').Path({str(tmp_path / 'sprung')!r}).touch()"
    layer = {"module": "builtins", "class_name": "eval", "config": {"name": trap}, "registered_name": "eval"}
    spelled = json.loads(CONFIG)
    spelled["config"]["layers"][1] = layer
    pack("mine.keras", json.dumps(spelled))
    assert refusal("mine.keras").startswith("The eval layer ")
    assert not (tmp_path / "sprung").exists()


def test_a_folder_and_a_missing_file_are_refused() -> None:
    Path("folder.keras").mkdir()
    assert refusal("folder.keras") == "The file folder.keras cannot be read (Is a directory)."
    assert refusal("missing.keras") == "The file missing.keras cannot be read (No such file or directory)."


def test_what_is_none_of_the_three_is_told_the_three() -> None:
    assert refusal("mine.onnx") == (
        "There is no network 'mine.onnx'; give an architecture's .json file, a .keras file, or module:function."
    )


@pytest.mark.parametrize("text", hostile.PATHS)
def test_a_path_that_nothing_is_opened_for_is_refused(text: str) -> None:
    assert refusal(text).startswith(f"{text} is ")


KERAS_FUNCTION = """
    import os
    import sys
    from nets_beside import CLASSES

    import keras
    from keras import layers

    print("a remark")
    os.write(1, b"another")

    def mine():
        print("a third", file=sys.__stdout__)
        image = keras.Input((2, 2, 1))
        return keras.Model(image, layers.Dense(CLASSES)(layers.Flatten()(image)))
"""


@pytest.mark.slow
def test_a_function_in_the_current_folder_gives_its_model(module: Write) -> None:
    Path("nets_beside.py").write_text("CLASSES = 3")
    assert find_own_network(module(KERAS_FUNCTION)) == ("mine", SMALL)
    assert {"nets_here", "nets_beside"}.isdisjoint(sys.modules)


@pytest.mark.slow
def test_a_model_of_no_known_class_is_refused(module: Write) -> None:
    source = """
        import keras

        class Mine(keras.Model):
            def get_config(self):
                return {}

        mine = Mine
    """
    expected = "nets_here:mine holds a model of the class Mine; only Sequential and Functional models of Keras 3 can be read."
    assert refusal(module(source)) == expected


FAILURES = {
    "an import": (
        "import no_such_package",
        "The module 'nets_here' of nets_here:mine cannot be imported (ModuleNotFoundError: No",
    ),
    "its syntax": ("def mine(:", "The module 'nets_here' of nets_here:mine cannot be imported (SyntaxError: invalid syntax"),
    "two lines": (
        "raise ValueError('one\\ntwo')",
        "The module 'nets_here' of nets_here:mine cannot be imported (ValueError: one).",
    ),
    "an exit": ("raise SystemExit(3)", "The module 'nets_here' of nets_here:mine cannot be imported (SystemExit: 3)."),
    "another name": ("yours = dict", "The module nets_here has no function 'mine'; a network's function takes no arguments and"),
    "a number": ("mine = 3", "The module nets_here has no function 'mine'; a network's function takes no arguments and returns"),
    "arguments": ("def mine(units): pass", "The function nets_here:mine failed (TypeError: mine() missing 1 required positional"),
    "an error": ("def mine(): 1 / 0", "The function nets_here:mine failed (ZeroDivisionError: division by zero); it takes no"),
    "nothing": (
        "def mine(): pass",
        "The function nets_here:mine returned a NoneType; it takes no arguments and returns a Keras model.",
    ),
    "a remark": ("print('see', flush=True)\ndef mine(): pass", "The function nets_here:mine returned a NoneType; it takes no"),
    "a class": (
        "class mine: pass",
        "The function nets_here:mine returned a nets_here.mine; it takes no arguments and returns a Keras",
    ),
    "a death": (
        "import os; os._exit(7)",
        "The function nets_here:mine ended its process with exit code 7 instead of returning a",
    ),
}


@pytest.mark.parametrize(("source", "message"), FAILURES.values(), ids=FAILURES)
def test_a_function_that_gives_no_model_says_why(module: Write, source: str, message: str) -> None:
    assert refusal(module(source)).startswith(message)


def test_modules_beside_it_do_not_come_before_those_that_the_call_needs(module: Write) -> None:
    Path("json.py").write_text("raise ValueError('not this one')")
    assert refusal(module("def mine(): pass")).startswith("The function nets_here:mine returned a NoneType;")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no_such_module:mine", "The module 'no_such_module' of no_such_module:mine cannot be imported (ModuleNotFoundError:"),
        (":mine", "The module '' of :mine cannot be imported (ValueError: Empty module name)."),
        ("json:", "The module json has no function ''; a network's function takes no arguments and returns a Keras model."),
        ("nets\0:mine", "The function 'nets\\x00:mine' cannot be called (embedded null byte)."),
    ],
    ids=["no module", "no module's name", "no function's name", "no text"],
)
def test_a_function_that_cannot_be_found_is_refused(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


def test_a_function_that_does_not_end_is_ended(module: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_network, "TIMEOUT_SECONDS", 0.3)
    assert refusal(module("import time; time.sleep(600)")) == (
        "The function nets_here:mine gave no model within 0.3 s; make it return one."
    )


def test_a_network_for_the_datas_images_and_classes_matches() -> None:
    for name, network in baselines(TASK).items():
        require_match(network, TASK, source=name)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        pytest.param(
            baselines(TASK.model_copy(update={"input_shape": (32, 32, 3)}))["model-1"],
            r"^mine takes images of 32×32×3, but the data's are 28×28×1; change the network's input or choose other data\.$",
            id="images",
        ),
        pytest.param(
            baselines(TASK.model_copy(update={"classes": 3}))["model-1"],
            r"^mine gives 3 values for an image, but the data has 10 classes; end it in 10 units or choose other data\.$",
            id="classes",
        ),
        pytest.param(
            Architecture(input_shape=(28, 28, 1), layers=(Conv2D(filters=10, kernel_size=(28, 28)),)),
            r"^mine gives 1×1×10 values for an image, but the data has 10 classes; end it in 10 units or choose other data\.$",
            id="an image",
        ),
    ],
)
def test_a_network_for_other_data_is_refused(network: Architecture, message: str) -> None:
    with pytest.raises(ArchitectureError, match=message):
        require_match(network, TASK, source="mine")


def test_two_networks_of_one_name_are_refused(tmp_path: Path) -> None:
    network = baselines(TASK)["model-1"]
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.json").write_text(network.canonical_json)
    paths = [str(tmp_path / folder / "mine.json") for folder in ("a", "b")]
    assert find_own_networks(paths[:1]) == {"mine": network}
    with pytest.raises(
        ArchitectureError, match=r"^Two of your networks would be called mine in tables; rename the file of one\.$"
    ):
        find_own_networks(paths)
