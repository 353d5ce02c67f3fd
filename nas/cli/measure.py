"""`nas measure`: what a network costs, without training or even building it."""

from typing import Annotated

from cyclopts import Parameter

from nas.cli.options import Fits, Json, MaxFlash, MaxMacs, MaxRam, parse_size


def measure(
    network: Annotated[
        str, Parameter(help="Name of a hand-designed network, an architecture's JSON file, a .keras file, or module:function.")
    ],
    /,
    *,
    budget: Annotated[int | None, Parameter(help="Also say whether it fits so many parameters.")] = None,
    max_macs: MaxMacs = None,
    max_ram: MaxRam = None,
    max_flash: MaxFlash = None,
    fits: Fits = None,
    json: Json = False,
) -> None:
    """Count parameters, MACs and memory of a network, layer by layer.

    For example:

    - `nas measure model-5`
    - `nas measure runs/mnist-plain-7000-s0/best.json --budget 7000`
    - `nas measure my-network.keras --fits pico`
    - `nas measure my_networks:small --budget 7000`

    A .keras file is only read; the function, found from this folder, returns a Keras model. Bytes of flash and RAM are
    upper estimates; the command export measures them.
    """
    from nas.architecture import Budget, find_device, require_fit, room_on
    from nas.architecture import fits as within
    from nas.architecture import measure as cost_of
    from nas.cli.networks import find_network
    from nas.cli.output import answer, answer_json
    from nas.cli.tables import answer_layers, network_json
    from nas.errors import BudgetError

    if budget is not None and budget < 1:
        raise BudgetError(f"A budget is at least 1 parameter, not {budget}.")
    if max_macs is not None and max_macs < 1:
        raise BudgetError(f"--max-macs takes at least 1 operation, not {max_macs}.")
    limit = Budget(
        parameters=budget,
        macs=max_macs,
        ram_bytes=parse_size(max_ram, flag="--max-ram"),
        flash_bytes=parse_size(max_flash, flag="--max-flash"),
    )
    if fits is not None:
        limit = limit.tightened(room_on(find_device(fits)))
    architecture = find_network(network)
    cost = cost_of(architecture)
    if json:
        verdict = {"budget": budget, "limits": limit.limits, "fits": within(cost, budget=limit)} if limit.limits else {}
        answer_json({"network": network, **network_json(architecture), **verdict})
        return
    require_fit(cost, budget=limit)
    answer_layers(network, architecture)
    answer(
        f"Deployed in int8: at most {cost.flash_bytes:,} bytes of flash and {cost.ram_bytes:,} bytes of RAM, by upper estimates"
        " before conversion."
    )
    if limit.limits:
        answer(f"It fits the budget of {limit.words}{f', with what is free on {fits}' if fits else ''}.")
