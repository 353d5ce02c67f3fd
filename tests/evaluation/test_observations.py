import pytest
from replayed import replay, run

from nas.baselines import NAMES, printed
from nas.evaluation.observations import CLAIMS, STEPS, Claim, observations, observe, rule
from nas.evaluation.replay import ReplayRun

Runs = tuple[ReplayRun, ...]
BEFORE_THE_END = (0.5, *(0.1,) * 11)


def seeds_with(*ends: tuple[float, float, float], train_loss: float = 0.05, val_accuracy: float = 0.98) -> Runs:
    """Runs of model-2, one for each three last validation losses."""
    return tuple(
        run(
            "model-2",
            seed=seed,
            spread=0,
            val_loss=(*BEFORE_THE_END, *end),
            train_loss=(train_loss,) * 15,
            val_accuracy=(val_accuracy,) * 15,
        )
        for seed, end in enumerate(ends)
    )


FALLING = ((0.10, 0.09, 0.08), (0.10, 0.09, 0.081), (0.101, 0.09, 0.08))
RISING = ((0.08, 0.09, 0.10), (0.08, 0.09, 0.101), (0.081, 0.09, 0.10))
LEVEL = ((0.08, 0.081, 0.08), (0.08, 0.08, 0.081), (0.081, 0.08, 0.08))


@pytest.mark.parametrize(
    ("runs", "outcome"),
    [
        pytest.param(seeds_with(*FALLING), "still improving", id="the validation loss falls"),
        pytest.param(seeds_with(*RISING), "overfits", id="it rises above the training loss"),
        pytest.param(seeds_with(*RISING, train_loss=0.2), "cannot tell", id="it rises below the training loss"),
        pytest.param(seeds_with(*LEVEL), "flat", id="it goes both ways"),
        pytest.param(seeds_with(*FALLING, val_accuracy=0.11), "learns nothing", id="accuracy near chance"),
        pytest.param(seeds_with(*FALLING, val_accuracy=0.2), "still improving", id="accuracy twice that of chance"),
        pytest.param(seeds_with(FALLING[0]), "cannot tell", id="one seed falls"),
        pytest.param(seeds_with(RISING[0]), "cannot tell", id="one seed rises"),
        pytest.param(seeds_with(FALLING[0], val_accuracy=0.11), "cannot tell", id="one seed near chance"),
        pytest.param(seeds_with(FALLING[0], FALLING[0]), "still improving", id="equal seeds fall"),
        pytest.param(seeds_with(RISING[0], RISING[0]), "overfits", id="equal seeds rise"),
        pytest.param(seeds_with((0.1, 0.1, 0.1), (0.1, 0.1, 0.1)), "flat", id="equal seeds, level"),
        pytest.param(replay("basic"), "learns nothing", id="the basic model"),
    ],
)
def test_what_follows_from_the_last_epochs(runs: Runs, outcome: str) -> None:
    assert observe(runs).outcome == outcome


def test_one_dead_seed_does_not_make_a_network_that_learns_nothing() -> None:
    dead = seeds_with(*FALLING, val_accuracy=0.11)[0].model_copy(update={"seed": 9})
    assert observe((*seeds_with(*FALLING), dead)).outcome == "still improving"


def test_gap_and_slope_are_those_of_the_last_epochs_over_seeds() -> None:
    seen = observe(seeds_with(*FALLING))
    assert seen.seeds == 3
    assert seen.gap.mean == pytest.approx((0.03 + 0.031 + 0.03) / 3)
    assert seen.slope.mean == pytest.approx((-0.01 - 0.0095 - 0.0105) / 3)
    assert seen.slope.interval is not None
    assert seen.slope.interval.contains(seen.slope.mean)


@pytest.mark.parametrize(
    ("name", "gap"), [("model-1", 0.0151), ("model-2", 0.0204), ("model-3", -0.0003), ("model-4", 0.0179), ("model-5", 0.0066)]
)
def test_the_notebooks_own_validation_loss_still_fell_and_its_overfitting_is_a_gap(name: str, gap: float) -> None:
    seen = observe(replay(name, seeds=2))
    assert seen.notebook_gap == pytest.approx(gap)
    assert seen.notebook_slope < 0


def test_an_observation_is_of_one_network() -> None:
    with pytest.raises(ValueError, match=r"^An observation is of one network, not of model-1, model-2\.$"):
        observe(replay("model-1", "model-2", seeds=2))


@pytest.mark.parametrize(
    ("runs", "ruling"),
    [
        pytest.param(seeds_with(*RISING), "holds", id="rises"),
        pytest.param(seeds_with(*FALLING), "does not hold", id="falls"),
        pytest.param(seeds_with(*RISING, val_accuracy=0.11), "does not hold", id="learns nothing"),
        pytest.param(seeds_with(*LEVEL), "cannot tell", id="flat"),
        pytest.param(seeds_with(RISING[0]), "cannot tell", id="one seed"),
    ],
)
def test_a_claim_of_overfitting_needs_a_rising_validation_loss(runs: Runs, ruling: str) -> None:
    assert rule(Claim(model="model-2", kind="overfits"), runs=runs) == ruling


