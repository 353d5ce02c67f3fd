"""Boards with microcontrollers: their memory by the vendors' documents, and whether a network fits them."""

import tomllib
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from nas.architecture.budget import Budget
from nas.errors import BudgetError

KIB: Final = 1_024
RESERVED_FLASH_KIB: Final = 96
"""Flash that is not the model's: runtime, kernels, the board's start-up code and an application.

Assumed: some 37 kB for TensorFlow Lite Micro with its kernels, 28 kB for a program, and a third again (`docs/devices.md`).
"""
RESERVED_RAM_KIB: Final = 16
"""RAM that is not the arena's: stack, buffers and the statics of runtime (about 4 kB) and program (4 kB)."""

Answer = Literal["yes", "flash", "RAM", "flash and RAM", "no runtime"]
Kib = Annotated[int, Field(ge=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Frozen):
    """Where a figure is from."""

    title: str
    """Of the vendor's document or page."""
    url: str


class Device(_Frozen):
    """A board, its figures and their sources."""

    name: str
    """As commands take it."""
    title: str
    """As its vendor calls it."""
    chip: str
    core: str
    clock_mhz: Annotated[int, Field(ge=1)]
    """Highest clock of the core, in MHz."""
    flash_kib: Kib
    """Flash on chip or board, in KiB."""
    ram_kib: Kib
    """RAM on the chip, in KiB; memory outside the chip is not counted."""
    runtime: Literal["TFLM", "none"] = "TFLM"
    """What runs a model on it: TensorFlow Lite Micro, or nothing."""
    reserved_flash_kib: Annotated[int, Field(ge=0)] = 0
    """Flash that a model cannot lie in on this board, beyond the general reserve."""
    reserved_ram_kib: Annotated[int, Field(ge=0)] = 0
    """RAM that an arena cannot lie in on this board, beyond the general reserve."""
    note: str = ""
    """What else is to be known of the figures."""
    flash_source: Source
    ram_source: Source
    clock_source: Source

    @property
    def free_flash_bytes(self) -> int:
        """Flash for the model's file, in bytes."""
        return max(0, self.flash_kib - self.reserved_flash_kib - RESERVED_FLASH_KIB) * KIB

    @property
    def free_ram_bytes(self) -> int:
        """RAM for the arena, in bytes."""
        return max(0, self.ram_kib - self.reserved_ram_kib - RESERVED_RAM_KIB) * KIB


class Fit(_Frozen):
    """Whether a model fits a board, and what is short."""

    answer: Answer
    """`yes`, what there is too little of, or `no runtime`."""
    flash_over_bytes: int
    """Bytes of flash that are missing; at most 0 where there is enough."""
    ram_over_bytes: int
    """Bytes of RAM that are missing; at most 0 where there is enough."""

    @property
    def words(self) -> str:
        """The answer with what is missing.

        >>> Fit(answer="RAM", flash_over_bytes=-5, ram_over_bytes=1_200).words
        'RAM, 1,200 bytes over'
        """
        missing = {"flash": self.flash_over_bytes, "RAM": self.ram_over_bytes}
        if self.answer in {"yes", "no runtime"}:
            return self.answer
        return "; ".join(f"{name}, {over:,} bytes over" for name, over in missing.items() if over > 0)


def fit(device: Device, *, flash_bytes: int, ram_bytes: int) -> Fit:
    """Whether a model with such a file and such an arena fits a board beside runtime and application.

    >>> fit(find_device("pico"), flash_bytes=12_000, ram_bytes=11_000).answer
    'yes'
    """
    flash, ram = flash_bytes - device.free_flash_bytes, ram_bytes - device.free_ram_bytes
    answer: Answer = "yes"
    if device.runtime == "none":
        answer = "no runtime"
    elif flash > 0 or ram > 0:
        answer = "flash and RAM" if flash > 0 and ram > 0 else "flash" if flash > 0 else "RAM"
    return Fit(answer=answer, flash_over_bytes=flash, ram_over_bytes=ram)


@cache
def devices() -> tuple[Device, ...]:
    """All boards of the table, in its order."""
    table = tomllib.loads(files("nas.architecture").joinpath("devices.toml").read_text(encoding="utf-8"))
    sources = table["sources"]
    figures = ("flash_source", "ram_source", "clock_source")
    return tuple(Device.model_validate(row | {name: sources[row[name]] for name in figures}) for row in table["devices"])


def find_device(name: str) -> Device:
    """The board of that name.

    Raises:
        BudgetError: If the table has none; the message names the nearest.
    """
    by_name = {device.name: device for device in devices()}
    if name in by_name:
        return by_name[name]
    nearest = get_close_matches(name.lower(), by_name, n=1)
    hint = f"did you mean {nearest[0]!r}? Or see" if nearest else "see"
    raise BudgetError(f"There is no device {name!r}; {hint} `nas devices`.")


def require_runtime(device: Device) -> None:
    """Nothing, for a board that models run on.

    Raises:
        BudgetError: If there is no runtime for it.
    """
    if device.runtime == "none":
        raise BudgetError(f"No network fits {device.title}: there is no runtime for it ({device.note}); see `nas devices`.")


def room_on(device: Device) -> Budget:
    """The limits that a board sets.

    Raises:
        BudgetError: If there is no runtime for it.
    """
    require_runtime(device)
    return Budget(ram_bytes=device.free_ram_bytes, flash_bytes=device.free_flash_bytes)
