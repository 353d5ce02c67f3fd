"""What a study was begun with holds wherever its trials lie, not only beside its own study.toml."""

from pathlib import Path

import optuna
import pytest

from nas.architecture import Task
from nas.baselines import baselines
from nas.engine.begun_with import begun_with, keep_begun_with, require_begun_with
from nas.engine.folder import RunFolder
from nas.engine.search import prepare, run_search
from nas.engine.settings import Resolved, SearchSettings, read_study_file
from nas.engine.settling import check_meaning, write_settings
from nas.engine.storage import open_storage, sqlite_url
from nas.errors import StudyError
from nas.training.crew import Crew

SETTINGS = SearchSettings(data="mnist:2000", trials=1)
RESOLVED = Resolved(space_sha256="a" * 64, data_sha256="b" * 64, plan_key="c" * 64, nas_version="0.1.0")
BY_HAND = baselines(Task(input_shape=(28, 28, 1), classes=10))


@pytest.fixture
def shared(tmp_path: Path) -> optuna.storages.RDBStorage:
    """A storage that several machines reach, with a study called mine."""
    storage = open_storage(sqlite_url(tmp_path / "shared.db"))
    optuna.create_study(storage=storage, study_name="mine", directions=["maximize"])
    keep_begun_with(storage, "mine", begun_with(SETTINGS, RESOLVED))
    return storage


@pytest.mark.parametrize(
    "settings", [SETTINGS, SETTINGS.model_copy(update={"trials": 9, "workers": 3, "timeout": 60.0, "data": "digits@elsewhere"})]
)
def test_the_same_study_goes_on_wherever_its_files_lie(shared: optuna.storages.RDBStorage, settings: SearchSettings) -> None:
    require_begun_with(shared, "mine", begun_with(settings, RESOLVED))
    require_begun_with(shared, "another", begun_with(settings, RESOLVED))


@pytest.mark.parametrize(
    ("settings", "resolved", "words"),
    [
        ({"budget": 1_000}, {}, "budget 7000, not 1000"),
        ({"max_macs": 9, "sampler": "tpe"}, {}, "max_macs none, not 9; sampler forest, not tpe"),
        ({}, {"data_sha256": "d" * 64}, "the data"),
        ({}, {"plan_key": "d" * 64}, "the training plan"),
    ],
)
def test_another_one_is_refused(
    shared: optuna.storages.RDBStorage, settings: dict[str, object], resolved: dict[str, object], words: str
) -> None:
    other = begun_with(SETTINGS.model_copy(update=settings), RESOLVED.model_copy(update=resolved))
    with pytest.raises(
        StudyError, match=rf"^The storage has a study mine that was begun with other settings \({words}\); choose"
    ):
        require_begun_with(shared, "mine", other)
    keep_begun_with(shared, "mine", other)  # what is there stays
    require_begun_with(shared, "mine", begun_with(SETTINGS, RESOLVED))


def test_networks_to_beat_need_not_be_given_again_and_cannot_be_added(shared: optuna.storages.RDBStorage) -> None:
    one, both = ({name: BY_HAND[name] for name in names} for names in (("model-2",), ("model-2", "model-3")))
    optuna.create_study(storage=shared, study_name="own")
    keep_begun_with(shared, "own", begun_with(SETTINGS, RESOLVED.model_copy(update={"own": one})))
    for own in ({}, one):
        require_begun_with(shared, "own", begun_with(SETTINGS, RESOLVED.model_copy(update={"own": own})))
    with pytest.raises(StudyError, match=r"begun with other settings \(without the networks of --baseline\)"):
        require_begun_with(shared, "own", begun_with(SETTINGS, RESOLVED.model_copy(update={"own": both})))


def test_a_version_that_knew_other_settings_or_none_is_gone_on_with(shared: optuna.storages.RDBStorage) -> None:
    require_begun_with(shared, "mine", begun_with(SETTINGS, RESOLVED) | {"new": 1})
    optuna.create_study(storage=shared, study_name="old")
    require_begun_with(shared, "old", begun_with(SETTINGS, RESOLVED))


def test_a_search_in_another_folder_is_refused_before_anything_is_written(
    shared: optuna.storages.RDBStorage, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "there" / "mine")
    url = str(shared.engine.url)
    asked = prepare(SETTINGS.model_copy(update={"budget": 1_000}))
    with Crew(1, log=folder.worker_log) as crew, pytest.raises(StudyError, match="budget 7000, not 1000"):
        run_search(asked, folder=folder, crew=crew, storage=url)
    assert not folder.settings.exists()
    assert optuna.load_study(storage=shared, study_name="mine").trials == []


def test_a_network_to_beat_cannot_join_a_study_that_was_begun_without_it(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "mine")
    folder.create()
    write_settings(folder, SETTINGS, RESOLVED.model_copy(update={"own": {"mine": BY_HAND["model-3"]}}))
    check_meaning(folder, RESOLVED)  # it need not be given again
    for name in ("mine", "sequential_1"):  # as Keras calls a model that is built again
        check_meaning(folder, RESOLVED.model_copy(update={"own": {name: BY_HAND["model-3"]}}))
    for own in ({"mine": BY_HAND["model-2"]}, {"mine": BY_HAND["model-3"], "another": BY_HAND["model-2"]}):
        with pytest.raises(
            StudyError, match=r"^The study mine was begun without (mine|another): `nas verdict --study mine --base"
        ):
            check_meaning(folder, RESOLVED.model_copy(update={"own": own}))
    write_settings(folder, SETTINGS.model_copy(update={"trials": 50}), RESOLVED)
    assert read_study_file(folder.settings)[0].trials == 50
    assert list(read_study_file(folder.settings)[1].own) == ["mine"]
