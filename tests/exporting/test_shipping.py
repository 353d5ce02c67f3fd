"""An export: every format computes what the network computes, the card says so, and the folder changes in one step."""

import os
import pickle
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from made_export import EVERY_KIND, made_release
from numpy.typing import NDArray

from nas.architecture import layers_of
from nas.data import load
from nas.errors import ExportError
from nas.exporting.c_source import array_in
from nas.exporting.card import CARD, PAGE, Evidence, ModelCard, read_card
from nas.exporting.checks import reference_outputs
from nas.exporting.litert_facts import read_litert_facts
from nas.exporting.making import ALL
from nas.exporting.released import Conversion, Released
from nas.exporting.shipping import Exported, choose_formats, export_network

pytestmark = [pytest.mark.keras, pytest.mark.slow]

_EVIDENCE = Evidence(score=0.875)
_WITHOUT_US = """
import sys
sys.modules["nas"] = None  # importing it is an error from here on
import numpy
"""
_KERAS = """
import keras, tensorflow
from pathlib import Path
outputs = keras.models.load_model(sys.argv[1] + "/model.keras")(images, training=False)
saved = tensorflow.saved_model.load(sys.argv[1] + "/saved_model")
numpy.testing.assert_array_equal(saved.serve(images), outputs)
exec(Path(sys.argv[1] + "/model.py").read_text())
print("COUNTED", model.count_params())
"""
_ONNX = (
    "import onnxruntime; session = onnxruntime.InferenceSession(sys.argv[1] + '/model.onnx');"
    " assert session.get_inputs()[0].shape == ['batch', 28, 28, 1], session.get_inputs()[0].shape;"
    " outputs, = session.run(None, {'image': images}); assert 'tensorflow' not in sys.modules"
)


def _export(released: Released, *formats: str, out: Path, conversion: Conversion | None = None) -> Exported:
    return export_network(
        released, _EVIDENCE, formats=formats, conversion=conversion or Conversion(), out=out, say=lambda _: None
    )


def _is_whole(folder: Path) -> ModelCard:
    """The card of an export in which every file is what the card says, and no other file lies."""
    card = read_card(folder)
    assert card is not None
    named = {name: digest for one in card.artifacts for name, digest in one.sha256.items()}
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert there.keys() == named.keys() | {CARD, PAGE}
    assert {name: sha256(there[name].read_bytes()).hexdigest() for name in named} == named
    return card


@pytest.fixture(scope="module")
def released() -> Released:
    return made_release()


