"""What a report says of the search itself: its networks, its progress, what mattered, and counts that add up."""

from typing import Final

from nas.baselines import baselines
from nas.engine.left_out import unfit
from nas.engine.reading import StudyView
from nas.engine.search import task_of
from nas.errors import DataError
from nas.evaluation.judging import Judged
from nas.evaluation.report.importance import Importances
from nas.evaluation.report.page import Block, Gallery, Points, Section, Shown, Table, Text
from nas.evaluation.report.search_pictures import draw_best_so_far, draw_importances, draw_networks
from nas.evaluation.report.wording import counted, percent
from nas.evaluation.search_figure import pareto_front

_MOST_NAMED: Final = 8


def search_section(view: StudyView) -> Section:
    """All networks by what they cost, and how the best came up."""
    tally = view.tally
    front = pareto_front((*tally.ranking, *tally.baselines))
    told = [f"{one.label} ({one.parameters:,} parameters, {percent(one.score)} %)" for one in front]
    on_it = ", ".join((["…"] if len(told) > _MOST_NAMED else []) + told[-_MOST_NAMED:]) or "none"
    best = f"the best is {tally.best.label} with {percent(tally.best.score)} %" if tally.best else "none was trained to the end"
    networks = Shown(
        draw_networks(tally),
        alt=f"Validation accuracy against parameters of {counted(tally.trained, 'network')} of the search and"
        f" {len(tally.baselines)} hand-designed; {best}; {len(front)} are on the Pareto front.",
        caption=f"On the Pareto front, where no network is both smaller and more accurate: {on_it}.",
    )
    progress = Shown(
        draw_best_so_far(tally),
        alt=f"Best validation accuracy so far against epochs spent; after {counted(tally.epochs, 'epoch')}, {best}.",
        caption=f"Best so far: {counted(tally.epochs, 'epoch')} of {view.planned_epochs:,} were spent"
        f"{', since trainings that promised too little were stopped' if tally.count('stopped') else ''}.",
    )
    return Section("The search", (Gallery((networks, progress)),))


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
