"""`nas.replay`: the hand-designed networks trained again, beside what their notebook printed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nas.evaluation.replay import Replay, ReplayRow, ReplayRun, compare, lead, reached
from nas.evaluation.report.fragment import fragment
from nas.evaluation.report.page import Table, Text
from nas.library.at_work import at_work, going_on
from nas.library.places import as_path, from_environment
from nas.library.ranges import require_between
from nas.library.replaying import ReplayOrder, train_again
from nas.training.plan import NOTEBOOK, TrainingPlan

if TYPE_CHECKING:
    import pandas as pd


def replay(  # noqa: PLR0913 - one argument a flag
    which: str,
    /,
    *,
    seeds: int = 1,
    seed: int = 0,
    data: str = "mnist",
    plan: str | Path | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    out: str | Path | None = None,
    runs: str | Path | None = None,
    progress: bool = True,
) -> "ReplayResult":
    """Hand-designed networks trained under their notebook's plan, beside its printed figures; or under another plan.

    What was trained once is kept, so more seeds only train what is missing. It opens the test images once for what is new.

    >>> import nas
    >>> nas.replay("model-5")  # doctest: +SKIP

    Args:
        which: baselines for all six, or the name of one.
        seeds: Trainings of each network.
        seed: Gives the trainings' seeds.
        data: Data set; mnist:2000 is a small part of mnist, for trying it out.
        plan: Training plan: notebook, modern, or a TOML file (default notebook); beside the notebook's figures stand those of its
            own plan alone.
        workers: Worker processes of one thread; one for each processor unless given.
        cluster: Address or file of a Dask scheduler whose workers train; NAS_CLUSTER, else this machine, unless given.
        out: Folder for tables and figures; in the runs folder unless given.
        runs: Folder that holds the runs; NAS_RUNS, else ./runs, unless given.
        progress: Whether it is shown how it goes on.

    Raises:
        NasError: If there is no such network or data set, or a training fails; one sentence says what.
        KeyboardInterrupt: If interrupted; everything is kept.
    """
    require_between("seeds", seeds, least=1, most=1000)
    require_between("seed", seed, least=0, most=None)
    require_between("workers", workers, least=1, most=None)
    with at_work(progress=progress) as display, going_on(display):
        crew = from_environment(cluster, variable="NAS_CLUSTER")
        named = None if plan is None else str(plan)
        order = ReplayOrder(which=which, seeds=seeds, seed=seed, data=data, plan=named, workers=workers, cluster=crew)
        replayed = train_again(order, out=as_path(out), runs=as_path(runs), display=display)
    comparison = compare(replayed.trainings) if replayed.plan == NOTEBOOK else None
    return ReplayResult(
        replay=comparison,
        trainings=replayed.trainings,
        data=data,
        folder=replayed.folder,
        plan=replayed.plan,
        left_out=replayed.left_out,
    )


@dataclass(frozen=True, repr=False, kw_only=True)
class ReplayResult:
    """What the hand-designed networks reached, beside what their notebook printed."""

    replay: Replay | None
    """The comparison, figure by figure; None under another plan than the notebook's."""
    trainings: tuple[ReplayRun, ...]
    """Each training with its curve and its test figures."""
    data: str
    """What they were trained on; the notebook's figures are on mnist."""
    folder: Path
    """Where tables, figures and observations lie."""
    plan: TrainingPlan = NOTEBOOK
    """What they were trained by."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Why others were not, by name."""

    @property
    def best(self) -> str:
        """Name of the network with the highest mean validation score."""
        return lead(self.trainings).best

    @property
    def statement(self) -> str:
        """What may be said about the best, in a sentence."""
        return lead(self.trainings).statement

    def to_frame(self) -> "pd.DataFrame":
        """A row for each figure of each network; under another plan than the notebook's, a row for each network."""
        import pandas as pd

        if self.replay is None:
            return pd.DataFrame([asdict(one) for one in reached(self.trainings)]).set_index("model")
        frame = pd.DataFrame([asdict(row) for row in self.replay.rows])
        for level in ("95", "99"):
            spans = [getattr(row, f"interval_{level}") for row in self.replay.rows]
            frame[f"low_{level}"] = [span.low if span else None for span in spans]
            frame[f"high_{level}"] = [span.high if span else None for span in spans]
        return frame.drop(columns=["interval_95", "interval_99"]).set_index(["model", "quantity"])

    def __repr__(self) -> str:
        return "\n".join((self.statement, *self._elsewhere, f"Tables, figures and observations: {self.folder}"))

    def _repr_html_(self) -> str:
        if self.replay is None:
            shown = tuple((one.model, f"{one.val_accuracy:.2%}", f"{one.test_accuracy:.2%}") for one in reached(self.trainings))
            return fragment(self.statement, Table(("network", "validation", "test"), shown), Text(self.plan.words))
        columns = ("network", "figure", "notebook", "ours", "sd", "notebook is")
        rows = tuple(_cells(row) for row in self.replay.rows)
        return fragment(self.statement, Table(columns, rows, words=("figure", "notebook is")), *map(Text, self._elsewhere))

    @property
    def _elsewhere(self) -> tuple[str, ...]:
        return (
            ()
            if self.data == "mnist" or self.replay is None
            else (f"These are figures on {self.data}; the notebook's are on mnist.",)
        )


def _cells(row: ReplayRow) -> tuple[str, ...]:
    form = ",.0f" if row.quantity == "parameters" else ".4f"
    return (
        row.model,
        row.quantity.replace("_", " "),
        f"{row.notebook:{form}}",
        f"{row.mean:{form}}",
        "–" if row.sd is None else f"± {row.sd:.4f}",
        row.agreement_95,
    )
