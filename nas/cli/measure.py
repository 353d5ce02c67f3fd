"""`nas measure`: what a network costs, without training or even building it."""

from typing import Annotated

from cyclopts import Parameter

from nas.cli.options import Json


def measure(
    network: Annotated[
        str, Parameter(help="Name of a hand-designed network, an architecture's JSON file, a .keras file, or module:function.")
    ],
    /,
    *,
    budget: Annotated[int | None, Parameter(help="Also say whether it fits so many parameters.")] = None,
    json: Json = False,
) -> None:
    """Count parameters, MACs and memory of a network, layer by layer.

    For example:

    - `nas measure model-5`
    - `nas measure runs/mnist-plain-7000-s0/best.json --budget 7000`
    - `nas measure my-network.keras`
    - `nas measure my_networks:small --budget 7000`

    A .keras file is only read; the function, found from this folder, returns a Keras model.
    """
    from nas.architecture import Budget, fits, require_fit
    from nas.architecture import measure as cost_of
    from nas.cli.networks import find_network
    from nas.cli.output import answer, answer_json
    from nas.cli.tables import answer_layers, network_json
    from nas.errors import BudgetError

    if budget is not None and budget < 1:
        raise BudgetError(f"A budget is at least 1 parameter, not {budget}.")
    architecture = find_network(network)
    limit = Budget(parameters=budget)
    if json:
        verdict = {} if budget is None else {"budget": budget, "fits": fits(cost_of(architecture), budget=limit)}
        answer_json({"network": network, **network_json(architecture), **verdict})
        return
    require_fit(cost_of(architecture), budget=limit)
    answer_layers(network, architecture)
    if budget is not None:
        answer(f"It fits the budget of {budget:,} parameters.")
