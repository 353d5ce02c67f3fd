"""What a report says of a verdict: the answer, the networks beside one another, and shrinkage."""

from nas.engine.objective import front_of, unit
from nas.evaluation.judging import Judged
from nas.evaluation.recipes import plans_in_words
from nas.evaluation.report.page import Code, Gallery, Points, Section, Shown, Table, Text
from nas.evaluation.report.standings import standings
from nas.evaluation.report.subject import Subject
from nas.evaluation.report.verdict_pictures import draw_intervals, draw_shrinkage
from nas.evaluation.report.wording import NONE, counted, level, mean, percent, times
from nas.evaluation.verdict import headline, sentence, signed
from nas.evaluation.verdict_plan import VerdictPlan

_PICKED = (
    "The network was named by a person, not chosen by a race on fresh seeds. The intervals hold for this verdict; of several"
    " verdicts on one study each holds for itself, not all of them together."
)
_COSTS = ("parameters", "trainable", "MACs", "int8 peak memory (bytes)")


def answer_of(subject: Subject) -> tuple[str, str]:
    """The answer in a line, and its tone: `good`, `bad` or `open` for the search."""
    if subject.judged is None:
        best = subject.best
        if best is None or best.record is None:
            return "No verdict yet, and no network has been trained to the end.", "open"
        designed = ", which a person designed" if best.designed else ""
        told = f"by validation with one seed: {best.name}{designed} ({percent(best.record.score)} %)."
        aim = subject.view.settings.aim
        if aim:
            count = counted(len(front_of(subject.view.tally, aim=aim)), "network")
            front = f"The Pareto front of accuracy and {unit(aim)} has {count}"
            return f"No verdict yet. {front}; the most accurate so far, {told}", "open"
        return f"No verdict yet. Best so far, {told}", "open"
    return headline(subject.judged.plan, subject.judged.verdict), _tone(subject.judged)


def _tone(judged: Judged) -> str:
    words = {one.comparator: one.word for one in judged.verdict.comparisons}
    if judged.plan.winner.side == "hand":  # what the search found is among those that it is compared with
        passed = any(words[one.name] == "loses" for one in judged.plan.comparators if one.side == "search")
        return "open" if passed else "bad"
    told = set(words.values())
    if judged.plan.picked and {"beats", "loses"} <= told:
        return "open"  # a small network may well lose to a large one
    return "bad" if "loses" in told else "good" if "beats" in told else "open"


def verdict_section(subject: Subject) -> Section:
    """The answer with its intervals, or how to get one."""
    if subject.judged is None:
        ask = f"nas verdict --study {subject.view.folder.name}"
        return Section(
            "Verdict",
            (
                Text(
                    "There is no verdict on this study: nothing here was tested on images that played no part in choosing. All"
                    " figures below are validation figures of one seed, and the first of many is partly lucky."
                ),
                Text("This gets one; it trains the best networks on fresh seeds and opens the test set once:"),
                Code(ask, "sh"),
            ),
        )
    plan, verdict = subject.judged.plan, subject.judged.verdict
    told = "; ".join(
        f"{one.comparator}: {signed(one.points)} points, {signed(one.low)} to {signed(one.high)}, {one.word}"
        for one in verdict.comparisons
    )
    picture = Shown(
        draw_intervals(subject.judged),
        alt=f"Differences in {plan.kind}test accuracy between {plan.network} and its comparators with intervals. {told}.",
        caption=f"Difference of mean {plan.kind}test accuracies over {counted(len(verdict.seeds), 'seed')} a network, with the"
        f" interval that decides. Shaded: ±{plan.margin:.2f} points, within which networks count as equally good.",
    )
    return Section(
        "Verdict",
        (
            Points((*(sentence(plan, one) for one in verdict.comparisons), *plans_in_words(plan), *plan.left_out_in_words)),
            Gallery((picture,)),
            Text(
                f"The intervals hold together with {level(plan.level_of_a_look)} over seeds and over {plan.test_images:,} test"
                f" images. {plan.rule} The margin is ±{plan.margin:.2f} points."
            ),
            *((Text(_PICKED),) if plan.picked else ()),
            *(Text(told) for told in plan.again_in_words),
            Text(_openings(subject.judged)),
        ),
    )


