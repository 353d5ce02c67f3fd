"""The flow of a search, from what was given to its report; the command and the word `search` share it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nas.architecture import Architecture
from nas.data import told
from nas.engine.folder import run_folder, runs_folder
from nas.engine.search import Prepared, SearchOutcome, prepare, run_search
from nas.engine.settings import read_settings
from nas.engine.settling import settle, settle_plan
from nas.errors import StudyError
from nas.evaluation.search_figure import save_search_figure
from nas.library.places import Place
from nas.library.showing import Display
from nas.library.units import parse_duration, parse_size
from nas.library.wording import duration
from nas.training.crew import Crew

_READ: Mapping[str, Callable[[str], object]] = {
    "timeout": parse_duration,
    "trial_timeout": lambda text: parse_duration(text, flag="--trial-timeout"),
    "max_ram": lambda text: parse_size(text, flag="--max-ram"),
    "max_flash": lambda text: parse_size(text, flag="--max-flash"),
}
"""Settings that may be given in words, such as 30m or 64kB."""


@dataclass(frozen=True)
class Wanted:
    """A search that can begin, or go on: all of it is found and checked."""

    prepared: Prepared
    place: Place
    cluster: str | None
    """Address or file of a Dask scheduler whose workers train, or None for processes of this machine."""

    def crew(self, display: Display) -> Crew:
        """Who trains for it, and for its verdict."""
        return self.place.crew(self.prepared.settings.workers, cluster=self.cluster, display=display)


def find_search(
    given: Mapping[str, Any],
    *,
    own: Mapping[str, Architecture],
    study: str | None,
    config: Path | None,
    storage: str | None,
    cluster: str | None,
    runs: Path | None,
) -> Wanted:
    """The search that is asked for; nothing is written yet.

    Args:
        given: Settings by name; None is not given.
        own: The user's own networks by name.
        study: Name of the study, or None for the one that data, space, budget and seed make.
        config: A settings file, over which what is given comes.
        storage: URL of Optuna's storage.
        cluster: Address or file of a Dask scheduler whose workers train.
        runs: Folder that holds the runs.

    Raises:
        NasError: If something is missing or does not fit, or a study that is there was begun otherwise.
    """
    if study is not None and not isinstance(study, str):
        raise StudyError(f"study must be a name, not {study!r}.")
    asked = {name: _READ[name](value) if isinstance(value, str) and name in _READ else value for name, value in given.items()}
    asked = {name: value for name, value in asked.items() if value is not None}
    file = read_settings(config) if config else {}
    name = settle(asked, config=file, folder=None).default_name if study is None else study
    folder = run_folder(name, runs=runs_folder(runs))
    settings = settle(asked, config=file, folder=folder)
    plan = settle_plan(given.get("plan"), config=config, folder=folder)
    return Wanted(prepare(settings, own=own, plan=plan), Place(folder, storage), cluster)


def carry_out(wanted: Wanted, *, crew: Crew, display: Display) -> SearchOutcome:
    """The search, run to its end, with its picture in the run's folder.

    Raises:
        NasError: If the study is in use or was begun otherwise, the storage cannot be used, or training keeps failing.
    """
    prepared, folder = wanted.prepared, wanted.place.folder
    if read := told(prepared.order.data):
        display.say(read)
    going_on, count = folder.settings.exists(), f"{crew.at_once} worker{'s' if crew.at_once > 1 else ''}"

    def begun() -> None:
        beginning = "Going on with" if going_on else "Beginning"
        who = f"asking {crew.cluster} for workers" if crew.cluster else f"starting {count}"
        display.say(f"{beginning} study {folder.name} in {folder.path}; {who}.")

    def announce(seconds: float | None) -> None:
        about = f"about {duration(seconds)}" if seconds else "an unknown time"
        display.say(f"The search takes {about}; Ctrl-C keeps everything.")

    with display.watching() as watch:
        outcome = run_search(
            prepared,
            folder=folder,
            crew=crew,
            storage=wanted.place.storage,
            watch=watch,
            begun=begun,
            announce=announce,
            say=display.say,
        )
    title = f"{folder.name}: networks of at most {prepared.settings.limits.words}"
    save_search_figure(outcome.tally, title=title, path=folder.path / "search.png", aim=prepared.settings.aim)
    return outcome
