"""How a search looks while it runs and how it ends, in words."""

import io
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from made_records import record
from rich.console import Console

from nas.cli.summary import answer_outcome, outcome_json
from nas.engine.driver import Ending
from nas.engine.folder import RunFolder
from nas.engine.progress import Progress
from nas.engine.records import Tally, tally
from nas.engine.search import SearchOutcome
from nas.engine.settings import SearchSettings
from nas.library.counts import counts_in_words, verdict_free_words
from nas.library.live import counting, line, render, watching
from nas.library.showing import OnTerminal
from nas.library.wording import console

DESIGNED = record(0, "completed", 0.91, 0.92, 0.93, 0.94, 0.95, baseline="model-2")
FOUND = record(1, "completed", 0.6, 0.7, 0.8, 0.9, 0.97, units=9)
MIXED = tally([DESIGNED, FOUND, record(2, "stopped", 0.5), record(3, "refused"), record(4, "repeated"), record(5, "failed", 0.1)])

LESS, MORE = record(6, "completed", 0.9, units=9, baseline="model-3"), record(7, "completed", 0.96, units=12)
FRONT = tally([*MIXED.records, LESS, MORE])


def outcome(of: Tally, *, ending: Ending = "done") -> SearchOutcome:
    return SearchOutcome(
        folder=RunFolder(Path("runs/first")),
        settings=SearchSettings(trials=9),
        tally=of,
        ending=ending,
        seconds=95.0,
        planned_epochs=45,
        left_out=dict.fromkeys(("model-2", "model-5"), "has 6,831 parameters, over the budget"),
    )


def progress(of: Tally, *, in_flight: tuple[str, ...] = ("trial 6",), wanted: int = 9) -> Progress:
    return Progress(tally=of, wanted=wanted, planned_epochs=45, in_flight=in_flight, workers=2, seconds=30.0, seconds_left=120.0)


def test_the_counts_in_words_add_up() -> None:
    assert counts_in_words(MIXED, planned_epochs=45) == (
        "2 tried: 1 to the end, 1 stopped early, 6 of 45 epochs;"
        " 5 proposed, of them 1 refused (over the budget), 1 repeated, 1 failed; 1 hand-designed networks apart."
    )


@pytest.mark.parametrize(
    ("ending", "words"),
    [("exhausted", "The space seems exhausted: 2 of 9."), ("timeout", "The time is up: 2 of 9."), ("done", "Time: 95 s.")],
)
def test_the_end_is_said_in_words(capsys: pytest.CaptureFixture[str], ending: Ending, words: str) -> None:
    answer_outcome(outcome(MIXED, ending=ending))
    out = capsys.readouterr().out
    assert words in out
    assert "model-2 was left out: it has 6,831 parameters, over the budget; the same holds for model-5." in out
    assert "These are validation figures of a single seed each" in out
    assert max(map(len, out.splitlines())) <= 160


def test_a_hand_designed_network_that_is_best_is_called_so() -> None:
    words = verdict_free_words(MIXED)
    assert words.startswith("Best network: model-2, which a person designed (94.00% validation accuracy")
    assert words.endswith("the search found none better.")
    assert verdict_free_words(tally([FOUND])).startswith("Best network: trial 1 (89.00% validation accuracy")
    assert verdict_free_words(tally([])) == "No network was trained to the end."


def test_with_two_aims_the_front_takes_the_place_of_the_best(capsys: pytest.CaptureFixture[str]) -> None:
    two = replace(outcome(FRONT), settings=SearchSettings(objective="accuracy,parameters"))
    answer_outcome(two)
    out = capsys.readouterr().out
    assert "The Pareto front of accuracy and parameters, and the hand-designed networks" in out
    marks = {row.split()[0] if "model" in row else " ".join(row.split()[:2]): row for row in out.splitlines() if "%" in row}
    assert " on it " in marks["model-2"]
    assert " on it " in marks["trial 7"]
    assert " behind model-2 " in marks["model-3"]
    assert "trial 1" not in marks  # it is behind, and no hand-designed network
    cheap, best = DESIGNED.parameters, FRONT.ranking[0].parameters
    words = f"from model-2 (94.00%, {cheap:,} parameters) to trial 7 (96.00%, {best:,} parameters)."
    assert f"2 networks are on the Pareto front, 1 of them hand-designed: {words}" in out
    assert [one["trial"] for one in outcome_json(two)["front"]] == [0, 7]
    assert outcome_json(outcome(FRONT))["front"] is None
    assert verdict_free_words(tally([]), aim="macs") == "No network was trained to the end."


