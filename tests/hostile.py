"""Models' files that were made to do harm or to be misread, and the honest ones that they are made of.

Each maker writes one file. Where a file could make whoever loads it run something, that would touch the canary.
"""

import io
import json
import pickle
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from nas.architecture import Architecture, Dense, Flatten

SMALL = Architecture(input_shape=(2, 2, 1), layers=(Flatten(), Dense(units=3, activation="softmax")))
"""The network in every honest file here."""
KERNEL = np.array([[1.5, 0.1, 0.2], [0.3, 1.5, 0.4], [0.2, 0.6, 1.5], [0.7, 1.75, 0.8]], np.float32)
"""Each pixel speaks for a class: the first for the first, the third for the last, the others for the middle one."""
BIAS = np.array([0.1, 0, -0.1], np.float32)
WEIGHTS = {"layers/dense/vars/0": KERNEL, "layers/dense/vars/1": BIAS}
CONFIG = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "layers": [
            {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 2, 2, 1]}},
            {"module": "keras.layers", "class_name": "Flatten", "config": {"name": "flatten"}},
            {"module": "keras.layers", "class_name": "Dense", "config": {"name": "dense", "units": 3}},
        ]
    },
}
Maker = Callable[[Path, Path], None]
"""Writes a file; the second path is the canary."""


def hdf5(write: Callable[[h5py.File], object]) -> bytes:
    """An HDF5 file with what a function writes into it."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        write(file)
    return content.getvalue()


def weights(arrays: Mapping[str, Any] = WEIGHTS) -> bytes:
    """A `model.weights.h5` with these arrays."""

    def write(file: h5py.File) -> None:
        file.create_group("vars")
        for name, array in arrays.items():
            file[name] = array

    return hdf5(write)


def pack(
    path: Path,
    config: object = CONFIG,
    content: bytes | None = None,
    *,
    extra: Mapping[str | zipfile.ZipInfo, bytes | str] | None = None,
    method: int = zipfile.ZIP_STORED,
) -> Path:
    """A `.keras` file of these parts; a config that is a text is taken as it is."""
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
        archive.writestr("model.weights.h5", weights() if content is None else content)
        for name, text in (extra or {}).items():
            archive.writestr(name, text)
    return path


def with_layer(**entry: object) -> dict[str, Any]:
    """The honest config with another layer in the middle."""
    changed: dict[str, Any] = json.loads(json.dumps(CONFIG))
    changed["config"]["layers"].insert(2, {"module": "keras.layers", **entry})
    return changed


def nested(layer: Mapping[str, object]) -> dict[str, Any]:
    """The honest config with a model in it, which holds a layer."""
    inner = {"name": "inner", "layers": [CONFIG["config"]["layers"][0], layer]}  # type: ignore[index]
    return with_layer(module="keras", class_name="Sequential", config=inner)


class _Touches:
    """Whoever unpickles it touches a file."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.canary,)


def _lambda(canary: Path) -> dict[str, Any]:
    """A layer as Keras writes a Python function: its marshalled code in base64."""
    import base64
    import marshal

    code = compile(f"open({str(canary)!r}, 'w')", "lambda", "eval")
    function = {"class_name": "__lambda__", "config": {"code": base64.b64encode(marshal.dumps(code)).decode(), "defaults": None}}
    return {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "lambda", "function": function}}


def _call(module: str, name: str, canary: Path) -> dict[str, Any]:
    return {"module": module, "class_name": name, "registered_name": name, "config": {"name": f"touch {canary}"}}


def _gadget(module: str, name: str, canary: Path) -> dict[str, Any]:
    """A Lambda layer around a function that is there already, and is called when the model is built (CVE-2025-9906)."""
    function = {"module": module, "class_name": "function", "config": name, "registered_name": "function"}
    config = {"name": "gadget", "function": function, "arguments": {"safe_mode": False, "filepath": str(canary)}}
    return {"module": "keras.layers", "class_name": "Lambda", "config": config}


