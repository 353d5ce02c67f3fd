"""`nas.search`: from a budget to the best network."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.library.at_work import at_work, going_on
from nas.library.judging import Attempt, judge_search, report_on
from nas.library.own import Data, Networks, Space, data_name, own_networks, space_name
from nas.library.places import as_path, from_environment
from nas.library.search_result import SearchResult
from nas.library.searching import carry_out, find_search
from nas.library.verdict_result import VerdictResult

if TYPE_CHECKING:
    from nas.engine.objective import Objective
    from nas.engine.samplers import SamplerName
    from nas.engine.stoppers import StopperName


def search(  # noqa: PLR0913 - one argument a flag
    *,
    budget: int | None = None,
    max_macs: int | None = None,
    max_ram: str | int | None = None,
    max_flash: str | int | None = None,
    fits: str | None = None,
    trials: int | None = None,
    timeout: str | float | None = None,
    space: Space | None = None,
    data: Data | None = None,
    val_split: float | None = None,
    image_size: str | None = None,
    plan: str | Path | None = None,
    tune_plan: bool | None = None,
    objective: "Objective | None" = None,
    sampler: "SamplerName | None" = None,
    stopper: "StopperName | None" = None,
    baselines: bool | None = None,
    seed: int | None = None,
    trial_timeout: str | float | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    study: str | None = None,
    baseline: Networks = (),
    verdict: bool = True,
    config: str | Path | None = None,
    storage: str | None = None,
    runs: str | Path | None = None,
    progress: bool = True,
) -> SearchResult:
    """The most accurate network that a search finds within a budget, and whether it beats those that people designed.

    It does what the command `nas search` does, in the same folders: a search that is called again goes on where it was, and one
    that is finished returns at once. What is None is taken from the study if it goes on, else it is the default.

    >>> import nas
    >>> found = nas.search(budget=7_000, trials=100)  # doctest: +SKIP
    >>> found.model().summary()  # doctest: +SKIP

    Args:
        budget: Most parameters a network may have (default 7000).
        max_macs: Most multiply-accumulate operations for one image.
        max_ram: Most RAM, as bytes or such as 64kB: the arena of TensorFlow Lite Micro, estimated.
        max_flash: Most flash, as bytes or such as 256KiB: the int8 LiteRT file, estimated.
        fits: A device whose flash and RAM it has to fit.
        trials: Networks to train, refused and repeated ones not counted (default 100).
        timeout: Time after which no training goes on, as seconds or such as 30m.
        space: Search space: a name, module:function, or a module's function (default plain).
        data: Data set: a name, a path, or arrays as (x_train, y_train), with x_test, y_test behind them or in a pair of
            their own (default mnist).
        val_split: Share of each class kept for validation.
        image_size: Size as HEIGHTxWIDTH that a folder of images is scaled to.
        plan: Training plan: notebook, modern, or a TOML file (default notebook).
        tune_plan: Whether the plan's learning rate, batch size and augmentation vary from trial to trial (default False).
        objective: What is to be large, and behind a comma what is to be small: accuracy,parameters or accuracy,macs search for
            a Pareto front (default accuracy).
        sampler: Where proposals come from (default forest).
        stopper: When a training is given up (default promising).
        baselines: Whether the hand-designed networks that fit are trained first (default True).
        seed: Gives every random choice (default 0).
        trial_timeout: Count a network that trains longer, as seconds or such as 10m, as failed, and end it.
        workers: Worker processes of one thread; one for each processor unless given.
        cluster: Address or file of a Dask scheduler whose workers train; NAS_CLUSTER, else this machine, unless given.
        study: Name of the study; from data, space, budget and seed unless given.
        baseline: Networks of your own to beat: files, `Architecture`s or Keras models; several as a list, or by name.
        verdict: Whether it ends with a verdict on fresh seeds, which opens the test images once.
        config: A study.toml with any of these settings; what is given comes first.
        storage: URL of Optuna's storage; NAS_STORAGE, else a SQLite file in the run's folder, unless given.
        runs: Folder that holds the runs; NAS_RUNS, else ./runs, unless given.
        progress: Whether it is shown how it goes on.

    Raises:
        NasError: If something is missing or does not fit, or training keeps failing; one sentence says what.
        KeyboardInterrupt: If interrupted; everything is kept.
    """
    given: dict[str, Any] = {
        "budget": budget,
        "max_macs": max_macs,
        "max_ram": max_ram,
        "max_flash": max_flash,
        "fits": fits,
        "trials": trials,
        "timeout": timeout,
        "val_split": val_split,
        "image_size": image_size,
        "plan": None if plan is None else str(plan),
        "tune_plan": tune_plan,
        "objective": objective,
        "sampler": sampler,
        "stopper": stopper,
        "baselines": baselines,
        "seed": seed,
        "trial_timeout": trial_timeout,
        "workers": workers,
    }
    with at_work(progress=progress) as display, going_on(display):
        held = {
            "space": None if space is None else space_name(space),
            "data": None if data is None else data_name(data),
        }
        wanted = find_search(
            given | held,
            own=own_networks(baseline),
            study=study,
            config=as_path(config),
            storage=from_environment(storage, variable="NAS_STORAGE"),
            cluster=from_environment(cluster, variable="NAS_CLUSTER"),
            runs=as_path(runs),
        )
        with wanted.crew(display) as crew:
            outcome = carry_out(wanted, crew=crew, display=display)
            judging = verdict and outcome.ending != "timeout"
            attempt = judge_search(wanted, crew=crew, display=display) if judging else Attempt()
        judged, report = attempt.judged, report_on(wanted.place, attempt.judged)
        if attempt.trouble:
            raise attempt.trouble
    view = wanted.place.read()
    answer = VerdictResult(place=wanted.place, view=view, judged=judged, report=report) if judged else None
    return SearchResult(place=wanted.place, view=view, outcome=outcome, judged=answer, report=report)
