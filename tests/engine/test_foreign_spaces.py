"""Spaces of KerasTuner: their networks are built beside the driver, and everything else is as for ours."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import optuna
import pytest
from fake_search import TASK, make_driver

from nas.architecture import Budget, Factory, Fixed, Network, Task, measure
from nas.architecture.suggest import Value
from nas.engine.choices import Drawing
from nas.engine.records import TrialRecord
from nas.engine.samplers import SamplerName
from nas.engine.settings import SearchSettings
from nas.engine.spaces import find_space, require_networks
from nas.engine.stoppers import NeverStop
from nas.errors import BudgetError, SpaceError
from nas.training.builder import SECONDS, Builder
from nas.training.declared import Wanted
from nas.training.module_source import source_sha256

pytestmark = pytest.mark.slow


def run(folder: Path, *, trials: list[int], sampler: SamplerName, space: str = "tuned:Tutorial") -> list[TrialRecord]:
    """A search with a faked trainer, begun anew for each number of trials."""
    storage = optuna.storages.InMemoryStorage()
    for number in trials:
        driver = make_driver(folder, trials=number, storage=storage, sampler=sampler, space=space, stopper=NeverStop())
        driver.run()
    return [record.model_copy(update={"seconds": 0.0}) for record in driver.tally.records]


@pytest.mark.parametrize("sampler", ["forest", "tpe"])
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path: Path, sampler: SamplerName) -> None:
    whole = run(tmp_path / "whole", trials=[11], sampler=sampler)
    pieces = run(tmp_path / "pieces", trials=[4, 11], sampler=sampler)
    assert pieces == whole
    assert sum(record.trained for record in whole) == 11
    assert {type(record.network) for record in whole} == {Factory}


def test_networks_that_cannot_be_built_are_failed_trials_and_the_search_goes_on(tmp_path: Path) -> None:
    driver = make_driver(tmp_path, trials=3, sampler="random", space="tuned:sometimes", patience=40)
    assert driver.run() == "exhausted"
    counts = driver.tally.counts
    assert (counts["trained"], counts["failed"]) == (2, 2)
    assert counts["proposed"] == counts["trained"] + counts["failed"] + counts["repeated"]
    failed = {record.reason: record.parameters for record in driver.tally.records if record.outcome == "failed"}
    assert failed == {"ValueError: no window of 40": 0, "ValueError: no window of 60": 0}
    again = make_driver(tmp_path, trials=3, sampler="random", space="tuned:sometimes", patience=40)
    again.study = driver.study
    assert again.run() == "exhausted"
    assert again.tally.counts == counts  # what led nowhere is counted on


class _Always(Drawing):
    """Says yes."""

    def __init__(self) -> None:
        super().__init__(np.random.default_rng(0))

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        return True


def builder(name: str, *, seconds: float = SECONDS) -> Builder:
    return Builder(Wanted(f"tuned:{name}", source_sha256("tuned"), (28, 28, 1), 10), seconds=seconds)


def test_what_was_built_once_is_remembered() -> None:
    remembering = builder("sometimes")
    one = remembering.draw(Fixed({"size": 4}))
    remembering.seconds = 0.0  # a process would never answer in time
    assert remembering.draw(Fixed({"size": 4})) is one
    assert remembering.draw(Fixed({"size": 2})).failure == "it was not built within 0 s"


def test_limits_that_only_our_layers_can_be_held_to_are_refused() -> None:
    task = Task(input_shape=(28, 28, 1), classes=10, budget=Budget(parameters=7_000, ram_bytes=8_000))
    with pytest.raises(BudgetError, match=r"^Bytes of RAM and flash are estimated from layers, which tuned:Tutorial"):
        require_networks(find_space("tuned:Tutorial"), task)
    network: Network = Factory(source="a:b", sha256="0", input_shape=(2, 2, 1), classes=2, values={}, failure="for a test")
    with pytest.raises(BudgetError, match=r"^Bytes of RAM and flash are estimated from layers, which a:b builds"):
        _ = measure(network).ram_bytes


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("OwnFit", "tuned:OwnFit overrides fit, which a search leaves out since it trains by itself; move what"),
        ("five_classes", "The space tuned:five_classes cannot be searched: its model gives 5 values for an image, but"),
        (
            "no_model",
            "The space tuned:no_model cannot be searched: tuned:no_model returned a int; a build function ret",
        ),
    ],
)
def test_a_space_whose_networks_cannot_be_trained_is_refused_before_anything_is(name: str, sentence: str) -> None:
    with pytest.raises(SpaceError, match=rf"^{sentence}"):
        require_networks(find_space(f"tuned:{name}"), TASK)


def test_a_factory_is_known_by_what_builds_it_not_by_what_was_seen() -> None:
    given = {"source": "a:b", "sha256": "0", "input_shape": (2, 2, 1), "classes": 2, "values": {"n": 1}}
    one, other = Factory(**given, failure="this"), Factory(**given, failure="that")
    assert one.key == other.key != Factory(**(given | {"values": {"n": 2}}), failure="this").key
    with pytest.raises(ValueError, match="layers of a build, or the reason"):
        Factory(**given)


def test_the_plan_is_the_models_own_unless_one_is_given() -> None:
    from nas.engine.search import prepare

    asked = {"space": "tuned:sometimes", "data": "mnist:2000"}
    plans = [prepare(SearchSettings(**asked, **more)).settings.plan for more in ({}, {"plan": "notebook"})]
    assert plans == ["compiled", "notebook"]


def test_a_build_that_hangs_or_dies_is_a_failure_and_the_next_one_has_a_process() -> None:
    hung = builder("sleeps", seconds=1.0).draw(Fixed({"sleeps": True}))
    assert (hung.failure, dict(hung.values)) == ("it was not built within 1 s", {"sleeps": True})
    asks = builder("endless", seconds=1.0).draw(_Always())
    assert asks.failure == "it was not built within 1 s"
    died = builder("dies").draw(Fixed({"dies": True}))
    assert died.failure == "the process that builds it ended with exit code 3"
