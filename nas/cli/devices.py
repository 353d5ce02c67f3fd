"""`nas devices`: common boards, and which of them a network fits."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from nas.cli.options import Json

if TYPE_CHECKING:
    from nas.architecture import Cost, Device


def devices(
    network: Annotated[
        str | None,
        Parameter(
            help="A network to fit: a hand-designed one's name, an architecture's JSON, a .keras file, or module:function."
        ),
    ] = None,
    /,
    *,
    json: Json = False,
) -> None:
    """List common boards with flash, RAM and clock, and the source of each figure; or which of them a network fits.

    For example:

    - `nas devices`
    - `nas devices model-2`
    - `nas devices runs/mnist-plain-7000-s0/best.json --json`

    Without a network the sources are named. What a network needs is an upper estimate before it is converted;
    the command export measures it.
    """
    from nas.architecture import devices as boards
    from nas.architecture import measure
    from nas.architecture.devices import RESERVED_FLASH_KIB, RESERVED_RAM_KIB
    from nas.cli.output import answer, answer_json
    from nas.library.networks import find_network

    cost = None if network is None else measure(find_network(network))
    if json:
        needs = {"network": network, **_needs(cost)} if cost else {}
        answer_json({**needs, "devices": [_device_json(board, cost) for board in boards()]})
        return
    if cost is None:
        _answer_boards(boards())
    else:
        _answer_fits(str(network), cost, boards())
    answer(
        f"Of flash and RAM {RESERVED_FLASH_KIB} and {RESERVED_RAM_KIB} KiB are kept for runtime and application, and more where"
        " a board needs it: free is what is left for a network. RAM outside the chip is not counted."
    )


def _answer_boards(boards: "tuple[Device, ...]") -> None:
    from nas.cli.output import answer, answer_table

    rows = [
        (
            board.name,
            board.title,
            f"{board.chip}, {board.core}",
            f"{board.clock_mhz}",
            f"{board.flash_kib:,}",
            f"{board.ram_kib:,}",
            *_free(board),
        )
        for board in boards
    ]
    columns = ("device", "board", "chip and core", "MHz", "flash KiB", "RAM KiB", "free flash", "free RAM")
    answer_table(f"{len(boards)} boards", columns, rows, words=("board", "chip and core"))
    for board in boards:
        note = f" ({board.note})" if board.note else ""
        answer(f"{board.name}{note}")
        figures = {"flash": board.flash_source, "RAM": board.ram_source, "clock": board.clock_source}
        for source in dict.fromkeys(figures.values()):
            names = ", ".join(name for name, one in figures.items() if one == source)
            answer(f"  {names}: {source.title}, {source.url}")


def _answer_fits(network: str, cost: "Cost", boards: "tuple[Device, ...]") -> None:
    from nas.architecture import fit
    from nas.cli.output import answer, answer_table

    rows = [
        (board.name, board.title, *_free(board), fit(board, flash_bytes=cost.flash_bytes, ram_bytes=cost.ram_bytes).words)
        for board in boards
    ]
    columns = ("device", "board", "free flash", "free RAM", "fits")
    answer_table(f"Which boards {network} fits", columns, rows, words=("board", "fits"))
    answer(
        f"Deployed in int8, {network} needs at most {cost.flash_bytes:,} bytes of flash and {cost.ram_bytes:,} bytes of RAM, by"
        " upper estimates before conversion."
    )


def _free(board: "Device") -> tuple[str, str]:
    if board.runtime == "none":
        return "–", "–"
    return f"{board.free_flash_bytes // 1_024:,} KiB", f"{board.free_ram_bytes // 1_024:,} KiB"


def _needs(cost: "Cost") -> dict[str, int]:
    return {"estimated_flash_bytes": cost.flash_bytes, "estimated_ram_bytes": cost.ram_bytes}


def _device_json(board: "Device", cost: "Cost | None") -> dict[str, Any]:
    from nas.architecture import fit

    told = board.model_dump(mode="json") | {"free_flash_bytes": board.free_flash_bytes, "free_ram_bytes": board.free_ram_bytes}
    if cost is None:
        return told
    found = fit(board, flash_bytes=cost.flash_bytes, ram_bytes=cost.ram_bytes)
    return told | {"fits": found.answer} | {name: getattr(found, name) for name in ("flash_over_bytes", "ram_over_bytes")}