@pytest.fixture(scope="module")
def exported(released: Released, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return _export(released, *ALL, out=tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module")
def rescaled(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    conversion = Conversion(include_rescaling=True, calibration_images=30, calibration_seed=4)
    formats = ("keras", "litert-int8", "onnx", "c")
    return _export(made_release(EVERY_KIND), *formats, out=tmp_path_factory.mktemp("exports"), conversion=conversion)


def test_every_format_lies_in_one_folder_with_its_card(exported: Exported) -> None:
    card = _is_whole(exported.folder)
    assert card == exported.card
    assert exported.folder.name == "made-trial-3"
    assert [one.format for one in card.artifacts] == list(ALL)
    assert [path.name for path in exported.folder.parent.iterdir()] == [exported.folder.name]


@pytest.mark.parametrize("which", ["exported", "rescaled"])
def test_every_format_computes_what_the_network_computes(which: str, request: pytest.FixtureRequest) -> None:
    card: ModelCard = request.getfixturevalue(which).card
    for one in card.artifacts:
        if one.check is None:
            assert one.format in {"c", "python"}
            continue
        assert one.check.images == one.check.val_images == 40
        assert one.latency_us
        assert one.latency_us > 1
        if one.format == "litert-int8":
            assert 0 < one.check.mean_distance < 0.05
        else:
            assert one.check.largest_difference < 1e-4
            assert one.check.equal_classes == 40


def _opened(export: Exported, program: str, *, folder: Path) -> tuple[NDArray[np.float32], str]:
    """What a program that knows nothing of this package answers to the validation images, and what it printed."""
    images = np.asarray(load(made_release().data).val_images).astype(np.float32)
    np.save(folder / "images.npy", images if export.card.conversion.include_rescaling else images / 255)
    source = f"{_WITHOUT_US}images = numpy.load(sys.argv[2])\n{program}\nnumpy.save(sys.argv[3], outputs)"
    files = (export.folder, folder / "images.npy", folder / "outputs.npy")
    command = [sys.executable, "-c", source, *map(str, files)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert ended.returncode == 0, ended.stderr
    outputs: NDArray[np.float32] = np.load(folder / "outputs.npy")
    assert np.ptp(outputs, axis=0).max() > 1e-3  # it does look at the images
    return outputs, ended.stdout


def test_keras_and_tensorflow_open_it_without_this_package(exported: Exported, released: Released, tmp_path: Path) -> None:
    outputs, printed = _opened(exported, _KERAS, folder=tmp_path)
    np.testing.assert_allclose(outputs, reference_outputs(released), rtol=0, atol=1e-6)
    assert printed.splitlines()[-1] == f"COUNTED {exported.card.parameters}"


@pytest.mark.parametrize("which", ["exported", "rescaled"])
def test_onnx_runtime_opens_it_without_this_package(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    export: Exported = request.getfixturevalue(which)
    outputs, _ = _opened(export, _ONNX, folder=tmp_path)
    np.testing.assert_allclose(outputs, reference_outputs(made_release(layers_of(export.card.network))), rtol=0, atol=1e-4)


def test_the_int8_file_is_int8_throughout(exported: Exported) -> None:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(exported.folder / "model_int8.tflite"))
    interpreter.allocate_tensors()
    kinds = {np.dtype(one["dtype"]).name for one in interpreter.get_tensor_details()}
    assert kinds <= {"int8", "int32"}  # sums and biases are int32
    assert interpreter.get_input_details()[0]["dtype"] is interpreter.get_output_details()[0]["dtype"] is np.int8
    kernels = [one for one in interpreter.get_tensor_details() if len(one["shape"]) == 4 and one["shape"][0] > 1]
    assert all(len(one["quantization_parameters"]["scales"]) == one["shape"][0] for one in kernels)  # one for each channel
    assert kernels


def test_operators_that_compute_in_float_are_found(exported: Exported) -> None:
    facts = {name: read_litert_facts((exported.folder / name).read_bytes()) for name in ("model.tflite", "model_int8.tflite")}
    operators = ("CONV_2D", "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX")
    assert facts["model.tflite"].float_operators == facts["model.tflite"].operators == operators
    assert (facts["model_int8.tflite"].float_operators, facts["model_int8.tflite"].operators) == ((), operators)


def test_a_file_that_is_int8_in_part_is_refused(
    exported: Exported, released: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_part = replace(
        read_litert_facts((exported.folder / "model_int8.tflite").read_bytes()), float_operators=("FULLY_CONNECTED", "SOFTMAX")
    )
    monkeypatch.setattr("nas.exporting.making.read_litert_facts", lambda _: in_part)
    with pytest.raises(
        ExportError,
        match=r"^The litert-int8 file of trial 3 is not int8 throughout: the converter left FULLY_CONNECTED and SOFTMAX",
    ):
        _export(released, "litert-int8", out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_pixel_of_the_int8_file_is_its_value_less_128(exported: Exported, rescaled: Exported) -> None:
    page, other = ((one.folder / PAGE).read_text() for one in (exported, rescaled))
    assert "for a uint8 pixel, `pixel - 128`" in page
    assert "**pixels divided by 255**" in page
    assert "**pixels from 0 to 255 as they are**" in other


def test_the_array_of_the_c_source_is_the_int8_file(exported: Exported, rescaled: Exported) -> None:
    for one in (exported, rescaled):
        assert array_in((one.folder / "c" / "network.cc").read_text()) == (one.folder / "model_int8.tflite").read_bytes()


def test_a_microcontrollers_interpreter_answers_as_litert_does(exported: Exported, rescaled: Exported) -> None:
    for one in (exported, rescaled):
        int8 = one.card.artifact("litert-int8")
        assert int8 is not None
        assert int8.micro_largest_step is not None
        assert int8.micro_largest_step <= 2
        assert one.card.peak_activation_bytes <= (int8.arena_bytes or 0) < 4 * one.card.peak_activation_bytes


def test_the_card_is_made_of_what_was_found(exported: Exported, released: Released) -> None:
    card = exported.card
    assert (card.seed, card.weights_sha256, card.data) == (released.seed, released.weights_sha256, released.data)
    assert (card.training_images, card.conversion, card.evidence) == (160, Conversion(), _EVIDENCE)
    page = (exported.folder / PAGE).read_text()
    assert "Validation accuracy 87.50 %" in page
    assert "It has not seen a test image." in page
    for one in card.artifacts:
        assert f"| {one.format} | {one.file} | {one.size_bytes:,} |" in page
        assert all(digest in page for digest in one.sha256.values())


def test_formats_of_the_same_weights_are_kept_and_others_are_not(exported: Exported, released: Released, tmp_path: Path) -> None:
    shutil.copytree(exported.folder, tmp_path / exported.folder.name)
    keras = exported.folder / "model.keras"
    (tmp_path / exported.folder.name / "model.onnx").write_bytes(b"somebody changed it")
    card = _is_whole(_export(released, "python", out=tmp_path).folder)
    assert [one.format for one in card.artifacts] == [name for name in ALL if name != "onnx"]
    assert (tmp_path / exported.folder.name / "model.keras").read_bytes() == keras.read_bytes()
    other = _is_whole(_export(made_release(seed=1), "python", out=tmp_path).folder)
    assert [one.format for one in other.artifacts] == ["python"]
    assert other.weights_sha256 != card.weights_sha256


def test_a_network_that_computes_no_numbers_is_refused_and_the_old_export_stays(
    exported: Exported, released: Released, tmp_path: Path
) -> None:
    shutil.copytree(exported.folder, tmp_path / exported.folder.name)
    arrays = {name: np.full_like(array, np.nan) for name, array in released.checkpoint.arrays.items()}
    broken = replace(released, checkpoint=replace(released.checkpoint, arrays=arrays))
    with pytest.raises(ExportError, match="does not compute what Keras computes: on 40 validation images"):
        _export(broken, "keras", out=tmp_path)
    assert _is_whole(tmp_path / exported.folder.name) == exported.card
    assert [path.name for path in tmp_path.iterdir()] == [exported.folder.name]


def test_what_is_no_export_is_left_alone(released: Released, tmp_path: Path) -> None:
    (tmp_path / "made-trial-3").mkdir()
    (tmp_path / "made-trial-3" / "thesis.tex").write_text("years of work")
    with pytest.raises(ExportError, match=r"holds files that are no export; choose another --out\.$"):
        _export(released, "python", out=tmp_path)
    assert [path.name for path in (tmp_path / "made-trial-3").iterdir()] == ["thesis.tex"]


def test_a_file_in_place_of_the_folder_ends_in_a_sentence(released: Released, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("not a folder")
    with pytest.raises(ExportError, match=r"^The export .+/out/made-trial-3 cannot be written \(.+\); choose another --out\.$"):
        _export(released, "python", out=tmp_path / "out")
    (tmp_path / "made-trial-3").write_text("not a folder either")
    with pytest.raises(ExportError, match=r"is a file, where the export's folder would be; choose another --out\.$"):
        _export(released, "python", out=tmp_path)


@pytest.mark.parametrize(
    ("card", "message"),
    [("{", r"is damaged; move its folder away and export again\.$"), ('{"format": 2}', r"has format 2, newer than the 1")],
    ids=["damaged", "newer"],
)
def test_a_card_that_cannot_be_read_ends_in_a_sentence(card: str, message: str, released: Released, tmp_path: Path) -> None:
    (tmp_path / "made-trial-3").mkdir()
    (tmp_path / "made-trial-3" / CARD).write_text(card)
    with pytest.raises(ExportError, match=message):
        _export(released, "python", out=tmp_path)


def test_formats_are_chosen_by_name_in_the_order_of_the_card() -> None:
    assert choose_formats(" c, keras ,") == ("keras", "c")
    assert choose_formats("all") == choose_formats("keras,all") == ALL
    with pytest.raises(ExportError, match=r"^There is no format 'pickle'; choose of keras, saved-model, .+, python, or all\.$"):
        choose_formats("keras,pickle")
    with pytest.raises(ExportError, match="There is no format ','"):
        choose_formats(",")


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nas.exporting.shipping.find_spec", lambda name: None if name == "ai_edge_litert" else object())
    with pytest.raises(ExportError, match=r"^The format c needs ai_edge_litert, .+ pip install 'budget-nas\[export\]'\.$"):
        choose_formats("c,python")
    assert choose_formats("onnx,python") == ("onnx", "python")


_KILLS = int(os.environ.get("NAS_TEST_KILLS", "20"))
_EXPORTER = """
import pickle, sys
from pathlib import Path
from nas.exporting.card import Evidence
from nas.exporting.released import Conversion
from nas.exporting.shipping import export_network

kinds = pickle.loads(Path(sys.argv[1]).read_bytes())
while True:
    for released in kinds:
        export_network(
            released, Evidence(), formats=("python",), conversion=Conversion(), out=Path(sys.argv[2]), say=lambda line: None
        )
        print("done", flush=True)
"""


def test_however_often_it_is_killed_the_old_export_or_the_new_one_is_there(tmp_path: Path) -> None:
    """Converters are left out here, since a process that dies in one has not begun to write under the name."""
    kinds = tuple(made_release(seed=seed) for seed in (0, 1))
    (tmp_path / "kinds").write_bytes(pickle.dumps(kinds))
    out, drawn, seen = tmp_path / "out", np.random.default_rng(0), set()
    for _ in range(_KILLS):
        command = [sys.executable, "-c", _EXPORTER, str(tmp_path / "kinds"), str(out)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as at_work:
            assert at_work.stdout
            assert at_work.stdout.readline() == "done\n"
            time.sleep(float(drawn.uniform(0, 0.1)))
            at_work.kill()
        seen.add(_is_whole(out / "made-trial-3").weights_sha256)
    assert seen == {released.weights_sha256 for released in kinds}
    _export(kinds[0], "python", out=out)
    assert [path.name for path in out.iterdir()] == ["made-trial-3"]
