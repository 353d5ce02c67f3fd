"""`nas search`: from a budget to the best network, and how to go on when interrupted."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from nas.cli.options import (
    DATA,
    Cluster,
    Fits,
    ImageSize,
    Json,
    MaxFlash,
    MaxMacs,
    MaxRam,
    Plan,
    Runs,
    Storage,
    ValSplit,
)


def search(  # noqa: PLR0913 - one argument a flag
    *,
    budget: Annotated[int | None, Parameter(help="Most parameters a network may have (default 7000).")] = None,
    max_macs: MaxMacs = None,
    max_ram: MaxRam = None,
    max_flash: MaxFlash = None,
    fits: Fits = None,
    trials: Annotated[
        int | None, Parameter(help="Networks to train, refused and repeated ones not counted (default 100).")
    ] = None,
    timeout: Annotated[str | None, Parameter(help="Time after which no training goes on, such as 30m.")] = None,
    space: Annotated[
        str | None,
        Parameter(help="Search space: a name, module:function, or module:HyperModel of KerasTuner (default plain)."),
    ] = None,
    data: Annotated[str | None, Parameter(help=f"Data set: {DATA} (default mnist).")] = None,
    val_split: ValSplit = None,
    image_size: ImageSize = None,
    plan: Plan = None,
    tune_plan: Annotated[
        bool | None, Parameter(help="Let the search vary the plan's learning rate, batch size and augmentation, too.")
    ] = None,
    objective: Annotated[
        Literal["accuracy", "accuracy,parameters", "accuracy,macs"] | None,
        Parameter(help="What to search for: accuracy, or a Pareto front of accuracy and a cost (default accuracy)."),
    ] = None,
    sampler: Annotated[
        Literal["forest", "tpe", "random"] | None, Parameter(help="Where proposals come from (default forest).")
    ] = None,
    stopper: Annotated[
        Literal["promising", "halving", "optuna:median", "optuna:percentile", "optuna:halving", "none"] | None,
        Parameter(help="When a training is given up (default promising)."),
    ] = None,
    baselines: Annotated[bool | None, Parameter(help="Train the hand-designed networks that fit first (default yes).")] = None,
    seed: Annotated[int | None, Parameter(help="Gives every random choice (default 0).")] = None,
    trial_timeout: Annotated[
        str | None, Parameter(help="Count a network that trains longer, such as 10m, as failed, and end it.")
    ] = None,
    workers: Annotated[int | None, Parameter(help="Worker processes of one thread (default: one for each processor).")] = None,
    cluster: Cluster = None,
    study: Annotated[str | None, Parameter(help="Name of the study (default: from data, space, limits, plan and seed).")] = None,
    baseline: Annotated[
        tuple[str, ...],
        Parameter(help="A network of your own to beat: a .keras file, an architecture's JSON, or module:function.", negative=""),
    ] = (),
    verdict: Annotated[bool, Parameter(help="End with a verdict on fresh seeds.")] = True,
    config: Annotated[Path | None, Parameter(help="A study.toml with any of these settings; flags come first.")] = None,
    storage: Storage = None,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """Search for the most accurate network within a budget, and say whether it beats those that people designed.

    A search that is started again goes on where it was. Nothing over a limit is trained; bytes are upper estimates before a
    network is converted. At the end come a race on fresh
    seeds and a verdict, which opens the test images once, and a report; after a --timeout the verdict is left to the command
    of that name.

    For example:

    - `nas search --budget 7000 --trials 100`
    - `nas search --trials 10 --timeout 2m`
    - `nas search --data screws.npz --val-split 0.1`
    - `nas search --max-ram 8kB --max-macs 500000`
    - `nas search --fits nano-33-ble-sense`
    - `nas search --plan modern`
    - `nas search --objective accuracy,macs`
    - `nas search --baseline my_model.keras`
    - `nas search --space tuning:MyHyperModel --budget 50000`
    - `nas search --config studies/mnist-7000/study.toml --study mine`
    """
    flags: dict[str, Any] = {
        "budget": budget,
        "max_macs": max_macs,
        "max_ram": max_ram,
        "max_flash": max_flash,
        "fits": fits,
        "trials": trials,
        "timeout": timeout,
        "space": space,
        "data": data,
        "val_split": val_split,
        "image_size": image_size,
        "plan": plan,
        "tune_plan": tune_plan,
        "objective": objective,
        "sampler": sampler,
        "stopper": stopper,
        "baselines": baselines,
        "seed": seed,
        "trial_timeout": trial_timeout,
        "workers": workers,
    }
    from nas.cli.judged import conclude
    from nas.cli.output import say
    from nas.cli.summary import answer_outcome
    from nas.cli.terminal import Terminal
    from nas.engine.storage import without_password
    from nas.evaluation.own_network import find_own_networks
    from nas.library.judging import Attempt, judge_search
    from nas.library.searching import carry_out, find_search

    display = Terminal()
    wanted = find_search(
        flags,
        own=find_own_networks(baseline),
        study=study,
        config=config,
        storage=storage,
        cluster=cluster,
        runs=runs,
    )
    kept = {"--storage": storage and without_password(storage), "--cluster": cluster}
    places = {"--study": wanted.place.folder.name, "--runs": runs, **kept}
    wishes = {"--trials": trials, "--timeout": timeout, "--trial-timeout": trial_timeout, "--workers": workers}
    again = _command({**places, **wishes}, "--no-verdict" if not verdict else None)
    attempt = Attempt()
    try:
        with wanted.crew(display) as crew:
            outcome = carry_out(wanted, crew=crew, display=display)
            if not json:
                answer_outcome(outcome)
            if verdict and outcome.ending != "timeout":
                attempt = judge_search(wanted, crew=crew, display=display)
    except KeyboardInterrupt:
        say(f"Stopped; everything is kept. Go on with: {again}")
        raise
    conclude(wanted.place, outcome, attempt, json=json)
    if outcome.ending == "timeout" and not json:
        say(f"Go on with: {again}")


def _command(flags: Mapping[str, object], *more: str | None) -> str:
    """`nas search` with the flags that have a value, as a shell takes it."""
    given = [word for flag, value in flags.items() if value for word in (flag, str(value))]
    return shlex.join(["nas", "search", *given, *filter(None, more)])