def networks_section(subject: Subject) -> Section:
    """The networks beside one another."""
    if subject.judged:
        return _judged_networks(subject.judged)
    tally = subject.view.tally
    records = sorted((*tally.ranking[:5], *tally.baselines), key=lambda one: (-(one.score or 0.0), one.parameters))
    rows = tuple(
        (
            one.label,
            f"{one.parameters:,}",
            f"{one.trainable_parameters:,}",
            f"{one.macs:,}",
            f"{one.peak_activation_bytes:,}",
            percent(one.score),
        )
        for one in records
    )
    return Section(
        "The best networks and the hand-designed ones",
        (
            Table(("network", *_COSTS, "validation (%)"), rows),
            Text("Validation accuracy is the mean of the last three epochs, with one seed."),
        ),
    )


def _judged_networks(judged: Judged) -> Section:
    plan, verdict = judged.plan, judged.verdict
    rows = tuple(
        (one.name, one.parameters, one.trainable, one.macs, one.memory, *one.figures) for one in standings(plan, verdict)
    )
    kind = plan.kind
    validation = ("search (%)", f"{kind}selection (%)", f"{kind}confirmation (%)")
    columns = ("network", *_COSTS, *validation, f"{kind}test (%)", "95 % interval")
    return Section(
        f"The {_first(plan)} and its comparators",
        (
            Table(columns, rows),
            Text(
                f"Search, selection and confirmation are validation accuracy ({_taken(plan)}) on separate seeds:"
                f" one in the search, {_in_race(plan)}, {len(verdict.seeds)} in the confirmation."
                " Test is the mean over the confirmation seeds; its interval is over seeds. MACs are multiply-accumulates"
                " for one image; the memory is the most that one layer's input and output take together with one byte a value."
            ),
        ),
    )


def drops_section(judged: Judged) -> Section:
    """What the conversion to the compared form cost."""
    columns = ("network", "as trained (%)", f"{judged.plan.kind}(%)", "drop (points)")
    rows = tuple((one.name, percent(one.trained), percent(one.deployed), signed(one.points)) for one in judged.verdict.drops)
    return Section(
        f"What {judged.plan.kind}costs",
        (
            Text(
                "What was compared are the int8 LiteRT files of the networks, byte for byte those that nas export writes; the"
                " files themselves classified validation and test images. Here is validation accuracy after the last epoch,"
                f" before and after the conversion, as the mean over {counted(len(judged.verdict.seeds), 'confirmation seed')}."
            ),
            Table(columns, rows),
        ),
    )


def shrinkage_section(judged: Judged) -> Section:
    """What became of the search's scores on fresh seeds, by validation only."""
    kind = judged.plan.kind
    stages = ("search (%)", f"{kind}selection (%)", f"{kind}confirmation (%)")
    columns = ("network", *stages, "search to confirmation (points)")
    rows, told = [], []
    by_another_plan = any(one.same_plan_score != one.search_score for one in judged.plan.judged)
    for one in judged.plan.judged:
        confirmed, selected = judged.verdict.standing(one.name).score, mean(one.selection_scores)
        searched = one.same_plan_score
        change = NONE if searched is None else signed(100 * (confirmed - searched))
        rows.append((one.name, percent(searched), percent(selected), percent(confirmed), change))
        told.append(f"{one.name}: {percent(searched)}, {percent(selected)}, {percent(confirmed)} %")
    picture = Shown(
        draw_shrinkage(judged),
        alt=f"Validation accuracy in search, selection and confirmation. {'; '.join(told)}.",
        caption="Lines join means; small dots are single seeds.",
    )
    return Section(
        "Shrinkage: what was luck in the search",
        (
            Text(
                "Whatever is picked as the best of many scores has had luck, and loses it on fresh seeds. Here is how much,"
                f" within validation only, for the {_first(judged.plan)} and those that it is compared with."
                + (" The search's scores are of networks as they were trained, so what int8 costs is in it too." if kind else "")
                + (" A network that the search trained by another plan has no score there." if by_another_plan else "")
            ),
            Gallery((picture,)),
            Table(columns, tuple(rows)),
        ),
    )


def _first(plan: VerdictPlan) -> str:
    """What the network is that was judged."""
    return "network that was named" if plan.picked else "winner"


def _in_race(plan: VerdictPlan) -> str:
    return "none in a race, since the network was named" if plan.picked else f"up to {len(plan.selection_seeds)} in the race"


def _taken(plan: VerdictPlan) -> str:
    """Which figure of a training its validation accuracy is."""
    if plan.deployed:
        return "in the search the mean of the last three epochs as trained, then that of the int8 file"
    return "mean of the last three epochs"


def _openings(judged: Judged) -> str:
    verdict = judged.verdict
    study, in_all = times(verdict.openings_of_study), times(verdict.openings_in_all)
    return f"The test set was opened {study} by this study, {in_all} by this user in all."
