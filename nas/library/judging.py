"""The flow of a verdict and of the report that shows it; the commands and the words share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nas.errors import NasError, NothingToJudgeError
from nas.evaluation.deployment import AsFiles, AsTrained, Deployment
from nas.evaluation.judging import Judged, run_verdict
from nas.evaluation.question import Question
from nas.evaluation.report.writing import write_report
from nas.evaluation.verdict_plan import Form, VerdictPlan
from nas.exporting.deployed import INT8, Int8Files
from nas.exporting.source import keras_source
from nas.library.places import Place
from nas.library.searching import Wanted
from nas.library.showing import Display
from nas.training.crew import Crew


def ask(place: Place, question: Question, *, crew: Crew, display: Display) -> Judged | VerdictPlan:
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
            crew=crew,
            watch=watch,
            say=display.say,
        )


@dataclass(frozen=True)
class Attempt:
    """What a search's own verdict came to."""

    judged: Judged | None = None
    missing: str | None = None
    """Why there is none, in a sentence."""
    trouble: NasError | None = None
    """What stood in its way; None where there was nothing to judge."""


def judge_search(wanted: Wanted, *, crew: Crew, display: Display) -> Attempt:
    """The verdict at the end of a search; whatever stands in its way, the search's results are there to be said first."""
    try:
        came = ask(wanted.place, Question(), crew=crew, display=display)
    except NothingToJudgeError as error:
        display.say(f"No verdict: {error}")
        return Attempt(missing=str(error))
    except NasError as error:
        return Attempt(missing=str(error), trouble=type(error)(f"The search is done and kept, but not its verdict. {error}"))
    return Attempt(judged=came) if isinstance(came, Judged) else Attempt()


def report_on(place: Place, judged: Judged | None) -> Path:
    """The study's report, written into its folder."""
    return write_report(place.read(), judged, place.folder.path, source=keras_source, storage=place.storage).html
