"""What Optuna's dashboard says in words about a study and its trials, as Markdown."""

from collections.abc import Iterable, Sequence

from nas.engine.objective import CostAim, front_of, unit
from nas.engine.reading import StudyView
from nas.engine.records import TrialRecord
from nas.evaluation.verdict import headline, sentence
from nas.evaluation.written import Written
from nas.library.counts import counts_in_words, verdict_free_words
from nas.library.layers import LAYER_COLUMNS, layer_rows, summarise
from nas.library.wording import percent

_SPACE = "\N{EM SPACE}"
BEST = 5
"""Networks of the search in the study note's table."""


def study_facts(view: StudyView, written: Written | str) -> dict[str, str | int]:
    """The study in a few lines: the answer first."""
    settings, (answer, *_) = view.settings, _verdict(view, written)
    return {
        "verdict": answer.replace("**", "").replace("`", ""),
        "best so far": verdict_free_words(view.tally, aim=settings.aim).removeprefix("Best network: "),
        "budget": settings.limits.words,
        "data": settings.data,
        "tried": _counts(view),
        **({"objective": settings.objective} if settings.aim else {}),
        "space": settings.space,
        "plan": settings.plan,
        "sampler": settings.sampler,
        "stopper": settings.stopper,
        "seed": settings.seed,
        "begun with nas": view.resolved.nas_version,
    }


def study_note(view: StudyView, written: Written | str, *, trials: str) -> str:
    """The question, the answer as far as it is known, and how it was asked.

    Args:
        view: The study.
        written: Its verdict as far as it has come, or why it cannot be read.
        trials: Address of the page with its trials.
    """
    settings, of_study = view.settings, f" --study {view.folder.name}"
    question = (
        f"Which network of the space `{settings.space}` with at most **{settings.limits.words}** classifies"
        f" `{settings.data}` best{_beside(settings.aim)}? And is it better than those that people designed?"
    )
    facts = (
        f"Plan `{settings.plan}`, sampler `{settings.sampler}`, stopper `{settings.stopper}`, seed {settings.seed};"
        f" begun with nas {view.resolved.nas_version}."
    )
    parts = (
        f"# {settings.data} within {settings.limits.words}",
        question,
        "## Verdict",
        *_verdict(view, written),
        "## The Pareto front, by validation" if settings.aim else "## Best so far, by validation",
        verdict_free_words(view.tally, aim=settings.aim),
        _ranking(view, trials=trials),
        "Figures of a single seed each; differences of some tenths of a point may be luck.",
        "## How it was searched",
        _counts(view),
        facts,
        f"`nas show best{of_study}` shows the best network, `nas export --format keras{of_study}` writes it as a Keras file.",
    )
    return "\n\n".join(parts)


def trial_note(record: TrialRecord, *, study: str) -> str:
    """What a finished trial is, what became of it, and its layers with their costs."""
    *layers, total = layer_rows(record.network)
    bold = [f"**{cell}**" if cell else "" for cell in total]
    which = record.baseline or str(record.number)
    kept = f", `nas export --trial {which} --study {study}` writes it with its weights" if record.outcome == "completed" else ""
    parts = (
        f"# {record.baseline}, designed by hand" if record.baseline else f"# Trial {record.number}",
        f"{_what_became(record)} {summarise(record.network)}.",
        _table(LAYER_COLUMNS, (*layers, bold), words=2),
        f"`nas show {which} --code --study {study}` prints it as Keras source{kept}.",
    )
    return "\n\n".join(parts)


def reason_of(record: TrialRecord) -> str:
    """Why a trial is in the state that it is in."""
    return record.reason or ("trained to the end" if record.outcome == "completed" else record.outcome)


def _what_became(record: TrialRecord) -> str:
    reason = f": {record.reason}" if record.reason else ""
    if not record.curve:
        return f"**{record.outcome.capitalize()}**{reason}."
    spent = f"{len(record.curve)} of {record.plan.epochs} epochs in {record.seconds:.0f} s, seed {record.seed}"
    return f"**{percent(record.score)} validation accuracy**. {record.outcome.capitalize()}{reason}; {spent}."


def _beside(aim: CostAim | None) -> str:
    return f", and which do so with fewer {unit(aim)}" if aim else ""


def _counts(view: StudyView) -> str:
    counted = counts_in_words(view.tally, planned_epochs=view.planned_epochs)
    left = f" {view.running} running, {view.waiting} waiting." if view.running or view.waiting else ""
    return f"{counted}{left}"


def _verdict(view: StudyView, written: Written | str) -> Sequence[str]:
    if isinstance(written, str):
        return (f"It cannot be read: {written}",)
    plan, verdict = written.plan, written.verdict
    if plan is None:
        return (f"None yet. `nas verdict --study {view.folder.name}` judges on fresh seeds and on the test images.",)
    if verdict is None:
        names = " and ".join(one.name for one in plan.comparators)
        how = " in int8" if plan.deployed else ""
        return (f"Planned: {plan.network} against {names}{how}; the test images have not been opened for it yet.",)
    told = "\n".join(f"- {sentence(plan, comparison)}" for comparison in verdict.comparisons)
    opened = f"{verdict.openings_of_study} by this study, {verdict.openings_in_all} by you in all"
    seeds = f"{len(verdict.seeds)} fresh seeds a network; openings of the test set: {opened}."
    return f"**{headline(plan, verdict)}**", told, seeds


def _ranking(view: StudyView, *, trials: str) -> str:
    tally, aim = view.tally, view.settings.aim
    if aim:
        ranked = list(front_of(tally, aim=aim))
    else:
        chosen = (*tally.ranking[:BEST], *tally.baselines)
        ranked = sorted(chosen, key=lambda record: (-(record.score or 0), record.parameters))
    rows = [
        (
            f"[{record.label}]({trials}?numbers={record.number})",
            summarise(record.network),
            percent(record.score),
            f"{record.parameters:,}",
            f"{record.macs:,}",
        )
        for record in ranked
    ]
    return _table(("network", "layers", "validation", "parameters", "MACs"), rows, words=2) if rows else ""


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, words: int) -> str:
    """A table of Markdown; its first columns hold words, the others numbers.

    The dashboard sets no space between columns, so the cells bring a wide one.
    """
    rule = [":--" if index < words else "--:" for index in range(len(columns))]
    spaced = [
        [f"{cell}{_SPACE}" if index < words else f"{_SPACE}{cell}" for index, cell in enumerate(row)] for row in (columns, *rows)
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (spaced[0], rule, *spaced[1:]))
