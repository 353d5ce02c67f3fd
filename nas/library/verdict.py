"""`nas.verdict`: did search beat the networks that people designed?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, overload

from nas.errors import StudyError
from nas.evaluation.judging import Judged
from nas.evaluation.question import Question
from nas.exporting.deployed import INT8
from nas.library.at_work import at_work, going_on
from nas.library.judging import ask, report_on
from nas.library.own import Networks, own_networks, own_plan
from nas.library.places import Study, as_path, find_place, from_environment
from nas.library.ranges import require_between
from nas.library.verdict_result import PlanResult, VerdictResult


@overload
def verdict(
    study: Study = None,
    *,
    trial: int | None = None,
    against: str | Sequence[str] | None = None,
    baseline: Networks = (),
    plan: str | Path | None = None,
    seeds: int | None = None,
    margin: float | None = None,
    looks: int | None = None,
    deployed: Literal["litert-int8"] | None = None,
    add_seeds: bool = False,
    robustness: bool = False,
    plan_only: Literal[False] = False,
    again: bool = False,
    workers: int | None = None,
    cluster: str | None = None,
    storage: str | None = None,
    runs: str | Path | None = None,
    progress: bool = True,
) -> VerdictResult: ...
@overload
def verdict(
    study: Study = None,
    *,
    trial: int | None = None,
    against: str | Sequence[str] | None = None,
    baseline: Networks = (),
    plan: str | Path | None = None,
    seeds: int | None = None,
    margin: float | None = None,
    looks: int | None = None,
    deployed: Literal["litert-int8"] | None = None,
    add_seeds: bool = False,
    robustness: bool = False,
    plan_only: Literal[True],
    again: bool = False,
    workers: int | None = None,
    cluster: str | None = None,
    storage: str | None = None,
    runs: str | Path | None = None,
    progress: bool = True,
) -> PlanResult: ...
def verdict(  # noqa: PLR0913 - one argument a flag
    study: Study = None,
    *,
    trial: int | None = None,
    against: str | Sequence[str] | None = None,
    baseline: Networks = (),
    plan: str | Path | None = None,
    seeds: int | None = None,
    margin: float | None = None,
    looks: int | None = None,
    deployed: Literal["litert-int8"] | None = None,
    add_seeds: bool = False,
    robustness: bool = False,
    plan_only: bool = False,
    again: bool = False,
    workers: int | None = None,
    cluster: str | None = None,
    storage: str | None = None,
    runs: str | Path | None = None,
    progress: bool = True,
) -> VerdictResult | PlanResult:
    """Whether the search beat the networks that people designed, with intervals.

    The best of the search race on fresh seeds by validation; the winner and its comparators are trained on further seeds, and
    only these see the test images, once. A verdict that is there is returned as it was; interrupted, it goes on.

    >>> import nas
    >>> answer = nas.verdict(against=["model-5", "model-2"])  # doctest: +SKIP
    >>> answer.headline  # doctest: +SKIP

    Args:
        study: Name of the study, or what a search returned (default: the study worked on last).
        trial: Judge this network of the search, such as a point of its Pareto front; there is no race then.
        against: Hand-designed networks to compare with (default: model-5, and the best by validation).
        baseline: Networks of your own: files, `Architecture`s or Keras models; several as a list, or by name.
        plan: A training plan that networks of your own are trained by, too; the better by validation counts.
        seeds: Confirmation seeds a network (default 8).
        margin: Points of accuracy below which networks count as equally good (default 0.15 or more, by the images).
        looks: How many looks there may be, each at twice the seeds of the one before (default 1).
        deployed: The form in which networks are compared, if not as they were trained.
        add_seeds: Whether to go on to the plan's next look.
        robustness: Whether the same networks are also trained for twice the epochs, by validation only.
        plan_only: Whether to end with the plan, and leave the test set shut.
        again: Whether an earlier verdict is put aside and another begun.
        workers: Worker processes of one thread; one for each processor unless given.
        cluster: Address or file of a Dask scheduler whose workers train; NAS_CLUSTER, else this machine, unless given.
        storage: URL of Optuna's storage; NAS_STORAGE, else a SQLite file in the run's folder, unless given.
        runs: Folder that holds the runs; NAS_RUNS, else ./runs, unless given.
        progress: Whether it is shown how it goes on.

    Raises:
        NasError: If nothing can be compared, a plan is there that was made for another question, a training fails, or the
            test set cannot be opened; one sentence says what.
        KeyboardInterrupt: If interrupted; everything is kept.
    """
    for name, value, least, most in (("seeds", seeds, 2, 64), ("looks", looks, 1, 3), ("workers", workers, 1, None)):
        require_between(name, value, least=least, most=most)
    require_between("margin", margin, least=0, most=50, above=True)
    if deployed not in {None, INT8}:
        raise StudyError(f"deployed must be {INT8!r}, the one form that files are compared in, or None, not {deployed!r}.")
    names = against.split(",") if isinstance(against, str) else against
    with at_work(progress=progress) as display, going_on(display):
        own = own_networks(baseline)
        question = Question(
            trial=trial,
            against=None if names is None else tuple(name.strip() for name in names if name.strip()),
            own=own,
            own_plan=own_plan(plan, given=bool(own)),
            seeds=seeds,
            looks=looks,
            margin=margin,
            deployed=deployed,
            plan_only=plan_only,
            another_look=add_seeds,
            robustness=robustness,
            again=again,
        )
        url, scheduler = from_environment(storage, variable="NAS_STORAGE"), from_environment(cluster, variable="NAS_CLUSTER")
        place = find_place(study, storage=url, runs=as_path(runs), display=display)
        with place.crew(workers, cluster=scheduler, display=display) as crew:
            came = ask(place, question, crew=crew, display=display)
        if not isinstance(came, Judged):
            return PlanResult(place=place, plan=came)
        report = report_on(place, came)
    return VerdictResult(place=place, view=place.read(), judged=came, report=report)
