"""The card says what was found, warns where it must, and claims nothing that was not."""

from collections.abc import Mapping
from typing import Any

import pytest
from made_export import EVERY_KIND

from nas.architecture import Budget
from nas.data import DataRef
from nas.exporting.card import Artifact, Evidence, ModelCard, TestEvidence, card_page
from nas.exporting.checks import Check
from nas.exporting.litert_facts import Quantisation
from nas.exporting.released import Conversion
from nas.training.plan import NOTEBOOK

_ENVIRONMENT: Mapping[str, Any] = {
    "nas": "0.1.0",
    "python": "3.11.7",
    "versions": {"keras": "3.15.1"},
    "processor": "one",
    "system": "Linux",
    "machine": "x86_64",
    "date": "2026-01-31",
}


def _artifact(name: str, *, accuracy: float, size_bytes: int = 11_472, arena_bytes: int | None = None) -> Artifact:
    check = Check(
        images=1_000, largest_difference=0.05, mean_distance=0.004, equal_classes=998, accuracy=accuracy, val_images=12_000
    )
    int8 = Quantisation(scale=1 / 255, zero_point=-128) if name == "litert-int8" else None
    return Artifact(
        format=name,
        title=name,
        file=f"model.{name}",
        size_bytes=size_bytes,
        sha256={f"model.{name}": "a" * 64},
        check=check,
        runtime="a runtime",
        latency_us=20.0,
        arena_bytes=arena_bytes,
        input=int8,
        output=int8,
    )


def _card(*artifacts: Artifact, **changes: Any) -> ModelCard:
    facts: dict[str, Any] = {
        "label": "trial 3",
        "study": "made",
        "why": "Made up.",
        "refit": False,
        "network": EVERY_KIND,
        "plan": NOTEBOOK,
        "data": DataRef(name="mnist", sha256="0" * 64),
        "source": "a test",
        "class_names": tuple("0123456789"),
        "training_images": 48_000,
        "seed": 5,
        "weights_sha256": "b" * 64,
        "conversion": Conversion(),
        "evidence": Evidence(),
        "parameters": 6_000,
        "macs": 500_000,
        "peak_activation_bytes": 7_800,
        "budget": Budget(parameters=7_000),
        "artifacts": artifacts,
        "environment": _ENVIRONMENT,
    }
    return ModelCard(**facts | changes)


_FLOAT = _artifact("keras", accuracy=0.985)


def test_a_drop_within_two_tenths_of_a_point_is_told_without_a_warning() -> None:
    card = _card(_FLOAT, _artifact("litert-int8", accuracy=0.984))
    assert card.int8_drop == pytest.approx(0.1)
    assert "In int8 it loses 0.10 points of validation accuracy." in card_page(card)
    assert not any("int8" in limit for limit in card.limits)


def test_a_larger_drop_is_a_limit() -> None:
    card = _card(_FLOAT, _artifact("litert-int8", accuracy=0.982))
    assert card.limits[-1] == "In int8 it loses 0.30 points of validation accuracy, more than 0.2."
    assert "loses 0.30 points of validation accuracy, **more than 0.2**" in card_page(card)


def test_without_both_files_nothing_is_said_of_a_drop() -> None:
    for card in (_card(_FLOAT), _card(_artifact("litert-int8", accuracy=0.5))):
        assert card.int8_drop is None
        assert "loses" not in card_page(card)


def test_a_refit_says_first_that_it_was_not_judged() -> None:
    page = card_page(_card(_FLOAT, refit=True))
    assert page.index("**Not the judged network:**") < page.index("| Parameters |")
    assert "its validation figures are of images that it was trained on" in page


