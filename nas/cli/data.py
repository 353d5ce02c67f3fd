"""`nas data`: what a data set holds."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from nas.cli.options import Json


def show(
    name: Annotated[str, Parameter(help="Data set; mnist:2000 is a small part of mnist.")],
    /,
    *,
    out: Annotated[Path | None, Parameter(help="PNG for the contact sheet (default: its name in this folder).")] = None,
    json: Json = False,
) -> None:
    """Say what a data set holds, and save a contact sheet of its training images with their labels.

    Test images are counted, never looked at.

    For example:

    - `nas data show mnist`
    """
    from nas.cli.output import answer, answer_json, answer_table, shape
    from nas.data import describe, find, save_contact_sheet

    ref = find(name)
    summary = describe(ref)
    sheet = out or Path(f"{''.join(sign if sign.isalnum() else '-' for sign in name)}.png")
    save_contact_sheet(ref, sheet)
    if json:
        from dataclasses import asdict

        answer_json(
            {key: str(value) if isinstance(value, Path) else value for key, value in asdict(summary).items()}
            | {"sheet": str(sheet)}
        )
        return
    rows = [
        (label, f"{train:,}", f"{validation:,}")
        for label, train, validation in zip(
            summary.class_names, summary.training_per_class, summary.validation_per_class, strict=True
        )
    ]
    answer_table(
        f"{name}: images a class",
        ("class", "training", "validation"),
        rows,
        footer=("all", f"{summary.training:,}", f"{summary.validation:,}"),
    )
    answer(f"Images: {shape(summary.input_shape)} (height × width × channels), {len(summary.class_names)} classes;")
    answer(f"the {summary.test:,} test images are sealed.")
    answer(f"Contact sheet: {sheet}")
