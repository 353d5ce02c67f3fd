"""For scripts around KerasTuner: Optuna's samplers and storage as its oracle, and our spaces as its HyperModel."""

from nas.kerastuner.oracle import OptunaOracle
from nas.kerastuner.spaces import SpaceHyperModel

__all__ = ["OptunaOracle", "SpaceHyperModel"]
