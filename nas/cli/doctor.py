"""`nas doctor`: whether a study's files are in order, and mending them."""

from typing import Annotated

from cyclopts import Parameter

from nas.cli.options import Json, Runs, Storage, StudyName


def doctor(
    *,
    study: StudyName = None,
    repair: Annotated[bool, Parameter(help="Mend what can be mended.", negative="")] = False,
    storage: Storage = None,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """Look for damage in a study: in its storage, its results, its checkpoints.

    A study that is searched right now is left alone. Exit code 1 says that something was found and not mended. What is damaged
    is set aside under another name; only what belongs to nothing is removed.

    For example:

    - `nas doctor`
    - `nas doctor --study mnist-plain-7000-s0 --repair`
    """
    from nas.cli.output import answer, answer_json, say
    from nas.engine.doctor import examine, mend
    from nas.engine.folder import find_run, runs_folder
    from nas.errors import TrainingError

    folder = find_run(study, runs=runs_folder(runs))
    if study is None:
        say(f"Study {folder.name}, the one worked on last.")
    with folder.locked():
        examination = examine(folder, storage=storage)
        left = mend(examination) if repair else tuple(finding.words for finding in examination.findings)
    mended = [finding.words for finding in examination.findings if finding.words not in left]
    if json:
        answer_json({"study": folder.name, "facts": examination.facts, "found": left, "mended": mended})
    else:
        for fact in examination.facts:
            answer(f"{fact[0].upper()}{fact[1:]}.")
        for words in mended:
            answer(f"Mended: {words}")
        for words in left:
            answer(words)
    if left:
        way = "" if repair else "; --repair mends what can be mended"
        raise TrainingError(f"{len(left)} thing{'s are' if len(left) > 1 else ' is'} not in order in {folder.name}{way}.")
    if not json:
        answer(f"The study {folder.name} is in order.")
