"""`nas sample`: some networks of a search space, drawn at random."""

from typing import Annotated

from cyclopts import Parameter

from nas.cli.options import DATA, Json, parameters_budget


def sample(
    *,
    space: Annotated[str, Parameter(help="Search space: a name, or module:function.")] = "plain",
    count: Annotated[int, Parameter(help="Networks to draw.")] = 5,
    data: Annotated[str, Parameter(help=f"Data set: {DATA}.")] = "mnist",
    budget: Annotated[int, Parameter(help="Most parameters a network may have.")] = 7_000,
    seed: Annotated[int, Parameter(help="Gives every draw.")] = 0,
    json: Json = False,
) -> None:
    """Draw some networks of a search space and measure them, whether they fit the budget or not.

    For example:

    - `nas sample --space compact --count 5`
    - `nas sample --space my_space:space --data mnist:2000 --budget 1000`
    - `nas sample --space plain --seed 1 --json`

    Bytes are upper estimates for the int8 file; the command export measures them.
    """
    from nas.architecture import describe_excess, failure_of, measure
    from nas.cli.output import answer, answer_json, answer_table, plain
    from nas.cli.tables import network_json
    from nas.data import find
    from nas.engine.search import task_of
    from nas.engine.spaces import find_space
    from nas.engine.survey import sample as draw
    from nas.errors import SpaceError
    from nas.library.layers import summarise

    if count < 1 or seed < 0:
        raise SpaceError(f"--count is at least 1 and --seed at least 0, not {count} and {seed}.")
    task = task_of(find(data), budget=parameters_budget(budget))
    networks = draw(find_space(space), task, count=count, seed=seed)
    costs = [measure(network) for network in networks]
    over = [failure_of(cost.network) or describe_excess(cost, budget=task.budget) for cost in costs]
    if json:
        drawn = [network_json(network) | {"fits": not excess} for network, excess in zip(networks, over, strict=True)]
        answer_json({"space": space, "data": data, "limits": task.budget.limits, "seed": seed, "networks": drawn})
        return
    rows = [
        (
            str(number),
            f"{cost.parameters:,}",
            f"{cost.macs:,}",
            f"{cost.flash_bytes:,}" if cost.estimates_bytes else "–",
            f"{cost.ram_bytes:,}" if cost.estimates_bytes else "–",
            "no" if excess else "yes",
            plain(failure_of(network) or summarise(network)),
        )
        for number, (network, cost, excess) in enumerate(zip(networks, costs, over, strict=True), start=1)
    ]
    columns = ("draw", "parameters", "MACs", "flash", "RAM", "fits", "layers")
    answer_table(f"{count} random networks of the space {space}", columns, rows, words=("layers",))
    answer(f"Of these {over.count('')} fit the budget of {task.budget.words}; flash and RAM are bytes, estimated from above.")
