"""A study's storage as Optuna's dashboard sees it: what is kept, what there is to say about it, and no way to write."""

from collections import Counter
from collections.abc import Container
from copy import copy
from copy import deepcopy as copy_deeply
from dataclasses import dataclass
from threading import Lock
from typing import Any, NoReturn

from optuna.storages import BaseStorage, get_storage
from optuna.study import StudyDirection
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, TrialState

from nas.cli.remarks import Remarks, remark
from nas.cli.run_files import RunFiles
from nas.engine.folder import RunFolder
from nas.engine.reading import view_study
from nas.engine.study import snapshot_of
from nas.errors import StorageError


@dataclass(frozen=True)
class Look:
    """A study at the moment when a page asked for it."""

    trials: tuple[FrozenTrial, ...]
    """With what there is to say about them."""
    remarks: Remarks
    state: object
    """Equal as long as there is nothing new to say."""


class Overlay(BaseStorage):
    """Adds notes, plots and artifacts, made when a page asks for them, to a study that a driver may be writing.

    The study is looked at whenever its attributes are asked for, which every page does first. Its trials are
    those of that look: the dashboard never asks again for a trial that it has seen finished, so none may be shown
    without its note.

    Args:
        storage: Where the study is kept.
        folder: Where its files are.

    Raises:
        KeyError: If the storage has no such study.
        StudyError: If a record or the settings cannot be read.
    """

    def __init__(self, storage: BaseStorage, folder: RunFolder) -> None:
        self._kept = get_storage(storage)  # reads a trial that is finished only once
        self._folder, self.files = folder, RunFiles(folder.path)
        self.study_id = self._kept.get_study_id_from_name(folder.name)
        self._lock = Lock()
        self._last: Look | None = None
        self._look()

    @property
    def page(self) -> str:
        """Address of the study's page."""
        return f"/dashboard/studies/{self.study_id}"

    def get_study_id_from_name(self, study_name: str) -> int:
        """As it is kept."""
        return self._kept.get_study_id_from_name(study_name)

    def get_study_name_from_id(self, study_id: int) -> str:
        """As it is kept."""
        self._look()
        return self._kept.get_study_name_from_id(study_id)

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        """As they are kept."""
        return self._kept.get_study_directions(study_id)

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        """With the study in a few facts."""
        return self._with_facts(study_id, self._kept.get_study_user_attrs(study_id))

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        """With notes, plots and artifacts."""
        return self._with_remarks(study_id, self._kept.get_study_system_attrs(study_id))

    def get_all_studies(self) -> list[FrozenStudy]:
        """With facts, notes, plots and artifacts for this one."""
        studies = [copy(study) for study in self._kept.get_all_studies()]
        for study in studies:
            study.user_attrs = self._with_facts(study._study_id, study.user_attrs)
            study.system_attrs = self._with_remarks(study._study_id, study.system_attrs)
        return studies

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,  # noqa: FBT001, FBT002 - the signature of the parent
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """As of the last look, with what there is to say about them."""
        if study_id != self.study_id:
            return self._kept.get_all_trials(study_id, deepcopy=deepcopy, states=states)
        trials = (self._last or self._look()).trials
        found = [trial for trial in trials if states is None or trial.state in states]
        return copy_deeply(found) if deepcopy else found

    def get_trial(self, trial_id: int) -> FrozenTrial:
        """As of the last look, with what there is to say about it."""
        trials = (self._last or self._look()).trials
        return next((trial for trial in trials if trial._trial_id == trial_id), None) or self._kept.get_trial(trial_id)

    def remove_session(self) -> None:
        """Gives back this thread's connection."""
        self._kept.remove_session()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise StorageError("The dashboard only reads a study; `nas search` is what writes to it.")

    create_new_study = delete_study = set_study_user_attr = set_study_system_attr = _refuse
    create_new_trial = set_trial_param = set_trial_state_values = _refuse
    set_trial_intermediate_value = set_trial_user_attr = set_trial_system_attr = _refuse

    def _with_facts(self, study_id: int, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**self._look().remarks.facts, **attributes} if study_id == self.study_id else attributes

    def _with_remarks(self, study_id: int, attributes: dict[str, Any]) -> dict[str, Any]:
        """Ours beside what is kept; a note that a person has written stays."""
        if study_id != self.study_id:
            return attributes
        noted = {key.removesuffix("note_ver") for key in attributes if key.endswith("note_ver")}
        ours = {key: value for key, value in self._look().remarks.study.items() if key.split("note_")[0] not in noted}
        return {**attributes, **ours}

    def _look(self) -> Look:
        """The study now; what there is to say is made anew only when a trial's state or a file has changed."""
        with self._lock:
            trials = self._kept.get_all_trials(self.study_id, deepcopy=False)
            files = self.files.files
            state = (Counter(trial.state for trial in trials), [(file.name, file.path.stat().st_mtime_ns) for file in files])
            last = self._last
            if last and last.state == state:
                remarks = last.remarks
            else:
                view = view_study(self._folder, snapshot_of(trials))
                remarks = remark(view, trials, files, page=self.page)
            self._last = Look(tuple(_with_attributes(trial, remarks) for trial in trials), remarks, state)
            return self._last


def _with_attributes(trial: FrozenTrial, remarks: Remarks) -> FrozenTrial:
    if trial._trial_id not in remarks.trials:
        return trial
    trial = copy(trial)
    trial.user_attrs = dict(remarks.trials[trial._trial_id])
    return trial
