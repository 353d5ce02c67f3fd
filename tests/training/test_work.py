"""What makes two trainings the same one."""

from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from nas.architecture import Architecture, Dense, Flatten
from nas.data import DataRef, Split
from nas.training.plan import NOTEBOOK, TrainingPlan
from nas.training.work import Checkpoint, Proposal, Work

_NETWORK = Architecture(input_shape=(4, 4, 1), layers=(Flatten(), Dense(units=3)))
_OTHER = Architecture(input_shape=(4, 4, 1), layers=(Flatten(), Dense(units=4)))
_DATA = DataRef(name="mnist", sha256="0" * 64)
_WORK = Work(network=_NETWORK, plan=NOTEBOOK, data=_DATA, seed=1, until_epoch=3)


@pytest.mark.parametrize(
    "change",
    [
        {"network": _OTHER},
        {"plan": TrainingPlan(name="notebook", epochs=3)},
        {"data": DataRef(name="mnist", sha256="1" * 64)},
        {"data": DataRef(name="mnist", sha256="0" * 64, split=Split(fraction=0.1))},
        {"seed": 2},
    ],
    ids=["network", "plan", "data", "split", "seed"],
)
def test_what_the_outcome_depends_on_changes_the_key(change: dict[str, Any]) -> None:
    assert replace(_WORK, **change).key != _WORK.key


@pytest.mark.parametrize(
    "change",
    [
        {"until_epoch": 15},
        {"checkpoint": Checkpoint(epoch=1, arrays={"model/0": np.zeros(3)})},
        {"data": DataRef(name="another name", sha256="0" * 64)},
        {"network": Architecture(input_shape=_NETWORK.input_shape, layers=_NETWORK.layers)},
    ],
    ids=["until when", "from where", "what the data are called", "an equal network"],
)
def test_how_a_training_is_cut_and_called_leaves_the_key(change: dict[str, Any]) -> None:
    assert replace(_WORK, **change).key == _WORK.key


def test_a_proposal_repeats_another_if_network_and_plan_do() -> None:
    short = TrainingPlan(name="notebook", epochs=3)
    proposals = [Proposal(network, plan) for network in (_NETWORK, _OTHER) for plan in (NOTEBOOK, short)]
    assert len({proposal.key for proposal in proposals}) == 4
    assert Proposal(Architecture(input_shape=(4, 4, 1), layers=_NETWORK.layers), NOTEBOOK).key == proposals[0].key


@pytest.mark.parametrize("frozen", [_WORK, Proposal(_NETWORK, NOTEBOOK), Checkpoint(0, {})], ids=lambda it: type(it).__name__)
def test_a_work_and_its_parts_are_frozen(frozen: object) -> None:
    with pytest.raises(FrozenInstanceError, match="cannot assign"):
        frozen.epoch = 3  # type: ignore[attr-defined]
