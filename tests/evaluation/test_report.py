"""A study's report says what its files say, needs no other file, and works however far the study is."""

import re
import shlex
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import numpy as np
import optuna
import pytest
from browser import show
from judged import made_plan
from made_records import record
from PIL import Image
from reported import SEEDS, make_judged, make_searched

from nas.engine.folder import RunFolder
from nas.engine.objective import pareto_front
from nas.engine.reading import StudyView, read_study
from nas.engine.records import tally
from nas.engine.settings import Resolved, SearchSettings
from nas.evaluation.holdout import Openings
from nas.evaluation.json_file import read_json
from nas.evaluation.judging import Judged
from nas.evaluation.report.again import search_command, verdict_commands
from nas.evaluation.report.importance import find_importances
from nas.evaluation.report.network_sections import confusion_of
from nas.evaluation.report.picture import inline_svg
from nas.evaluation.report.search_pictures import draw_importances
from nas.evaluation.report.subject import Subject
from nas.evaluation.report.verdict_sections import answer_of
from nas.evaluation.report.writing import ReportFiles, write_report
from nas.evaluation.verdict import Verdict, headline, make_verdict, sentence, signed
from nas.evaluation.verdict_plan import TriedPlan
from nas.exporting.source import keras_source
from nas.training.plan import NOTEBOOK, TrainingPlan
from nas.training.plan_files import find_plan

pytestmark = pytest.mark.slow


class Reported(NamedTuple):
    """A study, its verdict and its report."""

    view: StudyView
    judged: Judged
    files: ReportFiles

    @property
    def html(self) -> str:
        """The page as it is written."""
        return self.files.html.read_text(encoding="utf-8")

    @property
    def text(self) -> str:
        """The words of the page."""
        return words_of(self.html)


