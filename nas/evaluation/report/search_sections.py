"""What a report says of the search itself: its networks, its progress, what mattered, and counts that add up."""

from collections.abc import Sequence
from typing import Final

from nas.baselines import baselines
from nas.engine.left_out import unfit
from nas.engine.objective import CostAim, front_of, unit
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord
from nas.engine.search import task_of
from nas.errors import DataError
from nas.evaluation.judging import Judged
from nas.evaluation.report.importance import Importances
from nas.evaluation.report.page import Block, Code, Gallery, Points, Section, Shown, Table, Text
from nas.evaluation.report.search_pictures import draw_best_so_far, draw_front, draw_importances, draw_networks
from nas.evaluation.report.wording import counted, percent
from nas.evaluation.search_figure import front_after

_MOST_NAMED: Final = 8


def search_section(view: StudyView, judged: Judged | None) -> Section:
    """All networks by what they cost, and how the best, or the Pareto front, came up."""
    tally, aim = view.tally, view.settings.aim
    cost: CostAim = aim or "parameters"
    front = front_of(tally, aim=cost)
    smaller = "of fewer MACs" if aim == "macs" else "smaller"
    told = [f"{one.label} ({getattr(one, cost):,} {unit(cost)}, {percent(one.score)} %)" for one in front]
    on_it = ", ".join((["…"] if len(told) > _MOST_NAMED else []) + told[-_MOST_NAMED:]) or "none"
    best = f"the best is {tally.best.label} with {percent(tally.best.score)} %" if tally.best else "none was trained to the end"
    networks = Shown(
        draw_networks(tally, aim=aim),
        alt=f"Validation accuracy against {unit(cost)} of {counted(tally.trained, 'network')} of the search and"
        f" {len(tally.baselines)} hand-designed; {best}; {len(front)} are on the Pareto front.",
        caption=f"On the Pareto front, where no network is both {smaller} and more accurate: {on_it}.",
    )
    if aim:
        return Section("The search", (Gallery((networks, _front_progress(view, aim))), *_front_table(view, front, aim, judged)))
    progress = Shown(
        draw_best_so_far(tally),
        alt=f"Best validation accuracy so far against epochs spent; after {counted(tally.epochs, 'epoch')}, {best}.",
        caption=f"Best so far: {counted(tally.epochs, 'epoch')} of {view.planned_epochs:,} were spent"
        f"{', since trainings that promised too little were stopped' if tally.count('stopped') else ''}.",
    )
    return Section("The search", (Gallery((networks, progress)),))


def _front_progress(view: StudyView, aim: CostAim) -> Shown:
    tally = view.tally
    front = front_after(tally, share=1, aim=aim)
    spent = f"{counted(tally.epochs, 'epoch')} of {view.planned_epochs:,} were spent"
    return Shown(
        draw_front(tally, aim=aim),
        alt=f"Pareto front of accuracy and {unit(aim)} of the search's own networks after a quarter, half, and all of the"
        f" {counted(tally.epochs, 'epoch')}; at the end {counted(len(front), 'network')} are on it.",
        caption=f"How the search's own front came up, beside that of the hand-designed networks; {spent}.",
    )


def _front_table(view: StudyView, front: Sequence[TrialRecord], aim: CostAim, judged: Judged | None) -> tuple[Block, ...]:
    rows = tuple((one.label, percent(one.score), f"{one.parameters:,}", f"{one.macs:,}") for one in front)
    own = [one.number for one in front if one.baseline is None]
    text = (
        f"The Pareto front of accuracy and {unit(aim)}, hand-designed networks among the search's. These are validation figures"
        " of one seed each, so neighbours may change places with another seed."
    )
    blocks: list[Block] = [Text(text), Table(("network", "validation (%)", "parameters", "MACs"), rows)]
    if own:
        ask = f"nas verdict --study {view.folder.name} --trial {own[len(own) // 2]}{' --again' if judged else ''}"
        blocks += [
            Text("Each of the search's can be judged on fresh seeds and on the test images, for example:"),
            Code(ask, "sh"),
        ]
    return tuple(blocks)


def importance_section(found: Importances) -> Section:
    """Which choices of the space mattered."""
    title = "What mattered"
    if found.missing:
        return Section(title, (Text(found.missing),))
    first = ", ".join(f"{name} {100 * share:.0f} %" for name, share in list(found.shares.items())[:5])
    picture = Shown(
        draw_importances(found.shares),
        alt=f"Importance of the choices of the search space: {first}.",
        caption="Choices as the search space names them.",
    )
    note = (
        f"In which choices the best quarter of the {found.trials} networks that were trained to the end, hand-designed ones"
        " included, differs from all of them (PED-ANOVA; Watanabe and others, arXiv:2304.10255). With so few it is a rough hint,"
        " and says nothing about causes."
    )
    return Section(title, (Text(note), Gallery((picture,))))


def counts_section(view: StudyView, judged: Judged | None) -> Section:
    """Counts that add up."""
    counts = view.tally.counts
    apart = " + ".join(f"{counts[what]:,} {what}" for what in ("refused", "repeated", "failed"))
    rows = (
        ("tried (trained)", counts["trained"], f"{counts['completed']:,} to the end + {counts['stopped']:,} stopped early"),
        ("to the end", counts["completed"], ""),
        ("stopped early", counts["stopped"], ""),
        ("proposed", counts["proposed"], f"{counts['trained']:,} tried + {apart}"),
        ("refused (over the budget)", counts["refused"], ""),
        ("repeated", counts["repeated"], ""),
        ("failed", counts["failed"], ""),
        ("hand-designed, counted apart", counts["baselines"], ""),
        ("epochs spent", counts["epochs"], f"of {view.planned_epochs:,} that all to the end would take"),
    )
    blocks: list[Block] = [
        Table(
            ("what", "how many", "which is"), tuple((name, f"{count:,}", told) for name, count, told in rows), words=("which is",)
        )
    ]
    if view.running + view.waiting or counts["trained"] != view.settings.trials:
        under_way = f"{view.running:,} in training and {view.waiting:,} waiting when this was written"
        blocks.append(Text(f"{view.settings.trials:,} were asked for; {under_way}."))
    if judged and judged.plan.counts["trained"] != counts["trained"]:
        blocks.append(Text(f"When the verdict was planned, {counted(judged.plan.counts['trained'], 'network')} had been tried."))
    if judged is None and (unfitting := _unfit(view)):
        blocks.append(Points(tuple(f"{name} is not trained: it {reason}." for name, reason in unfitting.items())))
    return Section("Counts", tuple(blocks))


def _unfit(view: StudyView) -> dict[str, str]:
    """Hand-designed networks that do not fit; none where the data are not at hand to say."""
    try:
        task = task_of(view.data, budget=view.settings.limits)
    except DataError:
        return {}
    return unfit({**baselines(task), **view.resolved.own}, task) if view.settings.baselines else {}
