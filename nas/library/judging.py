"""The flow of a verdict and of the report that shows it; the commands and the words share it."""

from collections.abc import Mapping
from pathlib import Path

from nas.errors import StudyError
from nas.evaluation.deployment import AsFiles, AsTrained, Deployment
from nas.evaluation.judging import Judged, run_verdict
from nas.evaluation.planning import Question
from nas.evaluation.report.writing import write_report
from nas.evaluation.verdict_plan import Form, VerdictPlan
from nas.exporting.deployed import INT8, Int8Files
from nas.exporting.source import keras_source
from nas.library.places import Place
from nas.library.searching import Wanted
from nas.library.showing import Display
from nas.training.cluster import trainings_at_once


def ask(place: Place, question: Question, *, workers: int | None, cluster: str | None, display: Display) -> Judged | VerdictPlan:
    """A study's verdict, or its plan if no more is asked for.

    Raises:
        NasError: If nothing can be compared, a plan is there that was made for another question, a training fails, or the
            test set cannot be opened.
    """
    forms: Mapping[Form | None, Deployment] = {None: AsTrained(), INT8: AsFiles(Int8Files(display.say))}
    with display.counting(unit="epochs") as watch:
        return run_verdict(
            place.read(),
            question,
            deployments=forms,
            workers=trainings_at_once(workers, cluster=cluster),
            watch=watch,
            say=display.say,
            cluster=cluster,
        )


def judge_search(wanted: Wanted, *, display: Display) -> Judged | None:
    """The verdict at the end of a search, or None, with a sentence, where there is nothing to compare."""
    try:
        came = ask(wanted.place, Question(), workers=wanted.prepared.settings.workers, cluster=wanted.cluster, display=display)
    except StudyError as error:
        display.say(f"No verdict: {error}")
        return None
    return came if isinstance(came, Judged) else None


def report_on(place: Place, judged: Judged | None) -> Path:
    """The study's report, written into its folder."""
    return write_report(place.read(), judged, place.folder.path, source=keras_source, storage=place.storage).html