class Reader(HTMLParser):
    """Collects words, tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", " ".join(read(html).words))


def table_of(html: str, title: str) -> dict[str, list[str]]:
    """The rows of the first table under a title, by their first cell."""
    section = html[html.index(f"<h2>{title}</h2>") :]
    body = section[section.index("<tbody>") : section.index("</tbody>")]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", body)]
    return {row[0]: row[1:] for row in rows}


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    view = make_searched(tmp_path_factory.mktemp("runs"))
    judged = make_judged(view)
    return Reported(view, judged, write_report(view, judged, view.folder.path, source=keras_source))


def test_the_answer_comes_first(reported: Reported) -> None:
    answer = headline(reported.judged.plan, reported.judged.verdict)
    assert f"<h1>{answer}</h1>".replace("'", "&#39;") in reported.html
    assert reported.html.index("<h1>") < reported.html.index("<h2>")
    assert re.findall(r"<h2>(.*?)</h2>", reported.html)[0] == "Verdict"
    assert reported.files.markdown.read_text(encoding="utf-8").startswith(f"# {answer}")
    for comparison in reported.judged.verdict.comparisons:
        assert sentence(reported.judged.plan, comparison) in reported.text


def test_its_numbers_are_those_of_the_verdicts_file(reported: Reported) -> None:
    verdict = read_json(reported.view.folder.path / "verdict.json", Verdict)
    for one in verdict.comparisons:
        told = f"{signed(one.points)} ({signed(one.low)} to {signed(one.high)}): {one.word}"
        assert told in reported.text
    networks = table_of(reported.html, "The winner and its comparators")
    assert set(networks) == {one.name for one in verdict.standings}
    for standing in verdict.standings:
        interval = standing.test_interval.scaled(100)
        *_, confirmation, test, told = networks[standing.name]
        assert confirmation == f"{100 * standing.score:.2f}"
        assert test == f"{100 * np.mean(standing.test_accuracies):.2f}"
        assert told == f"{interval.low:.2f} to {interval.high:.2f}"
    details = table_of(reported.html, "Details, which decide nothing")
    for index, found in enumerate(verdict.details):
        assert details["superiority"][index] == f"{found.superiority:.3f}"
        counts = f"{found.only_network_correct:,} : {found.only_comparator_correct:,}"
        assert details["images that only one gets right"][index] == counts
    assert "opened once by this study, 7 times by this user in all" in reported.text


def test_costs_are_those_of_the_networks(reported: Reported) -> None:
    networks = table_of(reported.html, "The winner and its comparators")
    for one in reported.judged.plan.judged:
        cost = one.cost
        told = [cost.parameters, cost.trainable_parameters, cost.macs, cost.peak_activation_bytes]
        assert networks[one.name][:4] == [f"{value:,}" for value in told]


def test_counts_add_up(reported: Reported) -> None:
    counts = {name: int(row[0].replace(",", "")) for name, row in table_of(reported.html, "Counts").items()}
    assert counts["tried (trained)"] == counts["to the end"] + counts["stopped early"] == 25
    apart = counts["refused (over the budget)"] + counts["repeated"] + counts["failed"]
    assert counts["proposed"] == counts["tried (trained)"] + apart
    assert counts["epochs spent"] == sum(len(one.curve) for one in reported.view.tally.records if one.trained)


def test_the_page_needs_no_other_file_and_no_network(reported: Reported) -> None:
    assert "http" not in reported.html
    assert "@import" not in reported.html
    assert set(re.findall(r"url\((.)", reported.html)) <= {"#"}
    for tag, attributes in read(reported.html).tags:
        assert tag not in {"script", "iframe", "img", "object", "embed"}
        assert "src" not in attributes
        assert (attributes.get("href") or "#")[:6] in {"data:,"} or (attributes.get("href") or "#").startswith("#")


def test_names_inside_the_page_are_unique_and_lead_somewhere(reported: Reported) -> None:
    tags = read(reported.html).tags
    names = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(names) == len(set(names))
    wanted = {link[1:] for _, attributes in tags for link in [attributes.get("href") or ""] if link.startswith("#")}
    assert wanted | set(re.findall(r"url\(#([^)]+)\)", reported.html)) <= set(names)


def test_its_pictures_go_with_light_and_dark_and_say_what_they_show(reported: Reported) -> None:
    assert "prefers-color-scheme: dark" in reported.html
    pictures = [attributes for _, attributes in read(reported.html).tags if attributes.get("class") == "picture"]
    assert len(pictures) == reported.html.count("<svg") == 10
    assert all(attributes["role"] == "img" and len(attributes["aria-label"] or "") > 40 for attributes in pictures)
    drawn = "".join(re.findall(r"<svg.*?</svg>", reported.html, re.DOTALL))
    for colour in ("#000000", "#ffffff", "#0072b2", "#d55e00"):
        assert colour not in drawn


def test_markdown_shows_the_same_with_figures_beside_it(reported: Reported) -> None:
    text = reported.files.markdown.read_text(encoding="utf-8")
    shown = re.findall(r"!\[([^\n]+)\]\((figures/[^)]+)\)", text)
    assert [reported.view.folder.path / path for _, path in shown] == list(reported.files.figures)
    for path in reported.files.figures:
        with Image.open(path) as image:
            assert image.format == "PNG"
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == re.findall(r"<h2>(.*?)</h2>", reported.html)
    assert f"```python\n{keras_source(reported.judged.plan.winner.network)}\n```" in text
    assert "\n\n\n" not in text


def test_everything_is_on_record(reported: Reported) -> None:
    record_of = table_of(reported.html, "On record")
    assert record_of["confirmation seeds"] == [", ".join(map(str, SEEDS))]
    assert record_of["SHA-256 of the data"] == [reported.view.resolved.data_sha256]
    assert record_of["SHA-256 of the verdict plan"] == [reported.judged.plan.key]
    for name, value in reported.view.settings.model_dump(
        exclude={"seed", "plan", "tune_plan", "workers", "baselines"}, exclude_none=True
    ).items():
        assert record_of[name] == [f"{value:,}" if isinstance(value, int) else value]


def test_the_commands_to_do_it_again_can_be_typed(reported: Reported) -> None:
    from nas.cli import app, search, verdict

    judged = reported.judged
    commands = verdict_commands(reported.view, judged.plan, judged.verdict)
    for function, command in ((search.search, search_command(reported.view)), *((verdict.verdict, one) for one in commands)):
        assert command in reported.text
        words = shlex.split(command)
        assert app.parse_args(words[1:], exit_on_error=False, print_error=False)[0] is function


def test_equal_studies_have_equal_reports(reported: Reported, tmp_path: Path) -> None:
    again = write_report(reported.view, reported.judged, tmp_path, source=keras_source)
    assert again.html.read_bytes() == reported.files.html.read_bytes()
    for path, before in zip(again.figures, reported.files.figures, strict=True):
        assert path.read_bytes() == before.read_bytes()


def test_what_people_name_breaks_nothing(tmp_path: Path) -> None:
    view = make_searched(tmp_path, trials=6, data="<i>data</i>")
    judged = make_judged(view, own="<b>$x$|y", keep_curves=False)
    files = write_report(view, judged, tmp_path / "page", source=lambda _: "</code><script>alert(1)</script>")
    html = files.html.read_text(encoding="utf-8")
    assert not {"b", "i", "script"} & {tag for tag, _ in read(html).tags}
    assert "against <b>$x$|y" in words_of(html).replace("against  ", "against ")
    assert "| \\<b\\>\\$x\\$\\|y |" in files.markdown.read_text(encoding="utf-8")


def test_a_verdict_on_files_says_what_was_compared_and_what_the_conversion_cost(tmp_path: Path) -> None:
    view = make_searched(tmp_path, trials=6)
    made = make_judged(view, keep_curves=False)
    plan = made.plan.model_copy(update={"deployed": "litert-int8"})
    networks = {
        name: replace(one, trained_accuracies=one.val_accuracies + 0.0021) for name, one in made.predictions.networks.items()
    }
    predictions = replace(made.predictions, networks=networks)
    judged = Judged(plan, predictions, make_verdict(plan, predictions, openings=Openings(study=1, in_all=1)))
    files = write_report(view, judged, tmp_path / "page", source=keras_source)
    html, markdown = files.html.read_text(encoding="utf-8"), files.markdown.read_text(encoding="utf-8")
    assert markdown.startswith("# In int8, the search's network (")
    drops = table_of(html, "What int8 costs")
    assert list(drops) == [one.name for one in plan.judged]
    for name, (trained, deployed, points) in drops.items():
        assert deployed == f"{100 * networks[name].val_accuracies.mean():.2f}"
        assert trained == f"{100 * (networks[name].val_accuracies + 0.0021).mean():.2f}"
        assert points == "+0.21"
    assert {"int8 selection (%)", "int8 confirmation (%)", "int8 test (%)"} <= set(re.findall(r"<th[^>]*>(.*?)</th>", html))
    assert "--deployed litert-int8" in html
    assert "What int8 costs" not in write_report(view, made, tmp_path / "page", source=keras_source).html.read_text("utf-8")


def test_a_study_without_a_verdict_says_so_and_how_to_get_one(tmp_path: Path) -> None:
    view = make_searched(tmp_path, trials=6)
    best = view.record("best")
    html = write_report(view, None, tmp_path / "page", source=keras_source).html.read_text(encoding="utf-8")
    assert f"No verdict yet. Best so far, by validation with one seed: {best.label}" in words_of(html)
    assert "nas verdict --study fake" in html
    assert "beats" not in words_of(html)
    titles = re.findall(r"<h2>(.*?)</h2>", html)
    assert titles[:2] == ["Verdict", "The best networks and the hand-designed ones"]
    assert {"Training", "The search", "Counts", "On record"} <= set(titles)


def test_a_study_that_has_just_begun_has_a_report(tmp_path: Path) -> None:
    view = make_searched(tmp_path, trials=1)
    text = words_of(write_report(view, None, tmp_path / "page", source=keras_source).html.read_text(encoding="utf-8"))
    assert "No verdict yet, and no network has been trained to the end." in text


def test_a_winner_that_a_person_designed_is_shown_beside_what_the_search_found(tmp_path: Path) -> None:
    view = make_searched(tmp_path, trials=6)
    judged = make_judged(view, winner="hand", keep_curves=False)
    subject = Subject(view, judged)
    assert subject.best
    assert subject.rival
    assert (subject.best.designed, subject.rival.designed) == (True, False)
    html = write_report(view, judged, tmp_path / "page", source=keras_source).html.read_text(encoding="utf-8")
    assert '<header class="bad">' in html
    race = f"The search found nothing that passed {subject.best.name}, which a person designed, in the race; on the test images"
    assert race in words_of(html)
    lost = tuple(one.model_copy(update={"word": "loses"}) for one in judged.verdict.comparisons)
    after_all = replace(judged, verdict=judged.verdict.model_copy(update={"comparisons": lost}))
    assert answer_of(replace(subject, judged=after_all))[1] == "open"


def test_a_published_verdict_can_be_reported_without_the_searchs_own_files(tmp_path: Path) -> None:
    view = make_searched(tmp_path, trials=6)
    judged = make_judged(view, keep_curves=False)
    view.folder.database.unlink()
    for folder in (view.folder.results, view.folder.checkpoints):
        shutil.rmtree(folder)
    files = write_report(read_study(view.folder), judged, tmp_path / "page", source=keras_source)
    text = words_of(files.html.read_text(encoding="utf-8"))
    assert headline(judged.plan, judged.verdict) in text
    assert "No curves of these networks are kept in this study's folder." in text
    assert "Optuna's study is not here, so what mattered cannot be told." in text


def test_curves_are_those_of_the_confirmation_where_they_are_kept_else_of_the_search(tmp_path: Path) -> None:
    view = make_searched(tmp_path, trials=6)
    without = Subject(view, make_judged(view, keep_curves=False))
    assert without.best
    searched = without.curves(without.best)
    assert searched
    assert (searched.of, len(searched.curves)) == ("search", 1)
    with_them = Subject(view, make_judged(view))
    for one in with_them.both:
        confirmed = with_them.curves(one)
        assert confirmed
        assert (confirmed.of, len(confirmed.curves)) == ("confirmation", len(SEEDS))


def test_a_confusion_matrix_holds_each_image_once(reported: Reported) -> None:
    predictions = reported.judged.predictions
    for standing in reported.judged.verdict.standings:
        counts = confusion_of(predictions, standing.name)
        assert (counts.sum(axis=1) == np.bincount(predictions.truth)).all()
        released = SEEDS.index(standing.released_seed)
        assert np.trace(counts) / counts.sum() == pytest.approx(standing.test_accuracies[released])


def test_the_pareto_front_holds_what_no_other_network_passes() -> None:
    records = [
        record(index, "completed", score, units=units) for index, (units, score) in enumerate([(4, 0.8), (5, 0.7), (6, 0.9)])
    ]
    assert [one.number for one in pareto_front(records)] == [0, 2]
    assert pareto_front([]) == ()


@pytest.mark.parametrize(("trials", "told"), [(3, "Only 3 networks were"), (12, None)])
def test_what_mattered_is_told_of_conditional_choices_once_there_are_enough_networks(trials: int, told: str | None) -> None:
    def train(trial: optuna.Trial) -> float:
        depth = trial.suggest_int("depth", 0, 1)
        return depth + (0.1 * trial.suggest_float("filters", 0, 1) if depth else 0.0)

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=1))
    study.optimize(train, n_trials=trials)
    found = find_importances(study)
    if told:
        assert not found.shares
        assert (found.missing or "").startswith(told)
    else:
        assert set(found.shares) == {"depth", "filters"}
        assert sum(found.shares.values()) == pytest.approx(1)


def test_networks_that_do_equally_well_say_nothing_of_what_mattered() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    study.optimize(lambda trial: 0.5 * bool(trial.suggest_int("depth", 1, 1)), n_trials=12)
    found = find_importances(study)
    assert (found.missing or "").startswith("No choice stood out")


def test_choices_that_mattered_little_are_one_bar() -> None:
    many = {f"choice {number}": share for number, share in enumerate([0.3, 0.2, *[0.01] * 50])}
    drawn = draw_importances(many).svg
    assert "choice 11" in drawn
    assert "choice 12" not in drawn
    assert "the other 40 together" in drawn
    few = dict(list(many.items())[:13])
    assert "choice 12" in draw_importances(few).svg
    assert "together" not in draw_importances(few).svg


def test_an_svg_loses_what_leads_outside() -> None:
    drawn = (
        '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg xmlns="http://w" xmlns:xlink="http://x" width="9pt" viewBox="0 0 9 9">'
        '<metadata>http://m</metadata><defs><style type="text/css">*{}</style></defs>'
        '<use xlink:href="#m" style="fill: #ffffff"/></svg>'
    )
    made = inline_svg(drawn, name="a")
    assert made == '<svg viewBox="0 0 9 9"><defs></defs><use href="#a-m" style="fill: var(--card)"/></svg>'


@pytest.mark.browser
def test_a_browser_shows_the_verdict_and_has_nothing_to_complain_of(reported: Reported, tmp_path: Path) -> None:
    page = show(reported.files.html.as_uri(), profile=tmp_path)
    assert headline(reported.judged.plan, reported.judged.verdict) in page.text
    assert page.console == ()


@pytest.mark.parametrize(
    ("plan", "tuned", "flags"),
    [
        (NOTEBOOK, False, []),
        (find_plan("modern"), False, ["--plan modern"]),
        (TrainingPlan(name="mine", epochs=3), True, ["--plan mine.toml", "--tune-plan"]),
        (find_plan("modern").model_copy(update={"epochs": 3}), False, ["--plan modern.toml"]),
    ],
    ids=["the default", "one that comes with nas", "a file", "what was called so in another version"],
)
def test_the_command_to_do_it_again_says_by_which_plan(plan: TrainingPlan, tuned: bool, flags: list[str], tmp_path: Path) -> None:
    resolved = Resolved(space_sha256="", data_sha256="", plan_key=plan.key, nas_version="0.1", plan=plan)
    settings = SearchSettings(plan=plan.name, tune_plan=tuned)
    command = search_command(StudyView(RunFolder(tmp_path / "made"), settings, resolved, tally(()), running=0, waiting=0))
    assert re.findall(r"--plan \S+|--tune-plan", command) == flags


def test_the_command_for_the_verdict_names_all_by_hand_and_the_plan_that_was_brought(reported: Reported) -> None:
    mine = TrainingPlan(name="mine", epochs=3)
    plan = made_plan("model-2", "model-5", "trial 1", "my-own", seeds=4)
    own = plan.comparators[-1].model_copy(
        update={"tried": (TriedPlan(plan=NOTEBOOK, scores=(0.9,)), TriedPlan(plan=mine, scores=(0.8,)))}
    )
    brought = plan.model_copy(update={"comparators": (*plan.comparators[:-1], own)})
    (command,) = verdict_commands(reported.view, brought, reported.judged.verdict.model_copy(update={"robustness": None}))
    assert "--against model-2,model-5 " in command
    assert command.endswith(" --plan mine.toml --baseline my-own.json")


def test_the_commands_for_the_verdict_take_as_many_looks_and_are_as_robust(reported: Reported) -> None:
    verdict = reported.judged.verdict
    assert verdict.robustness
    plan = made_plan("trial 1", "model-5", seeds=1, looks=3)  # at 1, 2 and 4 seeds
    first, *later = verdict_commands(reported.view, plan, verdict)
    assert "--looks 3" in first
    assert "--robustness" in first
    assert later == ["nas verdict --study fake-again --add-seeds"] * 2


def test_the_command_for_the_search_has_its_limits_of_time(tmp_path: Path) -> None:
    resolved = Resolved(space_sha256="", data_sha256="", plan_key="", nas_version="0.1")
    settings = SearchSettings(timeout=90.5, trial_timeout=7.5)
    command = search_command(StudyView(RunFolder(tmp_path / "made"), settings, resolved, tally(()), running=0, waiting=0))
    assert re.findall(r"--\S*timeout \S+", command) == ["--timeout 90.5s", "--trial-timeout 7.5s"]
