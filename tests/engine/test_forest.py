"""Our sampler: only what fits and is new, best first where structure tells, the same for the same seed."""

from dataclasses import replace

import numpy as np
import pytest
from fake_search import TASK

from nas.architecture import Architecture, Budget, Fixed, layers_of, measure
from nas.engine.choices import Drawing
from nas.engine.forest import Choices, ForestSearch, Trained, final_levels
from nas.engine.spaces import find_space
from nas.training.curve import level

SPACE = find_space("plain")
SEARCH = ForestSearch(SPACE, TASK)


def network_of(choices: Choices) -> Architecture:
    return layers_of(SPACE.draw(Fixed(choices), TASK))


def trained(count: int, *, seed: int = 0) -> list[Trained]:
    """Networks whose accuracy rises with their parameters, nothing else."""
    generator = np.random.default_rng(seed)
    found: dict[str, Trained] = {}
    while len(found) < count:
        drawing = Drawing(generator)
        network = SPACE.draw(drawing, TASK)
        parameters = measure(network).parameters
        if parameters <= 7_000:
            found[network.key] = Trained(network, drawing.chosen, (0.5 + parameters / 20_000,))
    return list(found.values())


def test_the_forest_finds_what_makes_networks_good() -> None:
    known = trained(40)
    proposed = [SEARCH.propose(known, known=frozenset(), seed=seed) for seed in range(12)]
    sizes = [measure(network_of(choices)).parameters for choices in proposed if choices]
    assert len(sizes) == 12
    assert np.median(sizes) > 6_000
    assert np.median([measure(one.network).parameters for one in known]) < 3_500


def test_the_forest_learns_what_only_compact_networks_differ_in() -> None:
    space = find_space("compact")
    generator = np.random.default_rng(0)
    known = []
    for _ in range(30):
        drawing = Drawing(generator)
        network = space.draw(drawing, TASK)
        known.append(Trained(network, drawing.chosen, (0.9 if drawing.chosen["activation"] == "silu" else 0.5,)))
    few = ForestSearch(space, TASK, random_draws=15, changes=15)
    proposed = [few.propose(known, known=frozenset(), seed=seed) for seed in range(3)]
    assert [choices["activation"] for choices in proposed if choices] == ["silu"] * 3


def test_before_enough_is_known_draws_are_random_whatever_was_learnt() -> None:
    few, others = trained(9), trained(9, seed=1)
    assert SEARCH.propose(few, known=frozenset(), seed=4) == SEARCH.propose(others, known=frozenset(), seed=4)
    assert SEARCH.propose(few, known=frozenset(), seed=4) != SEARCH.propose(few, known=frozenset(), seed=5)


def test_at_the_start_the_draw_that_uses_most_of_the_budget_is_proposed() -> None:
    one, many = replace(SEARCH, startup_draws=1), replace(SEARCH, startup_draws=5)

    def sizes(search: ForestSearch, cost: str) -> list[int]:
        found = [search.propose([], known=frozenset(), seed=seed) for seed in range(20)]
        return [getattr(measure(network_of(choices)), cost) for choices in found if choices]

    assert all(more >= less for more, less in zip(sizes(many, "parameters"), sizes(one, "parameters"), strict=True))
    assert np.median(sizes(many, "parameters")) > 1.5 * np.median(sizes(one, "parameters"))
    by_macs = TASK.model_copy(update={"budget": Budget(macs=500_000)})
    spent = sizes(replace(many, task=by_macs), "macs"), sizes(replace(one, task=by_macs), "macs")
    assert np.median(spent[0]) > 1.5 * np.median(spent[1])


def test_of_networks_that_promise_the_same_the_cheaper_are_proposed() -> None:
    alike = [replace(one, accuracies=(0.9,)) for one in trained(20)]

    def operations(thrift: float) -> float:
        search = replace(SEARCH, thrift=thrift)
        found = [search.propose(alike, known=frozenset(), seed=seed) for seed in range(8)]
        return float(np.median([measure(network_of(choices)).macs for choices in found if choices]))

    assert operations(0.15) < 0.1 * operations(0.0)


def test_a_wide_proposal_does_not_look_at_the_best_networks_neighbours() -> None:
    known = trained(30)

    def proposed(wide: float, parents: int) -> list[Choices | None]:
        search = replace(SEARCH, wide=wide, parents=parents, changes=20)
        return [search.propose(known, known=frozenset(), seed=seed) for seed in range(5)]

    assert proposed(1.0, parents=1) == proposed(1.0, parents=10)
    assert proposed(0.0, parents=1) != proposed(0.0, parents=10)


def test_where_cost_counts_ceilings_alone_spread_the_proposals() -> None:
    search = ForestSearch.over(SPACE, TASK, None, aim="macs")
    assert (search.startup_draws, search.wide, search.thrift) == (1, 0.0, 0.0)


@pytest.mark.parametrize("count", [0, 30], ids=["at the start", "by the forest"])
def test_a_proposal_is_a_function_of_what_is_known_and_its_seed(count: int) -> None:
    known = trained(count)
    assert SEARCH.propose(known, known=frozenset(), seed=7) == SEARCH.propose(known, known=frozenset(), seed=7)


@pytest.mark.parametrize("count", [0, 30], ids=["at the start", "by the forest"])
def test_what_is_known_is_not_proposed_again(count: int) -> None:
    known = trained(count)
    first = SEARCH.propose(known, known=frozenset(), seed=7)
    assert first is not None
    second = SEARCH.propose(known, known=frozenset({network_of(first).key}), seed=7)
    assert second is not None
    assert network_of(second) != network_of(first)


def test_a_budget_that_nothing_fits_gives_no_proposal() -> None:
    impossible = TASK.model_copy(update={"budget": Budget(parameters=1)})
    search = ForestSearch(SPACE, impossible, patience=50)
    assert search.propose([], known=frozenset(), seed=1) is None
    assert search.propose(trained(20), known=frozenset(), seed=1) is None


def test_a_stopped_curve_is_carried_on_by_the_median_gain_of_those_that_went_further() -> None:
    gone_further = [(0.90, 0.95), (0.90, 0.96), (0.90, 0.97)]
    levels = final_levels([*gone_further, (0.80,)])
    assert levels[:3] == pytest.approx([level(0.95), level(0.96), level(0.97)])
    assert levels[3] == pytest.approx(level(0.80) + level(0.96) - level(0.90))


def test_a_long_curve_stands_for_itself_by_its_last_three_epochs() -> None:
    curve = (0.5, 0.6, 0.7, 0.8, 0.9, 0.96)
    assert final_levels([curve])[0] == pytest.approx(np.mean([level(0.8), level(0.9), level(0.96)]))
