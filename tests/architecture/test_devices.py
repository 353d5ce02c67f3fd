"""Boards: complete figures with sources, and honest answers."""

import pytest

from nas.architecture import Budget, devices, find_device, fit, room_on
from nas.architecture.devices import KIB, RESERVED_FLASH_KIB, RESERVED_RAM_KIB
from nas.errors import BudgetError

NAMED = {
    "nano-33-ble-sense": ("nRF52840", 64, 1_024, 256),
    "pico": ("RP2040", 133, 2_048, 264),
    "nucleo-f446re": ("STM32F446RE", 180, 512, 128),
    "esp32-s3-devkitc-1": ("ESP32-S3", 240, 8_192, 512),
    "nrf52840-dk": ("nRF52840", 64, 1_024, 256),
    "sparkfun-edge": ("Apollo3 Blue", 96, 1_024, 384),
    "uno-r3": ("ATmega328P", 16, 32, 2),
}
"""Chip, MHz, KiB of flash and KiB of RAM, by the vendors' documents."""


@pytest.mark.parametrize("name", NAMED)
def test_the_best_known_boards_have_their_vendors_figures(name: str) -> None:
    device = find_device(name)
    assert (device.chip, device.clock_mhz, device.flash_kib, device.ram_kib) == NAMED[name]


def test_names_are_distinct_and_each_figure_has_a_vendors_document() -> None:
    boards = devices()
    assert len({board.name for board in boards}) == len(boards) >= 12
    for board in boards:
        for source in (board.flash_source, board.ram_source, board.clock_source):
            assert source.title
            assert source.url.startswith("https://")


def test_boards_that_keep_more_than_the_general_reserve_say_why() -> None:
    for board in devices():
        assert board.note or not (board.reserved_flash_kib or board.reserved_ram_kib or board.runtime == "none")


def test_what_is_free_is_what_the_reserves_leave() -> None:
    pico, esp32, portenta = find_device("pico"), find_device("esp32-devkitc"), find_device("portenta-h7")
    assert pico.free_flash_bytes == (2_048 - RESERVED_FLASH_KIB) * KIB
    assert pico.free_ram_bytes == (264 - RESERVED_RAM_KIB) * KIB
    assert esp32.free_ram_bytes == (520 - 360 - RESERVED_RAM_KIB) * KIB
    assert portenta.free_flash_bytes == (768 - RESERVED_FLASH_KIB) * KIB
    assert room_on(pico) == Budget(flash_bytes=pico.free_flash_bytes, ram_bytes=pico.free_ram_bytes)


@pytest.mark.parametrize(
    ("flash_over", "ram_over", "answer", "words"),
    [
        (0, 0, "yes", "yes"),
        (1, 0, "flash", "flash, 1 bytes over"),
        (0, 1_500, "RAM", "RAM, 1,500 bytes over"),
        (2, 3, "flash and RAM", "flash, 2 bytes over; RAM, 3 bytes over"),
    ],
)
def test_a_model_fits_up_to_the_last_byte_that_is_free(flash_over: int, ram_over: int, answer: str, words: str) -> None:
    device = find_device("microbit-v2")
    found = fit(device, flash_bytes=device.free_flash_bytes + flash_over, ram_bytes=device.free_ram_bytes + ram_over)
    assert (found.answer, found.words) == (answer, words)
    assert (found.flash_over_bytes, found.ram_over_bytes) == (flash_over, ram_over)


def test_a_board_without_a_runtime_fits_nothing_and_sets_no_limits() -> None:
    uno = find_device("uno-r3")
    assert fit(uno, flash_bytes=1, ram_bytes=1).words == "no runtime"
    with pytest.raises(
        BudgetError, match=r"^No network fits Arduino UNO R3: there is no runtime for it \(.*\); see `nas devices`\.$"
    ):
        room_on(uno)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("picoo", r"^There is no device 'picoo'; did you mean 'pico'\? Or see `nas devices`\.$"),
        ("PICO", r"^There is no device 'PICO'; did you mean 'pico'\? Or see `nas devices`\.$"),
        ("mainframe", r"^There is no device 'mainframe'; see `nas devices`\.$"),
    ],
)
def test_an_unknown_board_is_told_the_nearest(name: str, message: str) -> None:
    with pytest.raises(BudgetError, match=message):
        find_device(name)