def _array_of(canary: Path) -> bytes:
    """Weights that are pickles, as an object array."""
    return weights(WEIGHTS | {"layers/dense/vars/0": np.void(pickle.dumps(_Touches(canary)))})


def _raw_storage(canary: Path) -> bytes:
    """Weights whose numbers would be read from the canary's folder."""

    def write(file: h5py.File) -> None:
        file["layers/dense/vars/1"] = BIAS
        outside = [(str(canary.with_name("secret")), 0, KERNEL.nbytes)]
        file.create_dataset("layers/dense/vars/0", shape=KERNEL.shape, dtype="<f4", external=outside)

    return hdf5(write)


def _linked(link: object) -> bytes:
    def write(file: h5py.File) -> None:
        file["elsewhere"] = KERNEL
        file["layers/dense/vars/1"] = BIAS
        file["layers/dense/vars/0"] = link
        del file["elsewhere"]

    return hdf5(write)


def _linked_group(link: object) -> bytes:
    return hdf5(lambda file: file.__setitem__("layers", link))


def _virtual(canary: Path) -> bytes:
    def write(file: h5py.File) -> None:
        layout = h5py.VirtualLayout(KERNEL.shape, "<f4")
        layout[:] = h5py.VirtualSource(str(canary.with_name("secret.h5")), "kernel", shape=KERNEL.shape)
        file.create_virtual_dataset("layers/dense/vars/0", layout)
        file["layers/dense/vars/1"] = BIAS

    return hdf5(write)


def _stored(**how: Any) -> bytes:
    def write(file: h5py.File) -> None:
        file["layers/dense/vars/1"] = BIAS
        file.create_dataset("layers/dense/vars/0", **how)

    return hdf5(write)


def _objects() -> bytes:
    kind = h5py.string_dtype()
    return _stored(data=np.full(KERNEL.shape, "text", object), dtype=kind)


def _twice(path: Path) -> None:
    pack(path)
    other = pack(path.with_suffix(".other"), extra={"config.jso_": json.dumps(CONFIG)})
    path.write_bytes(other.read_bytes().replace(b"config.jso_", b"config.json"))
    other.unlink()


def _symlink(path: Path, target: Path) -> None:
    member = zipfile.ZipInfo("config.json")
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, str(target))
        archive.writestr("model.weights.h5", weights())


def _encrypted(path: Path) -> None:
    archive = bytearray(pack(path).read_bytes())
    local, contents = archive.index(b"PK\x03\x04"), archive.index(b"PK\x01\x02")
    archive[local + 6] |= 1
    archive[contents + 8] |= 1
    path.write_bytes(archive)


