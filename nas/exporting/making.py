"""The formats of an export: each converted in a process of its own, compared with Keras, and measured."""

import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nas.architecture import Network, measure
from nas.data import describe, load
from nas.errors import ExportError
from nas.exporting.apart import apart
from nas.exporting.arena import MicroRun, run_on_micro
from nas.exporting.c_source import FILES as C_FILES
from nas.exporting.c_source import SOURCE, CModel, array_in, c_files
from nas.exporting.card import Artifact
from nas.exporting.checks import compare_outputs, reference_outputs, require_agreement
from nas.exporting.formats import FORMATS, convert_network, time_formats
from nas.exporting.litert_facts import LiteRTFacts, quantise, read_litert_facts
from nas.exporting.released import Conversion, Released, prepared
from nas.exporting.runtime import Probabilities, Ran
from nas.exporting.source import keras_source

ALL: Final = (*FORMATS, "c", "python")
"""Every format, in the order of the card."""
MICRO_IMAGES: Final = 100
"""Validation images that the interpreter of TensorFlow Lite Micro is tried on."""
_INT8, _C, _PYTHON = "litert-int8", "c", "python"
_PYTHON_FILE: Final = "model.py"
_REST_OF_AN_ARENA: Final = 8_192


@dataclass(frozen=True)
class Order:
    """What is to be made, and where."""

    released: Released
    conversion: Conversion
    formats: tuple[str, ...]
    """Names out of `ALL`."""
    folder: Path
    """Where it is made: a draft, which nobody else looks at."""
    say: Callable[[str], None]
    """Is told what is done."""
    processes: int
    """Conversions that run at the same time."""

    @property
    def converted(self) -> tuple[str, ...]:
        """What has to be converted for it; the C++ source is made of the int8 file."""
        return tuple(name for name in FORMATS if name in self.formats or (name == _INT8 and _C in self.formats))


@dataclass(frozen=True, eq=False)
class _Converted:
    """A converted file with what was found out about it."""

    artifact: Artifact
    outputs: Probabilities
    facts: LiteRTFacts | None
    micro: MicroRun | None


def make_artifacts(order: Order) -> tuple[Artifact, ...]:
    """The artifacts of an order, in the order of the card; their files lie in its folder.

    Raises:
        ExportError: If a format cannot be converted, or does not compute what the network computes.
    """
    converted = _convert(order) if order.converted else {}
    made = {name: one.artifact for name, one in converted.items()}
    if _C in order.formats:
        made[_C] = _make_c(order, converted[_INT8])
        order.say(f"c: {made[_C].size_bytes:,} bytes of source; its array is the int8 file, byte for byte.")
    if _PYTHON in order.formats:
        (order.folder / _PYTHON_FILE).write_text(f"{keras_source(order.released.network)}\n", encoding="utf-8")
        made[_PYTHON] = _artifact(order.folder, _PYTHON, "Keras source, without weights", _PYTHON_FILE)
        order.say(f"python: {made[_PYTHON].size_bytes:,} bytes of source.")
    if _INT8 in made and _INT8 not in order.formats:
        (order.folder / made[_INT8].file).unlink()
    return tuple(made[name] for name in ALL if name in order.formats)


def carry_over(artifact: Artifact, source: Path, target: Path) -> bool:
    """Whether an artifact's files were copied from one export to another: they are, if they are still what its card says."""
    for name, digest in artifact.sha256.items():
        if not (source / name).is_file() or sha256((source / name).read_bytes()).hexdigest() != digest:
            return False
    for name in artifact.sha256:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    return True


def _convert(order: Order) -> Mapping[str, _Converted]:
    released, conversion = order.released, order.conversion
    with ThreadPoolExecutor(order.processes) as pool:
        reference = pool.submit(apart, reference_outputs, released)
        ran = {
            name: pool.submit(apart, convert_network, name, released, conversion, order.folder / FORMATS[name].file)
            for name in order.converted
        }
        try:
            converted = {
                name: _examine(order, name, ran[name].result(), reference=reference.result()) for name in order.converted
            }
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    times = apart(time_formats, order.converted, released, conversion, order.folder)  # when nothing else is at work
    return {
        name: replace(one, artifact=one.artifact.model_copy(update={"latency_us": times[name]}))
        for name, one in converted.items()
    }


