"""`nas data`: what a data set holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from nas.cli.options import DATA, ImageSize, Json, ValSplit

if TYPE_CHECKING:
    from nas.data import DataSummary


def show(
    name: Annotated[str, Parameter(help=f"Data set: {DATA}.")],
    /,
    *,
    val_split: ValSplit = None,
    image_size: ImageSize = None,
    sheet: Annotated[
        Path | None, Parameter(name=("--sheet", "--out"), help="PNG for the contact sheet (default: its name in this folder).")
    ] = None,
    json: Json = False,
) -> None:
    """Say what a data set holds, and save a contact sheet of its training images with their labels.

    A file or folder is read as a search would read it, so its mistakes are found here. Test images are counted, never looked
    at; how many of them stand among the others as well was counted when they were sealed.

    For example:

    - `nas data show mnist`
    - `nas data show screws.npz`
    - `nas data show photos --image-size 32x32 --sheet photos.png`
    """
    from nas.cli.output import answer_json
    from nas.data import count_validation_duplicates, describe, find, save_contact_sheet

    ref = find(name, val_split=val_split, image_size=image_size)
    summary = describe(ref)
    path = sheet or Path(f"{''.join(sign if sign.isalnum() else '-' for sign in ref.name)}.png")
    save_contact_sheet(ref, path)
    repeated = count_validation_duplicates(ref)
    if json:
        from dataclasses import asdict

        answer_json(
            {key: str(value) if isinstance(value, Path) else value for key, value in asdict(summary).items()}
            | {"validation_duplicates": repeated, "sheet": str(path)}
        )
        return
    _answer(summary, repeated=repeated, sheet=path)


def _answer(summary: "DataSummary", *, repeated: int, sheet: Path) -> None:
    from nas.cli.output import answer, answer_table, plain
    from nas.library.wording import shape

    rows = [
        (plain(label), f"{train:,}", f"{validation:,}")
        for label, train, validation in zip(
            summary.class_names, summary.training_per_class, summary.validation_per_class, strict=True
        )
    ]
    answer_table(
        f"{summary.name}: images a class",
        ("class", "training", "validation"),
        rows,
        footer=("all", f"{summary.training:,}", f"{summary.validation:,}"),
    )
    answer(f"Images: {shape(summary.input_shape)} (height × width × channels), {len(summary.class_names)} classes;")
    answer(f"the {summary.test:,} test images are sealed.")
    answer(f"Source: {summary.source}.")
    low, high = summary.pixel_range
    answer(
        f"Pixels: {summary.pixels or 'bytes, taken as they are'}; stored from {low} to {high}, trained on as {summary.scaling}."
    )
    if summary.drawn:
        answer(f"Validation: {summary.drawn:.0%} of each class, drawn by a constant seed.")
    answer(_duplicates(summary, repeated=repeated))
    answer(f"Contact sheet: {sheet}")


def _duplicates(summary: "DataSummary", *, repeated: int) -> str:
    """How many images stand in two splits at once."""
    leaks = " An image in two splits makes results look better than they are." if repeated or summary.test_duplicates else ""
    test = "not counted" if summary.test_duplicates is None else f"{summary.test_duplicates:,}"
    return (
        f"Duplicates: {repeated:,} validation images are training images too; of test images, {test} are among the others.{leaks}"
    )
