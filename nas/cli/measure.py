"""`nas measure`: what a network costs, without training or even building it."""

from typing import Annotated

from cyclopts import Parameter

from nas.cli.options import Fits, Json, MaxFlash, MaxMacs, MaxRam


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
    from nas.architecture import fits as within
    from nas.architecture import measure as cost_of
    from nas.architecture import require_fit
    from nas.cli.output import answer, answer_json
    from nas.cli.tables import answer_layers, network_json
    from nas.library.limiting import limits
    from nas.library.networks import find_network

    limit = limits(budget=budget, max_macs=max_macs, max_ram=max_ram, max_flash=max_flash, fits=fits)
    architecture = find_network(network)
    cost = cost_of(architecture)
    if json:
        verdict = {"budget": budget, "limits": limit.limits, "fits": within(cost, budget=limit)} if limit.limits else {}
        answer_json({"network": network, **network_json(architecture), **verdict})
        return
    answer_layers(network, architecture)
    answer(
        f"Deployed in int8: at most {cost.flash_bytes:,} bytes of flash and {cost.ram_bytes:,} bytes of RAM, by upper estimates"
        " before conversion."
    )
    require_fit(cost, budget=limit)
    if limit.limits:
        answer(f"It fits the budget of {limit.words}{f', with what is free on {fits}' if fits else ''}.")
