"""A running search on the terminal: a live view, or plain lines where there is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressView
from rich.progress_bar import ProgressBar
from rich.table import Table

from nas.engine.objective import front_of, unit
from nas.engine.progress import Progress, Watcher
from nas.engine.records import TrialRecord
from nas.library.wording import duration, percent

SECONDS_BETWEEN_LINES = 15.0


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """A watcher that writes to a console, live if it is a terminal; what the same console prints meanwhile stands above."""
    if not console.file.isatty():
        yield _PlainLines(console.file)
        return
    with Live(console=console, refresh_per_second=4, transient=True) as live:

        def show(progress: Progress) -> None:
            live.update(render(progress))

        yield show


class _PlainLines:
    def __init__(self, stream: IO[str]) -> None:
        self._stream, self._last, self._trained = stream, monotonic(), -1

    def __call__(self, progress: Progress) -> None:
        trained = progress.tally.trained
        if monotonic() - self._last < SECONDS_BETWEEN_LINES and not self._ends(progress):
            return
        self._last, self._trained = monotonic(), trained
        print(line(progress), file=self._stream, flush=True)

    def _ends(self, progress: Progress) -> bool:
        return not progress.in_flight and progress.tally.trained != self._trained and progress.tally.trained >= progress.wanted


def line(progress: Progress) -> str:
    """A search at a moment in one line."""
    counts = progress.tally.counts
    left = "" if progress.seconds_left is None else f", about {duration(progress.seconds_left)} left"
    return (
        f"{counts['trained']} of {progress.wanted} tried ({counts['completed']} to the end, {counts['stopped']} stopped early),"
        f" {counts['refused']} refused, {counts['repeated']} repeated, {counts['epochs']} epochs;"
        f" {_best(progress)}, best hand-designed {_best_baseline(progress)};"
        f" {duration(progress.seconds)} gone{left}"
    )


def render(progress: Progress) -> RenderableType:
    """A search at a moment as a small table under a bar."""
    counts = progress.tally.counts
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    grid.add_row(
        "tried", f"{counts['trained']} of {progress.wanted}: {counts['completed']} to the end, {counts['stopped']} stopped early"
    )
    apart = f"{counts['refused']} refused (over the budget), {counts['repeated']} repeated, {counts['failed']} failed"
    grid.add_row("not counted", apart)
    grid.add_row("epochs", f"{counts['epochs']:,} of {progress.planned_epochs:,} that training all to the end would take")
    if progress.aim:
        grid.add_row("Pareto front", _best(progress))
    else:
        grid.add_row("best so far", _name(_first(progress.tally.ranking)))
    grid.add_row("hand-designed", _best_baseline(progress))
    grid.add_row(f"{progress.workers} workers", ", ".join(progress.in_flight) or "idle")
    left = "unknown" if progress.seconds_left is None else f"about {duration(progress.seconds_left)}"
    grid.add_row("time", f"{duration(progress.seconds)} gone, {left} left")
    return Group(ProgressBar(total=progress.wanted, completed=counts["trained"], width=60), grid)


def _first(records: tuple[TrialRecord, ...]) -> TrialRecord | None:
    return records[0] if records else None


def _best(progress: Progress) -> str:
    """The best network so far; where cost counts too, how many are on the front and how far it reaches."""
    if progress.aim is None:
        return f"best {_name(_first(progress.tally.ranking))}"
    front = front_of(progress.tally, aim=progress.aim)
    if not front:
        return "none on the front yet"
    ends = [f"{percent(one.score)} with {getattr(one, progress.aim):,}" for one in (front[0], front[-1])]
    reach = " to ".join(dict.fromkeys(ends))
    return f"{len(front)} on the front ({reach} {unit(progress.aim)})"


def _best_baseline(progress: Progress) -> str:
    """The best hand-designed network so far, and how many are still to come."""
    left = f", {progress.baselines_left} still to come" if progress.baselines_left else ""
    return f"{_name(_first(progress.tally.baselines))}{left}"


def _name(record: TrialRecord | None) -> str:
    return "none yet" if record is None else f"{percent(record.score)} ({record.label}, {record.parameters:,} parameters)"


@contextmanager
def counting(console: Console, *, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how much of how much is done, and shows it; what the same console prints meanwhile stands above."""
    if not console.file.isatty():
        yield _counting_lines(console.file, unit=unit)
        return
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with ProgressView(*columns, console=console, transient=True) as view:
        task = view.add_task(unit, total=None, visible=False)  # nothing to be seen before there is something to count

        def show(done: int, total: int) -> None:
            if view.tasks[0].total not in {None, total}:  # another round of trainings: its pace is its own
                view.reset(task)
            view.update(task, completed=done, total=total, visible=True)

        yield show


def _counting_lines(stream: IO[str], *, unit: str) -> Callable[[int, int], None]:
    begun = last = monotonic()
    there, of = 0, -1

    def show(done: int, total: int) -> None:
        nonlocal begun, last, there, of
        if total != of:
            begun, there, of = monotonic(), done, total
        if monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = monotonic()
            gained = done - there
            left = f", about {duration((last - begun) * (total - done) / gained)} left" if gained else ""
            print(f"{done} of {total} {unit}; {duration(last - begun)} gone{left}", file=stream, flush=True)

    return show
