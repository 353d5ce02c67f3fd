"""Hand-designed networks that a study neither trains nor compares with, each with its reason."""

from collections.abc import Mapping

from nas.architecture import Network, Task, describe_cost, excesses, measure
from nas.baselines import NAMES


def why_unfit(network: Network | None, task: Task) -> str | None:
    """Why a hand-designed network is none for a task, to be read after its name and `it`; None where it fits.

    >>> why_unfit(None, Task(input_shape=(8, 8, 1), classes=10))
    'does not fit images of 8 × 8 × 1'

    Args:
        network: The network, or None where its layers are impossible for the images.
        task: Images and budget.
    """
    if network is None:
        return f"does not fit images of {' × '.join(map(str, task.input_shape))}"
    cost = measure(network)
    over = excesses(cost, budget=task.budget)
    return f"{' and '.join(describe_cost(cost, limit) for limit in over)}, over the budget" if over else None


def in_words(left_out: Mapping[str, str], *, fate: str = "left out") -> tuple[str, ...]:
    """A sentence for each reason, with all whom it concerns.

    >>> in_words({"model-1": "is too large", "model-2": "is too large"})
    ('model-1 was left out: it is too large; the same holds for model-2.',)

    Args:
        left_out: Reasons by name, as `why_unfit` words them.
        fate: What was, or was not, done with them.
    """
    names: dict[str, list[str]] = {}
    for name, reason in left_out.items():
        names.setdefault(reason, []).append(name)
    same = {reason: f"; the same holds for {', '.join(more)}" if more else "" for reason, (_, *more) in names.items()}
    return tuple(f"{one} was {fate}: it {reason}{same[reason]}." for reason, (one, *_) in names.items())


def unfit(possible: Mapping[str, Network], task: Task) -> dict[str, str]:
    """Of the notebook's networks and the others that are possible: those that do not fit, with the reason.

    Args:
        possible: Networks by name that the images allow.
        task: Images and budget.
    """
    reasons = {name: why_unfit(possible.get(name), task) for name in dict.fromkeys((*NAMES, *possible))}
    return {name: reason for name, reason in reasons.items() if reason}
