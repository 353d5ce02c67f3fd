"""What a study was begun with, kept beside its trials: whoever shares a storage does not have the run's own study.toml."""

from typing import Any

from optuna.storages import BaseStorage

from nas.engine.settings import FREE, Resolved, SearchSettings
from nas.errors import StudyError

_KEY = "begun with"
_BY_CONTENT = ("space", "data", "plan")
"""What may be called otherwise elsewhere: the hash of what it holds decides."""
_HASHES = {
    "space_sha256": "the space's source",
    "data_sha256": "the data",
    "plan_key": "the training plan",
    "limits": "the limits",
}

_OWN = "own"
"""The user's own networks, by their keys."""


def begun_with(settings: SearchSettings, resolved: Resolved) -> dict[str, Any]:
    """All that must not change while a study goes on, as JSON has it."""
    fixed = settings.model_dump(mode="json", exclude={*FREE, *_BY_CONTENT})
    own = {_OWN: sorted(network.key for network in resolved.own.values())}
    return fixed | resolved.model_dump(mode="json", include=set(_HASHES)) | own


def require_begun_with(storage: BaseStorage, name: str, wanted: dict[str, Any]) -> None:
    """Nothing, where a storage has no such study, or one that was begun with the same; older ones do not say.

    Args:
        storage: Optuna's.
        name: The study's.
        wanted: What it is to go on with.

    Raises:
        StudyError: If it was begun with something else.
    """
    try:
        kept = storage.get_study_user_attrs(storage.get_study_id_from_name(name)).get(_KEY, {})
    except KeyError:
        return
    changed = [
        _HASHES[key] if key in _HASHES else f"{key} {_word(kept[key])}, not {_word(value)}"
        for key, value in wanted.items()
        if key in kept and kept[key] != value and key != _OWN  # a version that knew less, or more, has other keys
    ]
    if not set(wanted.get(_OWN, ())) <= set(kept.get(_OWN, wanted.get(_OWN, ()))):  # they need not be given again
        changed.append("without the networks of --baseline")
    if changed:
        raise StudyError(
            f"The storage has a study {name} that was begun with other settings ({'; '.join(changed)}); choose another --study."
        )


def keep_begun_with(storage: BaseStorage, name: str, wanted: dict[str, Any]) -> None:
    """Writes it, where the study does not say yet."""
    study = storage.get_study_id_from_name(name)
    if _KEY not in storage.get_study_user_attrs(study):
        storage.set_study_user_attr(study, _KEY, wanted)


def _word(value: object) -> str:
    return "none" if value is None else str(value)