def _endless_contents(path: Path) -> None:
    """A table of contents of many entries, which `zipfile` would make objects of before anyone can ask."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    count = 40_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, count * len(entry), 0, 0)
    path.write_bytes(entry * count + end)


def _cut(path: Path, share: float) -> None:
    content = pack(path).read_bytes()
    path.write_bytes(content[: int(share * len(content))])


def _looping(path: Path) -> None:
    """Weights that the HDF5 library never comes to an end with are found by chance; this one is damaged in its root group."""
    content = bytearray(weights())
    content[8:40] = bytes(32)
    pack(path, content=bytes(content))


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


KERAS: dict[str, Maker] = {
    "a lambda layer": lambda path, canary: _write(path, _entry(_lambda(canary))),
    "a lambda layer in a model in the model": lambda path, canary: _write(path, nested(_lambda(canary))),
    "a foreign module": lambda path, canary: _write(path, _entry(_call("evil.layers", "Dense", canary))),
    "a registered name": lambda path, canary: _write(path, _entry(_call("evil", "evil>Layer", canary))),
    "os.system as a layer": lambda path, canary: _write(path, _entry(_call("os", "system", canary))),
    "subprocess.run as a layer": lambda path, canary: _write(path, _entry(_call("subprocess", "run", canary))),
    "eval as a layer": lambda path, canary: _write(path, _entry(_call("builtins", "eval", canary))),
    "a module of Keras that loads": lambda path, canary: _write(path, _entry(_call("keras.src.saving", "load_model", canary))),
    "a function as an activation": lambda path, canary: _write(
        path,
        with_layer(class_name="Activation", config={"name": "a", "activation": _call("os", "system", canary)}),
    ),
    "a function as an initializer": lambda path, canary: _write(
        path,
        with_layer(class_name="Dense", config={"name": "d", "units": 4, "kernel_initializer": _call("os", "system", canary)}),
    ),
    "a lambda layer that loads another file": lambda path, canary: _write(
        path, _entry(_gadget("keras.models", "load_model", canary))
    ),
    "a lambda layer that turns the safe mode off": lambda path, canary: _write(
        path, _entry(_gadget("keras.config", "enable_unsafe_deserialization", canary))
    ),
    "a model class of its own": lambda path, canary: _write(path, CONFIG | {"module": "evil", "class_name": "Model"}),
    "a compiled loss of its own": lambda path, canary: _write(path, with_layer(**_call("evil", "Loss", canary))),
    "a member that climbs out": lambda path, canary: _pack(path, extra={f"../{canary.name}": "x"}),
    "a member from the root": lambda path, canary: _pack(path, extra={str(canary): "x"}),
    "a member with a backslash": lambda path, canary: _pack(path, extra={f"..\\{canary.name}": "x"}),
    "a member in assets": lambda path, canary: _pack(path, extra={"assets/vocabulary.txt": "x"}),
    "a pickle beside the weights": lambda path, canary: _pack(path, extra={"model.pkl": pickle.dumps(_Touches(canary))}),
    "a member twice": lambda path, canary: _twice(path),
    "a member that is a symlink": _symlink,
    "an encrypted member": lambda path, canary: _encrypted(path),
    "an endless table of contents": lambda path, canary: _endless_contents(path),
    "a bomb as its config": lambda path, canary: _pack(path, " " * 2**23, method=zipfile.ZIP_DEFLATED),
    "a bomb as its weights": lambda path, canary: _pack(path, content=bytes(2**23), method=zipfile.ZIP_DEFLATED),
    "a bomb of packed zeros as an array": lambda path, canary: _pack(
        path, content=_stored(shape=(2**15, 2**15), dtype="<f4", chunks=(2**10, 2**10), compression="gzip")
    ),
    "packed numbers": lambda path, canary: _pack(path, content=_stored(data=KERNEL, compression="gzip")),
    "numbers in chunks": lambda path, canary: _pack(path, content=_stored(data=KERNEL, chunks=(2, 3))),
    "numbers that are not there": lambda path, canary: _pack(path, content=_stored(shape=KERNEL.shape, dtype="<f4")),
    "an external link": lambda path, canary: _pack(
        path, content=_linked(h5py.ExternalLink(str(canary.with_name("secret.h5")), "kernel"))
    ),
    "an external link as its layers": lambda path, canary: _pack(
        path, content=_linked_group(h5py.ExternalLink(str(canary.with_name("secret.h5")), "/"))
    ),
    "a soft link": lambda path, canary: _pack(path, content=_linked(h5py.SoftLink("/layers/dense/vars/1"))),
    "a soft link as its layers": lambda path, canary: _pack(path, content=_linked_group(h5py.SoftLink("/"))),
    "numbers in another file": lambda path, canary: _pack(path, content=_raw_storage(canary)),
    "a virtual array": lambda path, canary: _pack(path, content=_virtual(canary)),
    "texts as numbers": lambda path, canary: _pack(path, content=_objects()),
    "a pickle as numbers": lambda path, canary: _pack(path, content=_array_of(canary)),
    "numbers of 64 bits": lambda path, canary: _pack(path, content=_stored(data=KERNEL.astype(np.float64))),
    "numbers the other way round": lambda path, canary: _pack(path, content=_stored(data=KERNEL.astype(">f4"))),
    "wrong shapes": lambda path, canary: _pack(path, content=weights(WEIGHTS | {"layers/dense/vars/0": KERNEL.T.copy()})),
    "a scalar": lambda path, canary: _pack(path, content=weights(WEIGHTS | {"layers/dense/vars/1": np.float32(1)})),
    "a group for an array": lambda path, canary: _pack(
        path, content=weights({"layers/dense/vars/0/0": KERNEL, "layers/dense/vars/1": BIAS})
    ),
    "an array for a group": lambda path, canary: _pack(path, content=weights({"layers/dense/vars": KERNEL})),
    "missing weights": lambda path, canary: _pack(path, content=weights({"layers/dense/vars/0": KERNEL})),
    "no weights": lambda path, canary: _pack(path, content=weights({})),
    "an array too many": lambda path, canary: _pack(path, content=weights(WEIGHTS | {"layers/dense/vars/2": BIAS})),
    "a layer too many": lambda path, canary: _pack(path, content=weights(WEIGHTS | {"layers/dense_1/vars/0": BIAS})),
    "a part too many": lambda path, canary: _pack(path, content=weights(WEIGHTS | {"hidden/vars/0": BIAS})),
    "NaN among its weights": lambda path, canary: _pack(
        path, content=weights(WEIGHTS | {"layers/dense/vars/1": np.full_like(BIAS, np.nan)})
    ),
    "infinity among its weights": lambda path, canary: _pack(
        path, content=weights(WEIGHTS | {"layers/dense/vars/1": np.full_like(BIAS, np.inf)})
    ),
    "weights that are no HDF5": lambda path, canary: _pack(path, content=b"\x89HDF\r\n\x1a\n" + bytes(100)),
    "damaged weights": lambda path, canary: _looping(path),
    "truncated weights": lambda path, canary: _pack(path, content=weights()[:3000]),
    "truncated": lambda path, canary: _cut(path, 0.6),
    "nothing": lambda path, canary: _cut(path, 0),
    "brackets without end": lambda path, canary: _pack(path, "[" * 100_000),
    "layers in layers without end": lambda path, canary: _pack(path, '{"config": ' * 50_000 + "{}" + "}" * 50_000),
    "an endless number": lambda path, canary: _pack(path, json.dumps(CONFIG).replace('"units": 3', f'"units": {"3" * 5_000}')),
    "a huge number": lambda path, canary: _pack(path, json.dumps(CONFIG).replace('"units": 3', f'"units": {10**17}')),
    "thousands of layers": lambda path, canary: _pack(path, _many_layers()),
    "a pickle": lambda path, canary: _written(path, pickle.dumps(_Touches(canary))),
    "an HDF5 model": lambda path, canary: _written(path, weights()),
    "a file of 300 MiB": lambda path, canary: _sparse(path, 300 * 2**20),
}
"""Hostile `.keras` files by what is wrong with them."""

PATHS = (
    "model.h5",
    "model.hdf5",
    "MODEL.H5",
    "model.pkl",
    "model.pickle",
    "model.pt",
    "model.joblib",
    "http://example.org/model.keras",
    "https://example.org/model.keras",
    "s3://bucket/model.keras",
    "gs://bucket/model.keras",
    "hf://somebody/model.keras",
    "file:///etc/model.keras",
)
"""Names that nothing is opened for."""


def _entry(entry: Mapping[str, object]) -> dict[str, Any]:
    return with_layer(**entry)


def _write(path: Path, config: object) -> None:
    pack(path, config)


def _pack(path: Path, *parts: Any, **others: Any) -> None:
    pack(path, *parts, **others)


def _written(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _many_layers() -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(CONFIG))
    flatten = {"module": "keras.layers", "class_name": "Flatten", "config": {"name": "flatten"}}
    changed["config"]["layers"][1:1] = [flatten] * 3_000
    return changed
