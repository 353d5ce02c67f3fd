"""Float arrays out of an HDF5 file that a stranger wrote.

The HDF5 library is C: a few changed bytes make it loop for ever or crash, so it reads in a process of its own, from memory.
What comes back is nothing but numbers, as many as were asked for, or a reason.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from math import prod
from reprlib import Repr
from subprocess import DEVNULL, PIPE, TimeoutExpired, run
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from nas.architecture import Shape
from nas.errors import ArchitectureError

if TYPE_CHECKING:
    import h5py

TIMEOUT_SECONDS: Final = 30.0
"""How long the reading may take; it takes a third of a second, most of it to start."""
_CALLER: Final = "from nas.training.hdf5_arrays import _answer; _answer()"
_AGAIN: Final = "save the model again with model.save"
_SHOWN: Final = Repr()
_SHOWN.maxstring = 60

Layout = Mapping[str, Sequence[Shape]]
"""The shapes of each layer's arrays, by the name of the layer's group."""


class _UnfitError(Exception):
    """Why the file is not what was wanted."""


def read_arrays(content: bytes, layout: Layout, *, source: str) -> tuple[NDArray[np.float32], ...]:
    """The arrays of a `model.weights.h5`, in the order of the layout.

    Each is stored whole and plainly, as Keras does it; links, filters, chunks, other files, objects and other types are
    refused, and so are arrays that are missing, or that nobody asked for.

    Args:
        content: The HDF5 file.
        layout: What it must hold.
        source: Where it is from, for the error message.

    Raises:
        ArchitectureError: If it holds anything else.
    """
    shapes = [shape for group in layout.values() for shape in group]
    question = json.dumps({name: list(group) for name, group in layout.items()}).encode() + b"\n" + content
    try:
        ended = run(
            [sys.executable, "-P", "-c", _CALLER],  # -P: a module beside the file is not imported for it
            input=question,
            stdout=PIPE,
            stderr=DEVNULL,
            timeout=TIMEOUT_SECONDS,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            check=False,
        )
    except TimeoutExpired:
        raise ArchitectureError(f"The weights in {source} are damaged (HDF5 does not come to an end); {_AGAIN}.") from None
    header, _, numbers = ended.stdout.partition(b"\n")
    if ended.returncode or header:
        said = header.decode(errors="replace")[:300]
        reason = "".join(letter for letter in said if letter.isprintable()) or "HDF5 cannot read them"
        raise ArchitectureError(f"The weights in {source} do not fit its layers ({reason}); {_AGAIN}.")
    if len(numbers) != 4 * sum(map(prod, shapes)):
        raise ArchitectureError(f"The weights in {source} are damaged; {_AGAIN}.")
    arrays = tuple(_cut(numbers, shapes))
    if not all(np.isfinite(array).all() for array in arrays):
        raise ArchitectureError(f"The weights in {source} are not all finite numbers; train the network again and save it.")
    return arrays


def _cut(numbers: bytes, shapes: Sequence[Shape]) -> Iterator[NDArray[np.float32]]:
    begin = 0
    for shape in shapes:
        yield np.frombuffer(numbers, np.float32, count=prod(shape), offset=begin).reshape(shape)
        begin += 4 * prod(shape)


def _answer() -> None:
    """The other side: a line of JSON and the file on stdin; on stdout a line, empty or with a reason, and the numbers."""
    layout = {name: [tuple(shape) for shape in group] for name, group in json.loads(sys.stdin.buffer.readline()).items()}
    try:
        arrays = arrays_of(sys.stdin.buffer.read(), layout)
    except _UnfitError as error:
        sys.stdout.buffer.write(f"{error}".encode())
        return
    sys.stdout.buffer.write(b"\n")
    for array in arrays:
        sys.stdout.buffer.write(array.tobytes())


def arrays_of(content: bytes, layout: Layout) -> list[NDArray[np.float32]]:
    """The arrays, read in this process."""
    import h5py

    try:
        with h5py.File(BytesIO(content), "r") as file:
            _require_names(file, among={"layers", "vars", "optimizer"}, where="the file")
            if "vars" in file:
                _require_names(_group(file, "vars", where=""), among=set(), where="vars")
            if "layers" not in file and not any(layout.values()):
                return []
            layers = _group(file, "layers", where="")
            _require_names(layers, among=set(layout), where="layers")
            return [array for name, shapes in layout.items() for array in _layer_arrays(layers, name, shapes)]
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:  # what h5py makes of HDF5's own errors
        raise _UnfitError(f"no sound HDF5 file: {(str(error).splitlines() or [''])[0][:120]}") from None


def _layer_arrays(layers: "h5py.Group", name: str, shapes: Sequence[Shape]) -> Iterator[NDArray[np.float32]]:
    if name not in layers and not shapes:
        return
    where = f"layers/{name}"
    group = _group(layers, name, where="layers/")
    _require_names(group, among={"vars", "seed_generator"}, where=where)
    if "vars" not in group and not shapes:
        return
    arrays = _group(group, "vars", where=f"{where}/")
    _require_names(arrays, among={str(index) for index in range(len(shapes))}, where=f"{where}/vars")
    for index, shape in enumerate(shapes):
        yield _array(arrays, str(index), shape, where=f"{where}/vars/")


def _require_names(group: "h5py.Group", *, among: set[str], where: str) -> None:
    if len(group) > len(among):
        extra = next(name for name in group if name not in among)
        raise _UnfitError(f"{where} holds {_SHOWN.repr(extra)} too many")
    for name in group:
        if name not in among:
            raise _UnfitError(f"{where} holds {_SHOWN.repr(name)}, which no layer has")


def _group(parent: "h5py.Group", name: str, *, where: str) -> "h5py.Group":
    import h5py

    found = _member(parent, name, where=where)
    if not isinstance(found, h5py.Group):
        raise _UnfitError(f"{where}{name} is no group")
    return found


def _member(parent: "h5py.Group", name: str, *, where: str) -> object:
    """What stands in a group itself; a link to anywhere else is not followed."""
    import h5py

    if name not in parent:
        raise _UnfitError(f"{where}{name} is missing")
    if parent.get(name, getclass=True, getlink=True) is not h5py.HardLink:
        raise _UnfitError(f"{where}{name} is a link to somewhere else")
    return parent[name]


def _array(group: "h5py.Group", name: str, shape: Shape, *, where: str) -> NDArray[np.float32]:
    import h5py

    found = _member(group, name, where=where)
    if not isinstance(found, h5py.Dataset):
        raise _UnfitError(f"{where}{name} is no array")
    made = found.id.get_create_plist()
    if made.get_external_count():
        raise _UnfitError(f"{where}{name} keeps its numbers in another file")
    if made.get_layout() != h5py.h5d.CONTIGUOUS or made.get_nfilters():
        raise _UnfitError(f"{where}{name} is not stored plainly")
    if found.id.get_type() != h5py.h5t.IEEE_F32LE:
        raise _UnfitError(f"{where}{name} holds no float32 numbers")
    if found.shape != tuple(shape):
        raise _UnfitError(f"{where}{name} has shape {_times(found.shape)} instead of {_times(shape)}")
    if found.id.get_storage_size() != 4 * prod(shape):
        raise _UnfitError(f"{where}{name} holds fewer numbers than it says")
    return np.asarray(found[()], np.float32)


def _times(shape: Sequence[int] | None) -> str:
    return "×".join(map(str, shape or ())) or "none"