def test_the_line_of_a_search_with_two_aims_says_how_many_are_on_the_front() -> None:
    told = line(replace(progress(FRONT), aim="parameters"))
    reach = f"94.00% with {DESIGNED.parameters:,} to 96.00% with {FRONT.ranking[0].parameters:,} parameters"
    assert f"; 2 on the front ({reach}), best hand-designed 94.00% (model-2" in told
    assert "; none on the front yet, best" in line(replace(progress(tally([])), aim="parameters"))
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as captured:
        console.print(render(replace(progress(FRONT), aim="parameters")))
    assert "Pareto front" in captured.get()
    assert "best so far" not in captured.get()


def test_json_says_what_the_words_say() -> None:
    answer = outcome_json(outcome(MIXED, ending="exhausted"))
    assert (answer["ending"], answer["trained"], answer["refused"], answer["epochs"]) == ("exhausted", 2, 1, 6)
    assert answer["best"]["baseline"] == "model-2"
    assert outcome_json(outcome(tally([])))["best"] is None


def test_the_plain_line_holds_what_a_person_wants_to_know() -> None:
    found, designed = f"89.00% (trial 1, {FOUND.parameters} parameters)", f"94.00% (model-2, {DESIGNED.parameters} parameters)"
    assert line(progress(MIXED)) == (
        "2 of 9 tried (1 to the end, 1 stopped early), 1 refused, 1 repeated, 6 epochs;"
        f" best {found}, best hand-designed {designed}; 30 s gone, about 2 min left"
    )
    begun = replace(progress(tally([])), baselines_left=3)
    assert "best none yet, best hand-designed none yet, 3 still to come; 30 s gone" in line(begun)


def test_the_live_view_holds_the_same() -> None:
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as captured:
        console.print(render(progress(MIXED)))
    text = re.sub(r"\s+", " ", captured.get())
    for words in (
        "tried 2 of 9: 1 to the end, 1 stopped early",
        "1 refused (over the budget), 1 repeated, 1 failed",
        "epochs 6 of 45",
        "best so far 89.00% (trial 1",
        "hand-designed 94.00% (model-2",
        "2 workers trial 6",
        "30 s gone, about 2 min left",
    ):
        assert words in text


def test_without_a_terminal_the_last_state_is_always_written() -> None:
    stream = io.StringIO()
    with watching(console(stream)) as watch:
        watch(progress(MIXED))
        watch(progress(MIXED, in_flight=(), wanted=2))
        watch(progress(MIXED, in_flight=(), wanted=2))
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().startswith("2 of 2 tried")


def test_each_round_of_trainings_is_timed_by_its_own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 0.0, 0.0, 20.0, 20.0, 40.0, 40.0, 40.0, 60.0, 60.0])
    monkeypatch.setattr("nas.library.live.monotonic", lambda: next(now))
    stream = io.StringIO()
    with counting(console(stream), unit="epochs") as watch:
        watch(0, 100)  # the first round, at a fast pace
        watch(50, 100)
        watch(10, 30)  # the second, ten of whose epochs were there already
        watch(15, 30)
    assert stream.getvalue().splitlines() == [
        "50 of 100 epochs; 20 s gone, about 20 s left",
        "10 of 30 epochs; 0 s gone",
        "15 of 30 epochs; 20 s gone, about 60 s left",
    ]


class Screen(io.StringIO):
    """A terminal, as far as programs ask."""

    def isatty(self) -> bool:
        return True


def test_what_is_said_beside_a_bar_has_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", screen)
    display = OnTerminal()
    with display.counting(unit="epochs") as watch:
        assert "epochs" not in screen.getvalue()  # nothing is known yet
        watch(10, 30)
        end = time.monotonic() + 20
        while "10/30" not in screen.getvalue() and time.monotonic() < end:
            time.sleep(0.05)
        display.say("Training 1 network.")
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-JL-Z]", "", screen.getvalue())  # all but what erases a line
    before, told, after = shown.partition("Training 1 network.")
    assert re.search(r"10/30.* epochs", before)
    assert told
    assert before.endswith(("\n", "\r\x1b[2K"))
    assert after.startswith("\n")
