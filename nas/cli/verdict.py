"""`nas verdict`: did search beat the networks that people designed?"""

from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from nas.cli.options import Cluster, Json, Runs, Storage, StudyName


def verdict(  # noqa: PLR0913 - one argument a flag
    *,
    study: StudyName = None,
    trial: Annotated[
        int | None,
        Parameter(
            help="Judge this network of the search, such as a point of its Pareto front; no race.", validator=Number(gte=0)
        ),
    ] = None,
    against: Annotated[
        str | None,
        Parameter(help="Hand-designed networks to compare with (default: model-5, and the best by validation)."),
    ] = None,
    baseline: Annotated[
        tuple[str, ...],
        Parameter(help="A network of your own: a .keras file, an architecture's JSON, or module:function.", negative=""),
    ] = (),
    plan: Annotated[
        str | None,
        Parameter(help="With --baseline: a plan that those networks are trained by, too; the better by validation counts."),
    ] = None,
    seeds: Annotated[
        int | None, Parameter(help="Confirmation seeds a network (default 8).", validator=Number(gte=2, lte=64))
    ] = None,
    margin: Annotated[
        float | None,
        Parameter(
            help="Points of accuracy below which networks count as equally good"
            " (default 0.15 or more, by the images; with --trial 0.15).",
            validator=Number(gt=0, lte=50),
        ),
    ] = None,
    looks: Annotated[
        int | None,
        Parameter(
            help="How many looks there may be, each at twice the seeds of the one before (default 1).",
            validator=Number(gte=1, lte=3),
        ),
    ] = None,
    deployed: Annotated[
        Literal["litert-int8"] | None,
        Parameter(help="Compare the files that nas export would ship, not the networks as they were trained."),
    ] = None,
    add_seeds: Annotated[bool, Parameter(help="Go on to the plan's next look.", negative="")] = False,
    robustness: Annotated[
        bool, Parameter(help="Also train the same networks for twice the epochs, by validation only.", negative="")
    ] = False,
    plan_only: Annotated[bool, Parameter(help="Run the race, write the plan, and leave the test set shut.", negative="")] = False,
    again: Annotated[
        bool, Parameter(help="Put an earlier verdict aside and begin another; one that is begun goes on.", negative="")
    ] = False,
    workers: Annotated[int | None, Parameter(help="Worker processes of one thread.", validator=Number(gte=1))] = None,
    cluster: Cluster = None,
    storage: Storage = None,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """Say whether the search beat the networks that people designed, with an interval.

    The best five of the search race on fresh seeds by validation. The winner and its comparators are named in
    verdict-plan.json, trained on further fresh seeds, and only these see the test set, once. Interrupted, it goes on.
    A network named by --trial takes the winner's place without a race, and the verdict says so.

    For example:

    - `nas verdict`
    - `nas verdict --against model-5,model-2 --seeds 8`
    - `nas verdict --trial 12`
    - `nas verdict --baseline my_model.keras`
    - `nas verdict --baseline my_model.keras --plan mine.toml`
    - `nas verdict --deployed litert-int8`
    """
    from nas.cli.judged import answer_judged, answer_plan, judged_json, plan_json
    from nas.cli.output import answer, answer_json
    from nas.cli.terminal import Terminal
    from nas.evaluation.judging import Judged
    from nas.evaluation.own_network import find_own_networks
    from nas.evaluation.question import Question
    from nas.library.judging import ask, report_on
    from nas.library.own import own_plan
    from nas.library.places import find_place

    display = Terminal()
    place = find_place(study, storage=storage, runs=runs, display=display)
    question = Question(
        trial=trial,
        against=None if against is None else tuple(name.strip() for name in against.split(",") if name.strip()),
        own=find_own_networks(baseline),
        own_plan=own_plan(plan, given=bool(baseline)),
        seeds=seeds,
        looks=looks,
        margin=margin,
        deployed=deployed,
        plan_only=plan_only,
        another_look=add_seeds,
        robustness=robustness,
        again=again,
    )
    with place.crew(workers, cluster=cluster, display=display) as crew:
        came = ask(place, question, crew=crew, display=display)
    if not isinstance(came, Judged):
        answer_json(plan_json(came)) if json else answer_plan(came)
        return
    report = report_on(place, came)
    if json:
        answer_json(judged_json(came) | {"report": str(report)})
    else:
        answer_judged(came)
        answer(f"Report: {report}")
