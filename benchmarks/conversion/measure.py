"""Converts random networks to int8 LiteRT and measures file and arena, for the estimates in `nas.architecture.footprint`.

    python benchmarks/conversion/measure.py --networks 250

Writes results/plain.jsonl and results/any.jsonl, a row a network, and goes on with what is not in them yet.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import argparse
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from networks import Draw, draw_any, draw_plain

from nas.architecture import Architecture, parse_architecture

RESULTS = Path(__file__).parent / "results"
DRAWS: dict[str, Draw] = {"plain": draw_plain, "any": draw_any}
CALIBRATION_IMAGES = 8


@dataclass(frozen=True)
class Measured:
    """What one network came to."""

    architecture: str
    """Its canonical JSON."""
    file_bytes: int
    """Of the int8 LiteRT file."""
    arena_bytes: int | None
    """That TensorFlow Lite Micro takes on a 64-bit machine; None if it cannot run the file."""
    int8: bool
    """Whether the converter made an int8 file: where scales come out extreme, it leaves layers in float without a word."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=250, help="of each kind")
    parser.add_argument("--kinds", nargs="+", choices=tuple(DRAWS), default=tuple(DRAWS))
    parser.add_argument("--files", type=Path, help="folder to keep the LiteRT files in, to look into them")
    arguments = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, max_tasks_per_child=40) as pool:  # the converter leaks
        for name in arguments.kinds:
            path = RESULTS / f"{name}.jsonl"
            done = len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0
            for index in range(done, arguments.networks):
                network = DRAWS[name](np.random.default_rng([index, list(DRAWS).index(name)]))
                measured = pool.submit(convert, network.canonical_json, index, arguments.files).result()
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(measured)) + "\n")
                print(f"{name} {index}: {measured.file_bytes:,} bytes, arena {measured.arena_bytes}", flush=True)


def convert(spelled: str, seed: int, files: Path | None) -> Measured:
    """What a network's conversion measures, with weights as training leaves them: none of them zero."""
    from ai_edge_litert.interpreter import Interpreter

    from nas.exporting.arena import arena_bytes
    from nas.exporting.litert import litert_int8_bytes
    from nas.training.build import build

    architecture: Architecture = parse_architecture(spelled, source="the draw")
    generator = np.random.default_rng(seed)
    model = build(architecture, seed=seed)
    for weight in model.weights:
        if "kernel" not in weight.path:
            drawn = generator.normal(0, 0.1, weight.shape)
            weight.assign(np.abs(drawn) + 0.5 if weight.name in {"gamma", "moving_variance"} else drawn)
    images = generator.random((CALIBRATION_IMAGES, *architecture.input_shape), dtype=np.float32)
    content = litert_int8_bytes(model, calibration=images)
    if files is not None:
        files.mkdir(parents=True, exist_ok=True)
        (files / f"{architecture.key}.tflite").write_bytes(content)
    tensors = Interpreter(model_content=content).get_tensor_details()
    int8 = all(tensor["dtype"] is not np.float32 for tensor in tensors)
    return Measured(spelled, len(content), arena_bytes(content), int8)


if __name__ == "__main__":
    main()
