"""The C++ source: the array is the file, the constants are the file's, and a compiler takes it."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.exporting.c_source import FILES, SOURCE, CModel, array_in, c_files
from nas.exporting.litert_facts import LiteRTFacts, Quantisation, quantise

_DIVIDED = Quantisation(scale=float(np.float32(1 / 255)), zero_point=-128)
_OUTPUT = Quantisation(scale=1 / 256, zero_point=-128)
_NAMES = ('a "quoted" one', "back\\slash", "trigraph ??/", "Grün", "%s")
_MODEL = CModel(
    title="trial 3 of a study",
    content=bytes(range(256)) * 3 + b"TFL3",
    facts=LiteRTFacts(("CONV_2D", "MAX_POOL_2D", "FULLY_CONNECTED", "HARD_SWISH", "SOFTMAX"), _DIVIDED, _OUTPUT),
    input_shape=(3, 2, 2),
    class_names=_NAMES,
    rescaling_inside=False,
    measured_arena_bytes=5_001,
    estimated_arena_bytes=10_180,
    example=np.arange(12, dtype=np.uint8).reshape(3, 2, 2),
    example_label=3,
    example_output=np.array([-128, -1, 0, 1, 127], np.int8),
)
_RESOLVER = "tensorflow/lite/micro/micro_mutable_op_resolver.h"
# As much of TensorFlow Lite Micro as the source names, so that a compiler can check the names and types.
_STUBS = {
    _RESOLVER: """
        #pragma once
        enum TfLiteStatus { kTfLiteOk, kTfLiteError };
        namespace tflite { template <unsigned int n> struct MicroMutableOpResolver {
        TfLiteStatus AddConv2D() { return kTfLiteOk; } TfLiteStatus AddMaxPool2D() { return kTfLiteOk; }
        TfLiteStatus AddFullyConnected() { return kTfLiteOk; } TfLiteStatus AddHardSwish() { return kTfLiteOk; }
        TfLiteStatus AddSoftmax() { return kTfLiteOk; } }; }
    """,
    "tensorflow/lite/micro/micro_log.h": "#pragma once\nvoid MicroPrintf(const char* format, ...);",
    "tensorflow/lite/micro/system_setup.h": "#pragma once\nnamespace tflite { void InitializeTarget(); }",
    "tensorflow/lite/schema/schema_generated.h": """
        #pragma once
        #define TFLITE_SCHEMA_VERSION 3
        namespace tflite { struct Model { unsigned version() const; }; const Model* GetModel(const void*); }
    """,
    "tensorflow/lite/micro/micro_interpreter.h": """
        #pragma once
        #include <cstddef>
        #include <cstdint>
        #include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
        struct TfLiteTensor { union { std::int8_t* int8; } data; };
        namespace tflite { struct Model; struct MicroInterpreter {
        template <typename R> MicroInterpreter(const Model*, const R&, std::uint8_t*, std::size_t) {}
        TfLiteStatus AllocateTensors(); TfLiteStatus Invoke(); TfLiteTensor* input(int); TfLiteTensor* output(int); }; }
    """,
}
_PRINTER = """
#include <cstdio>
#include "example.h"
int main() {
  network::Resolver resolver;
  std::printf("%d %u %d %d %d\\n", network::AddOperators(resolver), network::kModelBytes, network::kArenaBytes,
              static_cast<int>(reinterpret_cast<unsigned long>(network::kModel) % 16), network::kExampleClass);
  for (unsigned i = 0; i < network::kModelBytes; ++i) std::printf("%d ", network::kModel[i]);
  std::printf("\\n");
  for (int pixel = 0; pixel < 256; ++pixel) std::printf("%d ", network::QuantisePixel(static_cast<std::uint8_t>(pixel)));
  std::printf("\\n");
  for (int value = -128; value < 128; ++value) std::printf("%.9g ", network::Probability(static_cast<std::int8_t>(value)));
  std::printf("\\n");
  for (int i = 0; i < network::kInputValues; ++i) std::printf("%d ", network::kExamplePixels[i]);
  std::printf("\\n");
  for (int i = 0; i < network::kClasses; ++i) std::printf("%d ", network::kExampleOutput[i]);
  std::printf("\\n");
  for (int i = 0; i < network::kClasses; ++i) std::printf("%s\\n", network::kClassNames[i]);
}
"""


def _written(model: CModel, folder: Path) -> Path:
    for name, text in (*c_files(model).items(), *_STUBS.items(), ("printer.cc", _PRINTER)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _compile(*arguments: str, folder: Path) -> None:
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    command = ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-I", ".", *arguments]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@given(st.binary(min_size=1, max_size=200))
def test_the_array_reads_back_as_the_file(content: bytes) -> None:
    assert array_in(c_files(replace(_MODEL, content=content))[SOURCE]) == content


@pytest.mark.slow
def test_a_compiler_takes_the_source_and_the_program_that_shows_the_call(tmp_path: Path) -> None:
    _written(_MODEL, tmp_path)
    _compile("-fsyntax-only", "network.cc", "main.cc", folder=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("of_input", [_DIVIDED, Quantisation(scale=0.0041, zero_point=-120)], ids=["exact", "rounded"])
@pytest.mark.parametrize("rescaling_inside", [False, True])
def test_what_is_compiled_holds_the_file_and_its_arithmetic(
    of_input: Quantisation, rescaling_inside: bool, tmp_path: Path
) -> None:
    scale = of_input.scale * (255 if rescaling_inside else 1)
    of_input = Quantisation(scale=scale, zero_point=of_input.zero_point)
    model = replace(_MODEL, facts=replace(_MODEL.facts, input=of_input), rescaling_inside=rescaling_inside)
    _written(model, tmp_path)
    _compile("-o", "printer", "printer.cc", "network.cc", folder=tmp_path)
    out = subprocess.run([tmp_path / "printer"], capture_output=True, text=True, check=True).stdout.splitlines()
    assert out[0].split() == ["0", str(len(model.content)), "5008", "0", "3"]
    assert bytes(map(int, out[1].split())) == model.content
    pixels = np.arange(256, dtype=np.float32)
    given_values = quantise(pixels if rescaling_inside else pixels / np.float32(255), of_input)
    assert np.abs(np.array(out[2].split(), int) - given_values).max() <= (0 if of_input.zero_point == -128 else 1)
    assert [float(word) for word in out[3].split()] == [(value + 128) / 256 for value in range(-128, 128)]
    assert [int(word) for word in out[4].split()] == list(range(12))
    assert [int(word) for word in out[5].split()] == [-128, -1, 0, 1, 127]
    assert tuple(out[6:]) == _NAMES


def test_pixels_lose_128_where_that_is_exact_and_are_rounded_where_it_is_not() -> None:
    exact = c_files(_MODEL)["network.h"]
    other = replace(_MODEL, facts=replace(_MODEL.facts, input=Quantisation(scale=0.005, zero_point=-128)))
    assert "static_cast<int>(pixel) - 128" in exact
    assert "std::round" not in exact
    assert "std::round" in c_files(other)["network.h"]


def test_the_arena_says_whether_it_was_measured() -> None:
    assert "constexpr int kArenaBytes = 5008;" in c_files(_MODEL)["network.h"]
    guessed = c_files(replace(_MODEL, measured_arena_bytes=None))["network.h"]
    assert "An estimate" in guessed
    assert "constexpr int kArenaBytes = 10192;" in guessed


def test_the_resolver_gets_the_operators_and_no_others() -> None:
    header = c_files(_MODEL)["network.h"]
    assert "MicroMutableOpResolver<5>" in header
    calls = [line.partition("resolver.")[2].partition("(")[0] for line in header.splitlines() if "resolver.Add" in line]
    assert calls == ["AddConv2D", "AddMaxPool2D", "AddFullyConnected", "AddHardSwish", "AddSoftmax"]


def test_there_are_four_files_and_none_names_a_place() -> None:
    texts = c_files(_MODEL)
    assert tuple(texts) == FILES
    assert not any("/tmp" in text or "/home" in text for text in texts.values())