@pytest.mark.parametrize(
    ("runs", "ruling"),
    [
        pytest.param(replay("basic"), "holds", id="near chance"),
        pytest.param(replay("basic", seeds=1), "cannot tell", id="one seed"),
        pytest.param(
            tuple(run("basic", seed=seed, val_accuracy=(0.5,) * 15) for seed in range(3)), "does not hold", id="half right"
        ),
    ],
)
def test_a_claim_of_learning_nothing_needs_accuracy_near_chance(runs: Runs, ruling: str) -> None:
    assert rule(Claim(model="basic", kind="learns nothing"), runs=runs) == ruling


ALL_BUT_TWO = tuple(one for one in replay() if one.name != "model-2")


@pytest.mark.parametrize(
    ("model", "runs", "ruling"),
    [
        pytest.param("model-5", replay(), "does not hold", id="another one is better"),
        pytest.param("model-2", replay(), "holds", id="better than all five others"),
        pytest.param("model-5", ALL_BUT_TWO, "cannot tell", id="a rival is missing"),
        pytest.param("model-2", replay(seeds=1), "cannot tell", id="one seed each"),
        pytest.param("model-5", replay("model-5"), "cannot tell", id="alone"),
        pytest.param("model-5", replay("model-2", "model-5"), "does not hold", id="a better rival is enough"),
        pytest.param("model-2", replay(spread=0), "holds", id="equal seeds"),
    ],
)
def test_the_best_is_better_than_every_other_one(model: str, runs: Runs, ruling: str) -> None:
    assert rule(Claim(model=model, kind="best"), runs=runs) == ruling


def test_the_claims_are_the_notebooks() -> None:
    assert {claim.model: claim.kind for claim in CLAIMS} == {
        "basic": "learns nothing",
        "model-1": "overfits",
        "model-2": "overfits",
        "model-4": "overfits",
        "model-5": "best",
    }
    assert printed()["basic"].test_accuracy < 0.2


def test_the_steps_lead_from_the_basic_model_to_each_other_one() -> None:
    assert [step.after for step in STEPS] == list(NAMES[1:])


def lines_with(text: str, *parts: str) -> list[str]:
    return [line for line in text.splitlines() if all(part in line for part in parts)]


def test_the_page_tells_claims_and_steps_of_all_six() -> None:
    text = observations(replay())
    (basic,) = lines_with(text, "| basic | learns nothing (test accuracy 0.1135) |")
    (overfit,) = lines_with(text, "| model-2 | overfits (a gap of 0.0204) |")
    (best,) = lines_with(text, "| model-5 | is the best |")
    assert "| holds | its validation accuracy stays near that of guessing |" in basic
    assert "| does not hold | its validation loss still falls, by 0.000" in overfit
    assert "the gap is there (0.0" in overfit
    assert "| does not hold | its validation accuracy: -0.3" in best
    assert best.endswith("points against model-2 |")
    assert [line.rsplit("| ", 1)[1] for line in lines_with(text, "| model-", "(") if line.endswith(("helps |", "hurts |"))] == [
        "helps |",
        "helps |",
        "hurts |",
        "hurts |",
        "hurts |",
    ]
    assert "| one convolution | basic | model-1 | +87.33 |" in text
    assert "model-2 is best by validation" in text


def test_a_step_that_seeds_do_not_tell_cannot_be_told() -> None:
    near = tuple(one.model_copy(update={"name": "model-4"}) for one in reversed(replay("model-2")))
    (line,) = lines_with(observations((*replay("model-2"), *near)), "| a dense layer |")
    assert line.startswith("| a dense layer | model-2 | model-4 | -0.68 | +0.00 (-")
    assert line.endswith("| cannot tell |")


def test_with_one_seed_the_page_gives_means_and_cannot_tell() -> None:
    text = observations(replay(seeds=1))
    assert not lines_with(text, " to +")
    assert len(lines_with(text, "| cannot tell |")) == len(NAMES) + len(CLAIMS) + len(STEPS)


@pytest.mark.parametrize(
    ("names", "claims", "steps"),
    [
        pytest.param(("model-5",), 1, 0, id="one network"),
        pytest.param(("model-3",), 0, 0, id="one without a claim"),
        pytest.param(("model-2", "model-5"), 2, 1, id="two with a step between them"),
        pytest.param(("basic", "model-2"), 2, 0, id="two without one"),
    ],
)
def test_what_was_not_replayed_is_left_out(names: tuple[str, ...], claims: int, steps: int) -> None:
    text = observations(replay(*names, seeds=2))
    assert sum(text.count(f"| {name} | 2 |") for name in NAMES) == len(names)
    assert ("## What the notebook says" in text, "## The notebook's steps" in text) == (claims > 0, steps > 0)
    assert (
        len(lines_with(text, "| is the best |")) + len(lines_with(text, "overfits (")) + len(lines_with(text, "learns nothing ("))
        == claims
    )
    assert sum(len(lines_with(text, f"| {step.change} |")) for step in STEPS) == steps


def test_every_line_of_a_table_has_as_many_cells_as_its_head() -> None:
    for block in observations(replay()).split("\n\n"):
        rows = [line.count("|") for line in block.splitlines() if line.startswith("|")]
        assert len(set(rows)) <= 1


def test_equal_runs_give_an_equal_page_in_whatever_order_they_come() -> None:
    runs = replay(seeds=3)
    assert observations(runs) == observations(tuple(reversed(runs)))
