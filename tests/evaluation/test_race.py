"""The race trains twelve times, lets the better ones run on, and is won by nobody's search score."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from nas.evaluation.race import Runner, best_of, line_up, race, winner

FOUND = {f"trial {number}": 0.98 + number / 1000 for number in range(10)}  # the best is trial 9
HAND = {"basic": 0.11, "model-1": 0.970, "model-2": 0.985, "model-5": 0.980}
Run = Callable[[Sequence[tuple[str, int]]], Sequence[float]]


class Track:
    """Trains each network once on each seed, and remembers in which order."""

    def __init__(self, scores: Mapping[str, Sequence[float]], *, breaks_after: int | None = None) -> None:
        self._scores, self._left = scores, breaks_after
        self.trained: list[tuple[str, int]] = []

    def run(self, entering: Sequence[tuple[str, int]]) -> list[float]:
        for training in entering:
            if training not in self.trained:
                if self._left is not None and len(self.trained) >= self._left:
                    self._left = None
                    raise KeyboardInterrupt
                self.trained.append(training)
        return [self._scores[name][index] for name, index in entering]

    def on(self, index: int) -> set[str]:
        """Who ran on a selection seed."""
        return {name for name, seed in self.trained if seed == index}


def steady(**changed: Sequence[float]) -> dict[str, Sequence[float]]:
    """Every network's score on three selection seeds: its search score, but for some."""
    return {**{name: (score,) * 3 for name, score in {**FOUND, **HAND}.items()}, **changed}


def test_five_that_the_search_found_and_two_hand_designed_ones_line_up_by_search_score() -> None:
    assert [runner.name for runner in line_up(FOUND, HAND)] == [
        *("trial 9", "trial 8", "trial 7", "trial 6", "trial 5"),
        *("model-2", "model-5"),
    ]


def test_a_hand_designed_network_without_a_search_score_runs_before_those_that_have_one() -> None:
    runners = line_up(FOUND, {**HAND, "mine": None})
    assert by_hand(runners) == ["mine", "model-2"]


def test_however_many_have_no_search_score_the_best_of_those_that_have_one_runs() -> None:
    assert by_hand(line_up(FOUND, {"mine": None, "ours": None, **HAND})) == ["mine", "model-2"]
    assert by_hand(line_up(FOUND, {"mine": None, "ours": None, "theirs": None})) == ["mine", "ours"]


def by_hand(runners: Sequence[Runner]) -> list[str]:
    return [runner.name for runner in runners if runner.side == "hand"]


def test_a_race_is_twelve_trainings_and_the_better_ones_run_on() -> None:
    track = Track(steady(**{"trial 5": (0.999, 0.5, 0.5), "trial 9": (0.9, 0.9, 0.9)}))
    runners = race(line_up(FOUND, HAND), run=track.run)
    assert len(track.trained) == 12
    assert track.on(0) == {"trial 9", "trial 8", "trial 7", "trial 6", "trial 5", "model-2", "model-5"}
    assert track.on(1) == {"trial 5", "trial 8", "model-2"}
    assert track.on(2) == {"trial 8", "model-2"}
    assert {len(runner.scores) for runner in runners if runner.name in ("trial 7", "model-5")} == {1}


@pytest.mark.parametrize(
    ("found", "hand", "trainings"),
    [
        pytest.param(FOUND, HAND, 12, id="enough of both"),
        pytest.param(dict(list(FOUND.items())[:1]), HAND, 7, id="one that the search found"),
        pytest.param(FOUND, {"mine": None}, 11, id="one of the user's own, never trained"),
        pytest.param({}, HAND, 4, id="a search that found nothing"),
    ],
)
def test_small_fields_train_less(found: dict[str, float], hand: dict[str, float | None], trainings: int) -> None:
    track = Track(steady(mine=(0.9, 0.9, 0.9)))
    race(line_up(found, hand), run=track.run)
    assert len(track.trained) == trainings


@pytest.mark.parametrize("breaks_after", range(12))
def test_a_race_that_was_interrupted_ends_like_one_that_was_not(breaks_after: int) -> None:
    scores = steady(**{"trial 6": (0.995, 0.99, 0.98), "model-5": (0.99, 0.99, 0.99)})
    whole, broken = Track(scores), Track(scores, breaks_after=breaks_after)
    with pytest.raises(KeyboardInterrupt):
        race(line_up(FOUND, HAND), run=broken.run)
    assert race(line_up(FOUND, HAND), run=broken.run) == race(line_up(FOUND, HAND), run=whole.run)
    assert sorted(broken.trained) == sorted(whole.trained)


def test_the_best_that_the_search_found_wins_if_it_passes_the_best_hand_designed_one() -> None:
    assert winner(race(line_up(FOUND, HAND), run=Track(steady()).run)).name == "trial 9"


@pytest.mark.parametrize("score", [0.984, 0.985], ids=["worse", "no better"])
def test_the_best_that_the_search_found_loses_if_it_does_not_pass_the_best_hand_designed_one(score: float) -> None:
    track = Track(steady(**dict.fromkeys(FOUND, (score,) * 3)))
    assert winner(race(line_up(FOUND, HAND), run=track.run)).name == "model-2"


def test_a_search_score_that_was_luck_wins_nothing() -> None:
    lucky = Runner("trial 9", "search", 1.0, (0.98, 0.98, 0.98))
    sober = Runner("model-2", "hand", 0.90, (0.981, 0.981, 0.981))
    assert lucky.standing > sober.standing
    assert winner([lucky, sober]) == sober


def test_a_network_that_ran_further_is_better_than_one_that_was_left_behind() -> None:
    left, furthest = Runner("trial 1", "search", 0.99, (0.99,)), Runner("trial 2", "search", 0.98, (0.98, 0.98))
    assert best_of([left, furthest], "search") == furthest
    assert best_of([left, furthest], "hand") is None


def test_a_standing_is_the_mean_of_all_scores_and_a_mean_leaves_out_the_search() -> None:
    runner = Runner("trial 1", "search", 0.9, (0.6, 0.6))
    assert (runner.standing, runner.mean) == pytest.approx((0.7, 0.6))
    assert Runner("mine", "hand", None, (0.6, 0.8)).standing == pytest.approx(0.7)


@pytest.mark.parametrize("side", ["search", "hand"])
def test_whoever_runs_alone_wins(side: str) -> None:
    runners = [Runner("one", "search" if side == "search" else "hand", 0.9, (0.9,))]
    assert winner(runners) == runners[0]


def test_a_race_without_anybody_has_no_winner() -> None:
    with pytest.raises(ValueError, match="Nobody has run"):
        winner([Runner("trial 1", "search", 0.9)])
