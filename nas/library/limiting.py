"""The limits that a network is measured against; the command and the word `measure` share them."""

from nas.architecture import Budget, find_device, room_on
from nas.errors import BudgetError
from nas.library.units import parse_size


def limits(
    *, budget: int | None, max_macs: int | None, max_ram: str | int | None, max_flash: str | int | None, fits: str | None
) -> Budget:
    """All that a network may cost; where a device and a flag limit the same, the smaller holds.

    Args:
        budget: Most parameters.
        max_macs: Most multiply-accumulate operations for one image.
        max_ram: Most RAM, as bytes or such as 64kB.
        max_flash: Most flash, as bytes or such as 256KiB.
        fits: A device whose flash and RAM it has to fit.

    Raises:
        BudgetError: If one is less than 1, or there is no such device.
    """
    if budget is not None and budget < 1:
        raise BudgetError(f"A budget is at least 1 parameter, not {budget}.")
    if max_macs is not None and max_macs < 1:
        raise BudgetError(f"--max-macs takes at least 1 operation, not {max_macs}.")
    limit = Budget(
        parameters=budget,
        macs=max_macs,
        ram_bytes=parse_size(None if max_ram is None else str(max_ram), flag="--max-ram"),
        flash_bytes=parse_size(None if max_flash is None else str(max_flash), flag="--max-flash"),
    )
    return limit if fits is None else limit.tightened(room_on(find_device(fits)))
