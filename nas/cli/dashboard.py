"""`nas dashboard`: Optuna's own dashboard on a study, for this machine only and read-only."""

from typing import Annotated

from cyclopts import Parameter

from nas.cli.options import Runs, Storage, StudyName


def dashboard(
    *,
    study: StudyName = None,
    port: Annotated[int, Parameter(help="Port on 127.0.0.1; 0 takes a free one.")] = 8080,
    storage: Storage = None,
    runs: Runs = None,
) -> None:
    """Open Optuna's dashboard on a study, with notes, figures and files; it cannot change anything, and a search may go on.

    For example:

    - `nas dashboard --port 8080`
    """
    from optuna import get_all_study_names

    from nas.cli.output import answer, say
    from nas.cli.overlay import Overlay
    from nas.cli.serving import serve
    from nas.engine.folder import find_run, runs_folder
    from nas.engine.reading import storage_of
    from nas.errors import StudyError

    folder = find_run(study, runs=runs_folder(runs))
    if study is None:
        say(f"Study {folder.name}, the one worked on last.")
    opened = storage_of(folder, storage=storage)
    if folder.name not in get_all_study_names(opened):
        raise StudyError(f"The study {folder.name} has no trials yet; `nas search --study {folder.name}` begins it.")
    overlay = Overlay(opened, folder)
    serve(overlay, port=port, announce=lambda url: answer(f"{url} shows the study; Ctrl-C ends it."))