def test_test_figures_come_with_their_seeds_and_openings() -> None:
    test = TestEvidence(accuracy=0.9874, low=0.9864, high=0.9884, seeds=8, shipped_accuracy=0.9878, images=10_000, openings=2)
    page = card_page(_card(_FLOAT, evidence=Evidence(verdict=("trial 3 beats model-5.",), test=test, score=0.9847)))
    assert "Test accuracy 98.74 % (98.64 to 98.84, mean of 8 seeds, 10,000 images); the training shipped here: 98.78 %." in page
    assert "opened 2 times by then" in page
    int8 = card_page(_card(_FLOAT, evidence=Evidence(test=test.model_copy(update={"deployed": "litert-int8"}))))
    assert "Test accuracy of the litert-int8 file, with its default settings, 98.74 % (98.64" in int8
    assert "- trial 3 beats model-5." in page
    assert "It has not seen a test image." not in page


@pytest.mark.parametrize(
    ("budget", "arena_bytes", "excess"),
    [
        (Budget(parameters=7_000), 10_384, ""),
        (Budget(parameters=5_000), 10_384, "1,000 parameters over"),
        (Budget(ram_bytes=10_000, flash_bytes=11_000), 10_384, "384 bytes of RAM over, 472 bytes of flash over"),
    ],
    ids=["kept", "parameters", "measured bytes"],
)
def test_the_studys_budget_is_held_against_what_was_measured(budget: Budget, arena_bytes: int | None, excess: str) -> None:
    card = _card(_FLOAT, _artifact("litert-int8", accuracy=0.985, arena_bytes=arena_bytes), budget=budget)
    assert card.excess == excess
    assert (f"**{excess}**" if excess else ": kept |") in card_page(card)
    assert any("over the study's budget" in limit for limit in card.limits) == bool(excess)


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (Budget(parameters=7_000, ram_bytes=10**6), ": kept, RAM as estimated |"),
        (Budget(ram_bytes=10**6, flash_bytes=10**6), ": kept, RAM and flash as estimated |"),
        (Budget(ram_bytes=10), " bytes of RAM over**, as estimated |"),
        (Budget(parameters=5_000, ram_bytes=10), ": **1,000 parameters over** |"),
    ],
)
def test_what_was_not_measured_is_not_said_to_be_kept(budget: Budget, words: str) -> None:
    card = _card(_FLOAT, budget=budget)
    assert words in card_page(card)


def test_boards_are_answered_by_measured_bytes() -> None:
    small = _card(_FLOAT, _artifact("litert-int8", accuracy=0.985, arena_bytes=10_384)).fits
    large = _card(_FLOAT, _artifact("litert-int8", accuracy=0.985, arena_bytes=10**9, size_bytes=10**9)).fits
    assert {"yes", "no runtime"} <= set(small.values())
    assert not any(answer == "yes" for answer in large.values())
    assert not _card(_FLOAT).fits


def test_what_pixels_become_is_said_for_both_kinds_of_input() -> None:
    int8 = _artifact("litert-int8", accuracy=0.985)
    plain = card_page(_card(_FLOAT, int8))
    assert '**pixels divided by 255**. From uint8 pixels: `image.astype("float32") / 255`.' in plain
    assert "for a uint8 pixel, `pixel - 128`" in plain
    inside = int8.model_copy(update={"input": Quantisation(scale=1.0, zero_point=-128)})
    page = card_page(_card(_FLOAT, inside, conversion=Conversion(include_rescaling=True)))
    assert "**pixels from 0 to 255 as they are**" in page
    assert "for a uint8 pixel, `pixel - 128`" in page
    odd = int8.model_copy(update={"input": Quantisation(scale=0.004, zero_point=-120)})
    assert "pixel - 128" not in card_page(_card(_FLOAT, odd))


def test_a_card_survives_its_json() -> None:
    card = _card(_FLOAT, _artifact("litert-int8", accuracy=0.985, arena_bytes=10_384))
    assert ModelCard.model_validate_json(card.model_dump_json()) == card


def test_no_line_of_the_page_is_torn() -> None:
    lines = card_page(_card(_FLOAT, _artifact("litert-int8", accuracy=0.985, arena_bytes=10_384))).splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)
    columns = next(line for line in lines if line.startswith("| format |")).count("|")
    rows = [line for line in lines if line.startswith(("| keras |", "| litert-int8 |"))]
    assert [row.count("|") for row in rows] == [columns, columns]
