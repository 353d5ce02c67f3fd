"""Whether a study goes on as it was begun: what was given, against what is kept."""

from collections.abc import Mapping
from pathlib import Path

from nas.data import name_of
from nas.engine.folder import RunFolder
from nas.engine.settings import (
    FREE,
    Resolved,
    SearchSettings,
    check_settings,
    differences,
    kept_plan,
    read_settings,
    read_study_file,
    write_study_file,
)
from nas.errors import StudyError
from nas.training.plan import TrainingPlan
from nas.training.plan_files import find_plan, plan_name


def settle(given: Mapping[str, object], *, config: Mapping[str, object], folder: RunFolder | None) -> SearchSettings:
    """The settings that hold: what was given, over the study's own, over a settings file, over the defaults.

    Args:
        given: Settings given as flags.
        config: Settings from a file that the user named.
        folder: The run that would go on, or None.

    Raises:
        StudyError: If a setting that must not change differs from the study's; a table says which.
        DataError: If the data are missing or unfit.
    """
    asked = {**config, **given}
    if isinstance(asked.get("plan"), str):
        asked["plan"] = plan_name(str(asked["plan"]))
    now = check_settings(asked, source="The command")
    if folder is None or not folder.settings.exists():
        return now.model_copy(update={"data": name_of(now.data, image_size=now.image_size)})
    before, _ = read_study_file(folder.settings)
    if "data" in asked:
        asked["data"] = name_of(now.data, image_size=now.image_size or before.image_size)
        now = check_settings(asked, source="The command")
    changed = [row for row in differences(now, before) if row[0] in asked]
    if changed:
        raise StudyError(_table_of_differences(folder.name, changed))
    kept = before.model_dump() | {"timeout": None}  # which was for one sitting
    return check_settings(kept | {name: value for name, value in asked.items() if name in FREE}, source="The study")


def settle_plan(given: str | None, *, config: Path | None, folder: RunFolder) -> TrainingPlan | None:
    """The training recipe that holds: the one given, over the study's own, over that of a settings file.

    Args:
        given: Name or file given as a flag.
        config: A settings file that the user named, which may be another study's.
        folder: The run that would go on.

    Returns:
        None where nothing but the settings' default says which.

    Raises:
        StudyError: If there is none of that name, or a file cannot be used.
    """
    if given is not None:
        return find_plan(given)
    if folder.settings.exists():
        before, resolved = read_study_file(folder.settings)
        return resolved.recipe(before.plan)
    if config is None:
        return None
    named = read_settings(config).get("plan")
    return kept_plan(config) or (None if named is None else find_plan(named))


def _table_of_differences(name: str, changed: list[tuple[str, object, object]]) -> str:
    width = max(len(setting) for setting, _, _ in changed)
    rows = "\n".join(f"  {setting:<{width}}  {then} then, {now} now" for setting, then, now in changed)
    return f"The study {name} was begun with other settings, so it cannot go on with these; choose another --study:\n{rows}"


def check_place(folder: RunFolder, *, place: str | None) -> None:
    """Nothing, where a study lies in the storage that is given, or is not there yet.

    Args:
        folder: The run.
        place: Where it is looked for: a storage's URL without its password, or None for the folder itself.

    Raises:
        StudyError: If it lies elsewhere.
    """
    before = read_study_file(folder.settings)[1] if folder.settings.exists() else None
    if before is not None and before.storage != place:
        lies, asked = (where or "its own folder" for where in (before.storage, place))
        raise StudyError(
            f"The study {folder.name} lies in {lies}, not in {asked}; give the same --storage or NAS_STORAGE as when it began."
        )


def write_settings(folder: RunFolder, settings: SearchSettings, resolved: Resolved) -> None:
    """Writes a new study's settings; of one that goes on, those that may differ: whoever reads them knows what is asked now.

    Args:
        folder: The run.
        settings: What the search is asked to do.
        resolved: What that means, for a new one.
    """
    before, then = read_study_file(folder.settings) if folder.settings.exists() else (None, resolved)
    if settings != before:
        write_study_file(folder.settings, settings, then)


def check_meaning(folder: RunFolder, resolved: Resolved) -> None:
    """Nothing, where a run is new, or its settings still mean what they meant.

    Args:
        folder: The run.
        resolved: What they mean now.

    Raises:
        StudyError: If space, data, plan, a device's figures or the user's own networks are others than those that the study was
            begun with.
    """
    if not folder.settings.exists():
        return
    _, before = read_study_file(folder.settings)
    names = {"space_sha256": "the space's source", "data_sha256": "the data", "plan_key": "the training plan"}
    changed = [words for field, words in names.items() if getattr(before, field) != getattr(resolved, field)]
    if before.limits not in ({}, resolved.limits):
        changed.append("the device's figures")
    new = sorted(name for name, network in resolved.own.items() if network not in before.own.values())
    if changed:
        raise StudyError(
            f"The study {folder.name} was begun with another version of {' and '.join(changed)}; choose another --study."
        )
    if new:
        raise StudyError(
            f"The study {folder.name} was begun without {' and '.join(new)}: `nas verdict --study {folder.name} --baseline`"
            " compares with a network afterwards, and another --study trains it first."
        )
