"""`nas status`: how far a study is."""

from nas.cli.options import Json, Runs, Storage, StudyName


def status(*, study: StudyName = None, storage: Storage = None, runs: Runs = None, json: Json = False) -> None:
    """Say how far a study is, while it runs or afterwards.

    For example:

    - `nas status`
    - `nas status --study mnist-plain-7000-s0 --json`
    """
    from nas.cli.output import answer, answer_json, say
    from nas.cli.summary import tally_json
    from nas.cli.tables import answer_networks
    from nas.engine.folder import find_run, runs_folder
    from nas.engine.reading import read_study
    from nas.library.counts import counts_in_words, verdict_free_words

    folder = find_run(study, runs=runs_folder(runs))
    if study is None:
        say(f"Study {folder.name}, the one worked on last.")
    view = read_study(folder, storage=storage)
    if json:
        counts = tally_json(view.tally, planned_epochs=view.planned_epochs, aim=view.settings.aim)
        running = {"running": view.running, "waiting": view.waiting}
        answer_json({"study": folder.name, "settings": view.settings.model_dump(mode="json"), **running, **counts})
        return
    if view.tally.best:
        answer_networks(view.tally, aim=view.settings.aim)
    answer(counts_in_words(view.tally, planned_epochs=view.planned_epochs))
    answer(f"{view.tally.trained} of {view.settings.trials} asked for; {view.running} in training, {view.waiting} waiting.")
    answer(verdict_free_words(view.tally, aim=view.settings.aim))
