"""Optuna's pruners as stoppers: each decision is asked of a study that is made from the curves at hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import optuna
from optuna.pruners import BasePruner, MedianPruner, PercentilePruner, SuccessiveHalvingPruner
from optuna.trial import TrialState

from nas.engine.stoppers import Decision
from nas.training.curve import Curve

PRUNERS: Mapping[str, Callable[[], BasePruner]] = {
    "optuna:median": MedianPruner,
    "optuna:percentile": lambda: PercentilePruner(25.0),
    "optuna:halving": SuccessiveHalvingPruner,
}
"""The pruners on offer, by the name of their stopper.

Hyperband is not among them: which bracket a trial is in depends on its number, which a curve does not have.
"""


@dataclass(frozen=True)
class OptunaStopper:
    """Asks a pruner after each epoch; its settings are Optuna's defaults."""

    pruner: BasePruner

    def rungs(self, epochs: int) -> tuple[int, ...]:
        """Every epoch."""
        return tuple(range(1, epochs + 1))

    def decide(self, curve: Curve, others: Sequence[Curve], *, epochs: int) -> Decision:
        """Goes on unless the pruner, having seen the other curves epoch by epoch, would prune this one."""
        study = optuna.create_study(direction="maximize", pruner=self.pruner)
        for other in others:
            self._replay(study, other, ended=len(other) == epochs)
        if self._replay(study, curve, ended=False):
            return Decision(goes_on=False, reason=f"pruned by Optuna's {type(self.pruner).__name__} after epoch {len(curve)}")
        return Decision(goes_on=True)

    def share(self, segment: int) -> float:
        """As if each epoch lost a tenth."""
        return float(0.9**segment)

    def _replay(self, study: optuna.Study, curve: Curve, *, ended: bool) -> bool:
        """Reports a curve, and gives what the pruner says after its last epoch."""
        trial = study.ask()
        pruned = False
        for row in curve:
            trial.report(row.val_accuracy, row.epoch)
            pruned = trial.should_prune()  # after each epoch: halving notes who reached a rung
        if ended:
            study.tell(trial, curve[-1].val_accuracy)
        else:
            study.tell(trial, state=TrialState.PRUNED)
        return pruned