def _examine(order: Order, name: str, ran: Ran, *, reference: Probabilities) -> _Converted:
    kind = FORMATS[name]
    check = compare_outputs(ran.outputs, reference, labels=np.asarray(load(order.released.data).val_labels))
    require_agreement(check, kind=kind, label=order.released.label)
    facts = micro = None
    if name.startswith("litert"):
        content = (order.folder / kind.file).read_bytes()
        facts = read_litert_facts(content)
        if kind.quantised and facts.float_operators:
            raise ExportError(
                f"The {name} file of {order.released.label} is not int8 throughout: the converter left"
                f" {' and '.join(facts.float_operators)} in float, as where a layer's values are extreme; nothing was kept."
            )
        micro = run_on_micro(content, inputs=_micro_inputs(order, facts))
    artifact = _artifact(
        order.folder,
        name,
        kind.title,
        kind.file,
        check=check,
        runtime=ran.runtime,
        arena_bytes=micro.arena_bytes if micro else None,
        micro_largest_step=_largest_step(micro, facts, ran.outputs) if micro and facts else None,
        operators=facts.operators if facts else (),
        input=facts.input if facts else None,
        output=facts.output if facts else None,
    )
    order.say(
        f"{name}: {artifact.size_bytes:,} bytes; in {ran.runtime} the same class as Keras on {check.equal_classes:,} of"
        f" {check.images:,} validation images, {_nearness(check.largest_difference)}."
    )
    return _Converted(artifact, ran.outputs, facts, micro)


def _nearness(difference: float) -> str:
    return f"probabilities within {difference:.1g}" if difference else "with equal probabilities"


def _micro_inputs(order: Order, facts: LiteRTFacts) -> NDArray[Any]:
    images = np.asarray(load(order.released.data).val_images[:MICRO_IMAGES])
    return quantise(prepared(images, rescaling_inside=order.conversion.include_rescaling), facts.input)


def _largest_step(micro: MicroRun, facts: LiteRTFacts, outputs: Probabilities) -> int | None:
    """Largest difference between two runtimes' int8 answers to the same images."""
    if facts.output is None:
        return None
    theirs = quantise(outputs[: len(micro.outputs)], facts.output).astype(int)
    return int(np.abs(theirs - micro.outputs.astype(int)).max())


def _estimated_arena(network: Network) -> int:
    """RAM that the interpreter will take, in bytes; of a foreign network only its largest layer is known."""
    cost = measure(network)
    return cost.ram_bytes if cost.estimates_bytes else 3 * cost.peak_activation_bytes + _REST_OF_AN_ARENA


def _make_c(order: Order, int8: _Converted) -> Artifact:
    released, facts = order.released, int8.facts
    data, content = load(released.data), (order.folder / int8.artifact.file).read_bytes()
    if facts is None:
        raise ExportError(f"The C++ source of {released.label} has no int8 file to be made of.")
    first = int8.micro.outputs[0] if int8.micro else quantise(int8.outputs[0], facts.output)
    texts = c_files(
        CModel(
            title=f"{released.label} of {released.study}, weights sha256 {released.weights_sha256[:16]}",
            content=content,
            facts=facts,
            input_shape=released.network.input_shape,
            class_names=describe(released.data).class_names,
            rescaling_inside=order.conversion.include_rescaling,
            measured_arena_bytes=int8.micro.arena_bytes if int8.micro else None,
            estimated_arena_bytes=_estimated_arena(released.network),
            example=np.asarray(data.val_images[0]),
            example_label=int(data.val_labels[0]),
            example_output=first,
        )
    )
    if array_in(texts[SOURCE]) != content:
        raise ExportError(f"The array in {SOURCE} is not the int8 file; nothing was kept.")
    folder = order.folder / _C
    folder.mkdir()
    for name in C_FILES:
        (folder / name).write_text(texts[name], encoding="utf-8")
    same = {name: getattr(int8.artifact, name) for name in ("arena_bytes", "micro_largest_step", "operators", "input", "output")}
    return _artifact(order.folder, _C, "C++ source for TensorFlow Lite Micro", _C, **same)


def _artifact(folder: Path, name: str, title: str, file: str, **found: Any) -> Artifact:
    """An artifact with the size and hashes of its files."""
    path = folder / file
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    return Artifact(
        format=name,
        title=title,
        file=file,
        size_bytes=sum(one.stat().st_size for one in files),
        sha256={one.relative_to(folder).as_posix(): sha256(one.read_bytes()).hexdigest() for one in files},
        **found,
    )
