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
    """Open Optuna's dashboard on a study; it cannot change anything, and a search may go on meanwhile.

    For example:

    - `nas dashboard --port 8080`
    """
    from nas.cli.output import answer, say
    from nas.cli.serving import serve
    from nas.engine.folder import find_run, runs_folder
    from nas.engine.storage import open_storage, sqlite_url
    from nas.errors import StudyError

    folder = find_run(study, runs=runs_folder(runs))
    if study is None:
        say(f"Study {folder.name}, the one worked on last.")
    opened = open_storage(storage or sqlite_url(folder.database))
    try:
        number = opened.get_study_id_from_name(folder.name)
    except KeyError:
        raise StudyError(f"The study {folder.name} has no trials yet; `nas search --study {folder.name}` begins it.") from None
    serve(opened, port=port, announce=lambda url: answer(f"{url}dashboard/studies/{number} shows the study; Ctrl-C ends it."))
